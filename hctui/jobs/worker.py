"""The process of one job: `python -m hctui.jobs.worker FOLDER LOCK...`, its order on standard input.

One that was split off ahead of time is told all that through a socket (`hctui.prefork`).

It ends for two reasons only: the operation has ended, or SIGTERM cancelled it and it has cleaned up. Either way the last
line of its journal says so. A hang-up or an interrupt is not its concern.
"""

from __future__ import annotations

import asyncio
import ctypes
import faulthandler
import gc
import os
import resource
import signal
import socket
import sys
import traceback
from contextlib import aclosing, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from hctui import codec, prefork
from hctui.config import Configuration
from hctui.config.paths import STATE_VARIABLE
from hctui.disk.locks import try_lock
from hctui.errors import Cancelled, HctuiError, InternalFault, JobCrashed
from hctui.events import Event, Failed
from hctui.jobs import locks
from hctui.jobs.job import JOURNAL, LOG
from hctui.jobs.journal import LAST, Journal
from hctui.jobs.launcher import Order
from hctui.plans import Plan

COLLECTED = 50_000
"""Objects made between two looks for cycles among them."""


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of `<malloc.h>`, which Python does not know."""
_KEPT, _MAPPED = 1 << 28, 1 << 25
"""Bytes at the end of the heap that are not given back, and of an allocation that is mapped by itself."""


def main(arguments: list[str]) -> int:
    """Carry out the order on standard input and return the operation's exit code."""
    return _carry_out_order(Path(arguments[0]), [int(lock) for lock in arguments[1:]], sys.stdin.buffer)


def serve(line: socket.socket) -> int:
    """Load what every job needs, wait to be told which it is, carry it out and return its exit code."""
    import hctui.operations  # noqa: F401

    state, folder, handed, order = prefork.appointed(line)
    os.environ[STATE_VARIABLE] = str(state)
    return _carry_out_order(folder, handed, order)


def _carry_out_order(folder: Path, handed: list[int], order: BinaryIO) -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    for lock in handed:
        os.set_inheritable(lock, False)
    _keep_memory()
    gc.freeze()
    gc.set_threshold(COLLECTED)  # thousands of tables make no cycles, and looking for some again and again takes a tenth
    journal = Journal(folder / JOURNAL)

    def note_fault(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, fault, trace)
        error = InternalFault(fault=kind.__name__, log=str(folder / LOG))
        journal.write(Failed(error.message, error.exit_code))

    sys.excepthook = note_fault
    last = asyncio.run(_work(folder.name, handed, order, journal))
    return last.exit_code if isinstance(last, Failed) else 0


def _keep_memory() -> None:
    """Let freed memory be used again, where the C library can be told to; what is given back to the system is cleared anew.

    Chunks come and go by the thousand, and glibc gives each back, by itself or with its neighbours.
    """
    with suppress(OSError, AttributeError):
        adjust = ctypes.CDLL(None).mallopt
        adjust(_TRIM_THRESHOLD, _KEPT)
        adjust(_MMAP_THRESHOLD, _MAPPED)


async def _work(job: str, handed: list[int], order: BinaryIO, journal: Journal) -> Event:
    """Run the operation, journal what it says, and return its last event; locks are given back just before that is told."""
    _listen(asyncio.current_task())
    try:
        last = await _carry_out(job, handed, order, journal)
    except asyncio.CancelledError:
        last = Failed(Cancelled().message, Cancelled.exit_code)
    except HctuiError as error:
        last = Failed(error.message, error.exit_code)
    locks.release(handed[1:])
    journal.write(last)
    return last


async def _carry_out(job: str, handed: list[int], stream: BinaryIO, journal: Journal) -> Event:
    from hctui.operations import run

    plan, path, password = await asyncio.to_thread(_read_order, job, stream)
    if not all(try_lock(lock) for lock in handed):
        raise JobCrashed(job=job)
    configuration = Configuration.load(path)
    os.nice(configuration.nice)
    loop = asyncio.get_running_loop()
    async with aclosing(run(plan, configuration, password)) as events:
        async for event in events:
            if isinstance(event, LAST):
                return event
            if not journal.is_behind:  # once the operation lets us wait, so that events that come together go together
                loop.call_soon(journal.flush)
            journal.add(event)
    raise JobCrashed(job=job)


def _read_order(job: str, stream: BinaryIO) -> tuple[Plan, Path, str | None]:
    """Read what to do. Raises `JobCrashed` where whoever started this was gone before it was said."""
    head, tagged = stream.readline(), stream.readline()
    if not tagged.endswith(b"\n"):
        raise JobCrashed(job=job)
    order, plan = codec.decode(head, Order), codec.decode_tagged(tagged)
    secret = stream.read(order.password_length or 0)
    if len(secret) != (order.password_length or 0):
        raise JobCrashed(job=job)
    assert isinstance(plan, Plan)
    password = None if order.password_length is None else secret.decode("utf-8", "surrogateescape")
    return plan, order.configuration, password


def _listen(task: asyncio.Task[Event] | None) -> None:
    """Let the first SIGTERM cancel the operation, once, so that its clean-up is not cancelled by a second."""
    assert task is not None
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.add_signal_handler(signal.SIGTERM, _ignore)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, cancel)
    loop.add_signal_handler(signal.SIGHUP, _ignore)
    loop.add_signal_handler(signal.SIGINT, _ignore)


def _ignore() -> None:
    """Do nothing; a handler, unlike SIG_IGN, is not passed on to the commands that are run."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
