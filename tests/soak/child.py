"""An operation in a process of its own, forked, in which anything may be made to go wrong."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from hctui.config import Configuration
from hctui.errors import HctuiError
from hctui.events import Done, Warned
from hctui.operations import run
from hctui.plans import Plan

_PR_SET_PTRACER, _ANY = 0x59616D61, ctypes.c_ulong(-1)
PATIENCE = 60.0
"""Seconds after which an operation is taken to hang."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended."""

    killed: bool
    done: bool = False
    error: str = ""
    """The sentence it failed with."""
    fault: str = ""
    """A traceback: a fault of hctui, or of the trial."""
    note: str = ""
    """What it said just before it was killed."""
    warnings: tuple[str, ...] = ()


warned: list[str] = []
"""What operations in this process warned of; a failed one has no other result."""


def carry_out(plan: Plan, configuration: Configuration, password: str | None) -> Done:
    """Run an operation to its end in this process."""

    async def follow() -> Done:
        last = None
        async for event in run(plan, configuration, password):
            last = event
            if isinstance(event, Warned):
                warned.append(str(event.message))
        assert isinstance(last, Done)
        return last

    return asyncio.run(follow())


class Child:
    """A forked process that waits for `go`, does its work and tells how it went."""

    def __init__(self, work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None = None) -> None:
        self._start, self._go = os.pipe()
        self._result, self._told = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            self._run(work, prepare)
        os.close(self._start)
        os.close(self._told)

    def note(self, text: str) -> None:
        """In the child: say something before it is too late."""
        os.writev(self._told, [text.encode()[:500], b"\n"])

    def go(self) -> None:
        """Let it begin."""
        os.write(self._go, b"x")

    def kill(self) -> None:
        """End it as a loss of power would."""
        os.kill(self.process, signal.SIGKILL)

    def ended(self) -> Ended:
        """Wait for the end; a child that hangs is killed and that is a fault."""
        deadline = time.monotonic() + PATIENCE
        hung = False
        while os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() > deadline and not hung:
                hung = True
                self.kill()
            time.sleep(0.002)
        _, status = os.waitpid(self.process, 0)
        with open(self._result, "rb") as pipe:
            lines = pipe.read().decode(errors="replace").splitlines()
        os.close(self._go)
        notes = [line for line in lines if not line.startswith("{")]
        if hung:
            return Ended(True, fault="it hung", note=" ".join(notes))
        if os.WIFSIGNALED(status):
            killed = os.WTERMSIG(status) == signal.SIGKILL
            return Ended(killed, fault="" if killed else f"signal {os.WTERMSIG(status)}", note=" ".join(notes[-1:]))
        told = json.loads(lines[-1])
        return Ended(False, told["done"], told["error"], told["fault"], " ".join(notes[-1:]), tuple(told["warnings"]))

    def _run(self, work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None) -> None:
        """Never returns."""
        told: dict[str, object] = {"done": False, "error": "", "fault": "", "warnings": ()}
        try:
            warned.clear()
            os.close(self._go)
            os.close(self._result)
            if sys.platform == "linux":  # where only a parent may trace, strace, a sibling, may too
                ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
            os.read(self._start, 1)
            if prepare is not None:
                prepare(self)
            work(self)
            told["done"] = True
        except HctuiError as error:
            told["error"] = str(error) or "an empty sentence"
        except BaseException:
            told["fault"] = traceback.format_exc()
        finally:
            told["warnings"] = warned
            os.writev(self._told, [json.dumps(told).encode(), b"\n"])  # a call that no trial makes fail
            os._exit(0)


STEPS = frozenset(
    (
        *("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "os.chmod", "os.chown"),
        *("os.utime", "shutil.rmtree", "sqlite3.connect", "fcntl.flock", "fcntl.fcntl", "tempfile.mkdtemp"),
        *("fsync", "write", "pwrite"),
    )
)
"""The failpoints: what Python tells of before it does it, and three more that it is made to tell of."""


def count_steps(act: Callable[[str, int], None]) -> None:
    """In the child: call `act` with the name and number of every step before it is taken."""
    number = 0

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal number
        where = str(arguments[0]) if arguments else ""
        if event in STEPS and not where.startswith("/proc/") and not where.endswith((".py", ".pyc")):
            number += 1
            act(event, number)

    def telling(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            step(name, ())
            return real(*arguments)

        return call

    for name in ("fsync", "write", "pwrite"):
        setattr(os, name, telling(name, getattr(os, name)))
    sys.addaudithook(step)


@contextmanager
def forked(work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None = None) -> Iterator[Child]:
    """Give a child that waits; it is dead in the end."""
    child = Child(work, prepare)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            child.kill()
            os.waitpid(child.process, 0)
