"""The process of the next job, forked before the command imports its modules, so that both import at the same time.

The promise: the forked process runs exactly one job or ends without a trace, and it keeps nothing of the process that forked it
but the modules loaded until then. Its states:

    waiting     blocked on a socket, in a session of its own, with no other open file; ends when the socket closes
    assigned    has its job's folders, the log and the locks; reads the request from the same socket and runs the job

It ends with the command because only the command has the other end of the socket. Modules that are loaded before the fork are
loaded once for both processes: a short job ends a tenth of a second sooner.

A process can be forked safely only on Linux and only while it has one thread. Elsewhere, and where a password is in the
environment, which a forked process can't remove from `/proc`, each job gets a new process (`hctui.jobs.launcher`).
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

from hctui.child_process import PASSWORD_VARIABLE

MAX_FILES = 200
"""Open files that can be sent through a socket at once; Linux allows 253."""
_JOBS = frozenset({"backup", "restore", "verify", "undo"})
_NO_JOB = frozenset({"-h", "--help", "--dry-run", "--version", "show", "jobs", "databases"})
_waiting: list[WaitingProcess] = []


class WaitingProcess:
    """A forked process without a job."""

    def __init__(self, work: Callable[[socket.socket], int]) -> None:
        """Fork the process; it calls `work` with its end of the socket and exits with the result. Raises `OSError`."""
        self._socket, theirs = socket.socketpair()
        with theirs:
            self.pid = os.fork()
            if not self.pid:
                _run_child(work, theirs)

    def wait(self) -> None:
        """Wait until the process has ended; return at once where another thread waited for it before."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def kill(self) -> None:
        """Kill the process, if it has not ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let the process end: it gets no job."""
        self._socket.close()

    def assign(self, state: Path, folder: Path, log: int, files: Sequence[int]) -> int:
        """Send the state folder, the job's folder and open files; return the descriptor that the request is written to.

        Raises `OSError` where the process has ended.
        """
        with self._socket:
            socket.send_fds(self._socket, [b"\0"], [log, *files])
            self._socket.sendall(b"%b\0%b\n" % (os.fsencode(state), os.fsencode(folder)))
            return self._socket.detach()


def expects_job(arguments: Sequence[str]) -> bool:
    """Return whether a command with these arguments probably starts a job, and its process can be forked."""
    safe = sys.platform == "linux" and PASSWORD_VARIABLE not in os.environ
    return safe and not _JOBS.isdisjoint(arguments) and _NO_JOB.isdisjoint(arguments)


def prepare(work: Callable[[socket.socket], int]) -> None:
    """Fork the process of the next job."""
    with suppress(OSError):  # the launcher then starts a new process, or reports why it can't
        _waiting.append(WaitingProcess(work))


def take() -> WaitingProcess | None:
    """Return the waiting process, at the first call only; None where there is none."""
    return _waiting.pop() if _waiting else None


def receive_assignment(line: socket.socket) -> tuple[Path, Path, list[int], BinaryIO]:
    """Wait, in the forked process, for a job; return state folder, job's folder, locks and the stream of the request.

    Ends the process where no job comes.
    """
    received, files, _, _ = socket.recv_fds(line, 1, MAX_FILES)
    stream = line.makefile("rb")
    folders = stream.readline().rstrip(b"\n").split(b"\0") if received else []
    if len(folders) != 2:
        sys.exit(0)
    log, *locks = files
    for number in (1, 2):
        os.dup2(log, number)
    os.close(log)
    state, folder = (Path(os.fsdecode(each)) for each in folders)
    return state, folder, locks, stream


def _run_child(work: Callable[[socket.socket], int], line: socket.socket) -> NoReturn:
    """Run `work` in the forked process, in a session of its own and without the files of the other process, and end."""
    with ExitStack() as never_left:
        never_left.push(_end)
        os.setsid()
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        for number in map(int, os.listdir("/proc/self/fd")):  # not every number up to the limit, which can be a billion
            if number > 2 and number != line.fileno():
                with suppress(OSError):
                    os.close(number)
        sys.stdout, sys.stderr = (open(number, "w", errors="backslashreplace", closefd=False) for number in (1, 2))  # noqa: SIM115
        sys.exit(work(line))


def _end(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> NoReturn:
    """End the process as Python does, but without returning into the code that was running at the fork."""
    code = error.code if isinstance(error, SystemExit) else 1
    if kind is not None and error is not None and not isinstance(error, SystemExit):
        sys.excepthook(kind, error, trace)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 0)
