"""The process of the next job, started while it is still found out what the job is: both load what they need at once.

It waits at the other end of a socket, and ends when that closes: a command that starts no job leaves nothing behind. This
module imports nothing of ours, so that it can be the first that is imported.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

WORKER: Sequence[str] = ("-m", "hctui.jobs.worker")
"""What Python runs."""
SOURCES = Path(__file__).parents[1]
"""The folder that holds the package: `-m` looks for modules in the current folder first, which must not be just any."""
PASSWORD_VARIABLE = "HCTUI_PASSWORD"
MOST_HANDED = 200
"""Open files that go through a socket at once; Linux takes 253."""
_JOBS = frozenset({"backup", "restore", "verify", "undo"})
_NO_JOB = frozenset({"-h", "--help", "--dry-run", "--version", "show", "jobs", "databases"})
_waiting: list[Ahead] = []


class Ahead:
    """A process that has not been told its job yet."""

    def __init__(self) -> None:
        """Start it."""
        self._line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *WORKER],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=SOURCES,
                env=environment(),
                start_new_session=True,
            )

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


def prepare(arguments: Sequence[str]) -> None:
    """Start the process of the job that a command with these arguments most likely becomes."""
    if _JOBS.intersection(arguments) and not _NO_JOB.intersection(arguments):
        with suppress(OSError):  # then it is started when it is needed, or that says what is wrong
            _waiting.append(Ahead())


def take() -> Ahead | None:
    """Return the process that waits, if there is one; it is nobody else's then."""
    return _waiting.pop() if _waiting else None


def appointed() -> tuple[Path, Path, list[int]]:
    """Wait, in the process, to be told the job; return state folder, job's folder and open files. Ends it where none comes."""
    with socket.socket(fileno=os.dup(0)) as line:
        said, handed, _, _ = socket.recv_fds(line, 1, MOST_HANDED)
    words = sys.stdin.buffer.readline().rstrip(b"\n").split(b"\0") if said else []
    if len(words) != 2:
        sys.exit(0)
    log, *locks = handed
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
    state, folder = (Path(os.fsdecode(word)) for word in words)
    return state, folder, locks


def environment() -> dict[str, str]:
    """Return this process's environment without the password."""
    return {name: value for name, value in os.environ.items() if name != PASSWORD_VARIABLE}
