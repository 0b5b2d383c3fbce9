"""The process of the next job, split off this one while it is still found out what the job is: both load the rest at once.

It waits at the other end of a socket, and ends when that closes: a command that starts no job leaves nothing behind. What
was loaded before the split is loaded once for both, so that a short job ends a tenth of a second sooner.

Only Linux splits processes safely, and only one thread must run then: elsewhere, and where a password is in the environment,
which a process that was split off can't get rid of, jobs get a fresh process when they start (`hctui.jobs.launcher`).
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NoReturn

PASSWORD_VARIABLE = "HCTUI_PASSWORD"
MOST_HANDED = 200
"""Open files that go through a socket at once; Linux takes 253."""
_JOBS = frozenset({"backup", "restore", "verify", "undo"})
_NO_JOB = frozenset({"-h", "--help", "--dry-run", "--version", "show", "jobs", "databases"})
_waiting: list[Ahead] = []


class Ahead:
    """A process that has not been told its job yet."""

    def __init__(self, work: Callable[[socket.socket], int]) -> None:
        """Split it off; it does `work`, given its end of the socket, and exits with what that returns. Raises `OSError`."""
        self._line, theirs = socket.socketpair()
        with theirs:
            self.pid = os.fork()
            if not self.pid:
                _become(work, theirs)

    def wait(self) -> None:
        """Wait until it has ended, unless somebody else has."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def kill(self) -> None:
        """End it at once, if it has not ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let it end: there is no job for it."""
        self._line.close()

    def appoint(self, state: Path, folder: Path, log: int, handed: Sequence[int]) -> int:
        """Tell it where its job is and hand over open files; return what its order is to be written to.

        Raises `OSError` where it is gone.
        """
        with self._line:
            socket.send_fds(self._line, [b"\0"], [log, *handed])
            self._line.sendall(b"%b\0%b\n" % (os.fsencode(state), os.fsencode(folder)))
            return self._line.detach()


def expects_job(arguments: Sequence[str]) -> bool:
    """Tell whether a command with these arguments most likely becomes a job, and its process can be split off."""
    safe = sys.platform == "linux" and PASSWORD_VARIABLE not in os.environ
    return safe and not _JOBS.isdisjoint(arguments) and _NO_JOB.isdisjoint(arguments)


def prepare(work: Callable[[socket.socket], int]) -> None:
    """Split off the process of the next job."""
    with suppress(OSError):  # then it is started when it is needed, or that says what is wrong
        _waiting.append(Ahead(work))


def take() -> Ahead | None:
    """Return the process that waits, if there is one; it is nobody else's then."""
    return _waiting.pop() if _waiting else None


def appointed(line: socket.socket) -> tuple[Path, Path, list[int], BinaryIO]:
    """Wait, in the process, to be told the job; return state folder, job's folder, open files and where its order comes from.

    Ends the process where none comes.
    """
    said, handed, _, _ = socket.recv_fds(line, 1, MOST_HANDED)
    rest = line.makefile("rb")
    words = rest.readline().rstrip(b"\n").split(b"\0") if said else []
    if len(words) != 2:
        sys.exit(0)
    log, *locks = handed
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    state, folder = (Path(os.fsdecode(word)) for word in words)
    return state, folder, locks, rest


def _become(work: Callable[[socket.socket], int], line: socket.socket) -> NoReturn:
    """Do the work in the new process, in a session of its own and without the files of the old, and end."""
    with ExitStack() as never_left:
        never_left.push(_end)
        os.setsid()
        os.chdir("/")
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        for number in map(int, os.listdir("/proc/self/fd")):  # not up to the limit, which may be a thousand million
            if number > 2 and number != line.fileno():
                with suppress(OSError):
                    os.close(number)
        sys.stdout, sys.stderr = (open(stream, "w", errors="backslashreplace", closefd=False) for stream in (1, 2))  # noqa: SIM115
        sys.exit(work(line))


def _end(kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> NoReturn:
    """End as Python does, without going back into what was under way when the process was split off."""
    code = fault.code if isinstance(fault, SystemExit) else 1
    if kind is not None and fault is not None and not isinstance(fault, SystemExit):
        sys.excepthook(kind, fault, trace)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 0)
