"""A forked process that runs an operation, so that it can be killed and made to fail."""

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
TIMEOUT = 300.0
"""Seconds after which an operation counts as hanging."""


@dataclass(frozen=True, slots=True)
class ChildResult:
    """The end of a child."""

    killed: bool
    done: bool = False
    error: str = ""
    """The message of the `HctuiError` that it failed with."""
    fault: str = ""
    """A traceback: a fault of hctui or of the trial."""
    note: str = ""
    """The last text that the child passed to `note`."""
    warnings: tuple[str, ...] = ()


warned: list[str] = []
"""The warnings of operations in this process; a failed operation has no other result."""


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
    """A forked process that waits for `go`, does its work and reports the result."""

    def __init__(self, work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None = None) -> None:
        self._start, self._go = os.pipe()
        self._result, self._report = os.pipe()
        self.process = os.fork()
        if self.process == 0:
            self._run(work, prepare)
        os.close(self._start)
        os.close(self._report)

    def note(self, text: str) -> None:
        """In the child: send a text to the parent."""
        os.writev(self._report, [text.encode()[:500], b"\n"])

    def go(self) -> None:
        """Let the child begin."""
        os.write(self._go, b"x")

    def kill(self) -> None:
        """Send SIGKILL to the child."""
        os.kill(self.process, signal.SIGKILL)

    def wait(self) -> ChildResult:
        """Wait for the end; a child that hangs is killed, which is a fault."""
        deadline = time.monotonic() + TIMEOUT
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
            return ChildResult(True, fault="it hangs", note=" ".join(notes))
        if os.WIFSIGNALED(status):
            killed = os.WTERMSIG(status) == signal.SIGKILL
            return ChildResult(killed, fault="" if killed else f"signal {os.WTERMSIG(status)}", note=" ".join(notes[-1:]))
        report = json.loads(lines[-1])
        return ChildResult(
            False, report["done"], report["error"], report["fault"], " ".join(notes[-1:]), tuple(report["warnings"])
        )

    def _run(self, work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None) -> None:
        """Run in the child and exit."""
        report: dict[str, object] = {"done": False, "error": "", "fault": "", "warnings": ()}
        try:
            warned.clear()
            os.close(self._go)
            os.close(self._result)
            if sys.platform == "linux":  # where only a parent may trace, allow strace, which is a sibling
                ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANY, 0, 0, 0)
            os.read(self._start, 1)
            if prepare is not None:
                prepare(self)
            work(self)
            report["done"] = True
        except HctuiError as error:
            report["error"] = str(error) or "an empty message"
        except BaseException:
            report["fault"] = traceback.format_exc()
        finally:
            report["warnings"] = warned
            os.writev(self._report, [json.dumps(report).encode(), b"\n"])  # a call that no trial makes fail
            os._exit(0)


STEPS = frozenset(
    (
        *("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "os.chmod", "os.chown"),
        *("os.utime", "shutil.rmtree", "sqlite3.connect", "fcntl.flock", "fcntl.fcntl", "tempfile.mkdtemp"),
        *("fsync", "write", "pwrite"),
    )
)
"""The steps: audit events of Python, which come before the action, and three functions that report theirs."""


def count_steps(act: Callable[[str, int], None]) -> None:
    """In the child: call `act` with name and number of each step before the step."""
    number = 0

    def step(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal number
        where = str(arguments[0]) if arguments else ""
        if event in STEPS and not where.startswith("/proc/") and not where.endswith((".py", ".pyc")):
            number += 1
            act(event, number)

    def reporting(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            step(name, ())
            return real(*arguments)

        return call

    for name in ("fsync", "write", "pwrite"):
        setattr(os, name, reporting(name, getattr(os, name)))
    sys.addaudithook(step)


@contextmanager
def forked(work: Callable[[Child], Done | None], prepare: Callable[[Child], None] | None = None) -> Iterator[Child]:
    """Yield a child that waits; kill it in the end."""
    child = Child(work, prepare)
    try:
        yield child
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            child.kill()
            os.waitpid(child.process, 0)
