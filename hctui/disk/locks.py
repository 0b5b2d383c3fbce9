"""Locks on open files, which end with the process that holds them, and leases, which end when somebody opens the file."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HELD_ELSEWHERE = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ETXTBSY})
"""Error numbers that mean that another process holds the lock or has the file open."""


def lock(descriptor: int) -> None:
    """Lock an open file or folder for this process alone; wait while another holds it. Raises `OSError`."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file or folder; return False where another process holds it. Raises `OSError` where locks do not exist."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether a running process holds the lock on a file or folder; False where there is none. Raises `OSError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock on a folder. Raises `BlockingIOError` where another process holds it and `wait` is false; `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if wait:
            lock(descriptor)
        elif not try_lock(descriptor):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(folder))
        yield
    finally:
        os.close(descriptor)


def lock_record(descriptor: int, start: int = 0, length: int = 0) -> None:
    """Take the record lock (POSIX) of some bytes, 0 for all; it ends when the process closes the file anywhere.

    Raises `BlockingIOError` where another process holds it, `OSError`.
    """
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
    except PermissionError as error:  # POSIX lets a system answer EACCES for a lock that is held
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error


def lease(descriptor: int) -> bool:
    """Lease an open file, which is granted if nobody else has it open; return False where the system or the owner refuses.

    Raises an `OSError` of `HELD_ELSEWHERE` where somebody has the file open.
    """
    if sys.platform != "linux":
        return False
    try:
        # A process that opens the file makes the kernel send a signal here; its default one would end this process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        if error.errno in HELD_ELSEWHERE:
            raise
        return False
    return True


def has_lease(descriptor: int) -> bool:
    """Return whether nobody has tried to open the file since it was leased."""
    return fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_WRLCK


def end_lease(descriptor: int) -> None:
    """End a lease; a process that was forked meanwhile would keep it otherwise. Raises `OSError`."""
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
