"""The process of one job: `python -m hctui.jobs.worker FOLDER LOCK...`, with a request on standard input.

A process that was forked ahead (`hctui.prefork`) gets folder, locks and request through a socket.

It ends for two reasons only: the operation has ended, or SIGTERM cancelled it and it has cleaned up. The last line of its
journal is the result in both cases. It ignores SIGHUP and SIGINT.
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

from hctui import __version__, codec, prefork
from hctui.config import Configuration
from hctui.config.paths import STATE_VARIABLE
from hctui.disk.locks import try_lock
from hctui.errors import Cancelled, HctuiError, InternalFault, JobCrashed
from hctui.events import Done, Failed, JobStarted
from hctui.jobs import locks
from hctui.jobs.job import JOURNAL, LOG
from hctui.jobs.journal import LAST, Journal
from hctui.jobs.launcher import Request
from hctui.plans import Plan

_GC_THRESHOLD = 50_000
"""Objects created between two searches for cycles: a job makes none, and each search takes a tenth of its time."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Constants of `<malloc.h>`."""
_TRIM_BYTES, _MMAP_BYTES = 1 << 28, 1 << 25
"""The size of the free end of the heap, and of one allocation, from which glibc returns freed memory to the system."""


def main(arguments: list[str]) -> int:
    """Run the job that standard input requests; return its exit code."""
    return _run_job(Path(arguments[0]), [int(lock) for lock in arguments[1:]], sys.stdin.buffer)


def serve(line: socket.socket) -> int:
    """Import what every job needs, wait for a job on the socket, run it and return its exit code."""
    import hctui.operations  # noqa: F401

    state, folder, inherited, request = prefork.receive_assignment(line)
    os.environ[STATE_VARIABLE] = str(state)
    return _run_job(folder, inherited, request)


def _run_job(folder: Path, inherited: list[int], request: BinaryIO) -> int:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the password is in memory
    faulthandler.enable()
    for lock in inherited:
        os.set_inheritable(lock, False)
    _keep_freed_memory()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    journal = Journal(folder / JOURNAL)

    def report_fault(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, fault, trace)
        journal.write(Failed.of(InternalFault(fault=kind.__name__, log=str(folder / LOG))))

    sys.excepthook = report_fault
    last = asyncio.run(_run_to_last_event(folder.name, inherited, request, journal))
    return last.exit_code


def _keep_freed_memory() -> None:
    """Make glibc keep freed memory; without glibc do nothing.

    Chunks are allocated and freed by the thousand, and memory that was returned to the system is cleared before its next use.
    """
    with suppress(OSError, AttributeError):
        adjust = ctypes.CDLL(None).mallopt
        adjust(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        adjust(_M_MMAP_THRESHOLD, _MMAP_BYTES)


async def _run_to_last_event(job: str, inherited: list[int], request: BinaryIO, journal: Journal) -> Done | Failed:
    """Run the operation, write its events to the journal and return the last one.

    The locks are released just before the last event is written: who reads it can start the next job at once.
    """
    _handle_signals(asyncio.current_task())
    last: Done | Failed
    try:
        last = await _run_operation(job, inherited, request, journal)
    except asyncio.CancelledError:
        last = Failed.of(Cancelled())
    except HctuiError as error:
        last = Failed.of(error)
    locks.release(inherited[1:])
    journal.write(last)
    return last


async def _run_operation(job: str, inherited: list[int], request: BinaryIO, journal: Journal) -> Done | Failed:
    from hctui.operations import run

    plan, path, password = await asyncio.to_thread(_read_request, job, request)
    if not all(try_lock(lock) for lock in inherited):
        raise JobCrashed(job=job)
    journal.write(JobStarted(job, __version__))
    configuration = Configuration.load(path)
    os.nice(configuration.nice)
    loop = asyncio.get_running_loop()
    async with aclosing(run(plan, configuration, password)) as events:
        async for event in events:
            if isinstance(event, LAST):
                return event
            if not journal.is_behind:  # flush when the operation waits, so that events that come together are written together
                loop.call_soon(journal.flush)
            journal.add(event)
    raise JobCrashed(job=job)


def _read_request(job: str, stream: BinaryIO) -> tuple[Plan, Path, str | None]:
    """Return plan, path of the configuration and password. Raises `JobCrashed` where they are not complete."""
    head, tagged = stream.readline(), stream.readline()
    if not tagged.endswith(b"\n"):
        raise JobCrashed(job=job)
    request, plan = codec.decode(head, Request), codec.decode_plan(tagged)
    secret = stream.read(request.password_length or 0)
    if len(secret) != (request.password_length or 0):
        raise JobCrashed(job=job)
    password = None if request.password_length is None else secret.decode("utf-8", "surrogateescape")
    return plan, request.configuration, password


def _handle_signals(task: asyncio.Task[Done | Failed] | None) -> None:
    """Let the first SIGTERM cancel the operation and ignore the next: it would cancel the clean-up."""
    assert task is not None
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.add_signal_handler(signal.SIGTERM, _ignore)
        task.cancel()

    loop.add_signal_handler(signal.SIGTERM, cancel)
    loop.add_signal_handler(signal.SIGHUP, _ignore)
    loop.add_signal_handler(signal.SIGINT, _ignore)


def _ignore() -> None:
    """Do nothing. Unlike SIG_IGN, a handler is not inherited by the commands that an operation runs."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
