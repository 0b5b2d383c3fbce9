"""Waiting until the disk has what was written, so that a loss of power does not take it away."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Iterable

from hctui.disk.paths import printable

_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES})
"""Answers of file systems that can't sync a folder."""
_THREADS = 8


def sync(descriptor: int) -> None:
    """Wait until the disk has an open file. Raises `OSError`.

    On macOS `fsync` leaves the bytes in the drive's own memory; F_FULLFSYNC, where the file system knows it, does not.
    """
    if sys.platform == "darwin":
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError as error:
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
        else:
            return
    os.fsync(descriptor)


def sync_file(path: str | os.PathLike[str]) -> None:
    """Wait until the disk has the bytes of a file; links are not followed. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Wait until the disk has many files. Raises `OSError`."""
    from concurrent.futures import ThreadPoolExecutor  # here, because the configuration needs this module but never this

    with ThreadPoolExecutor(_THREADS) as pool:  # a file system writes its journal once for many that wait
        for _ in pool.map(sync_file, paths):
            pass


def sync_folder(folder: str | os.PathLike[str] | int) -> None:
    """Wait until the disk has the names in a folder (a path or a descriptor); some file systems can't. Raises `OSError`."""
    descriptor = folder if isinstance(folder, int) else os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            error.filename = error.filename or (None if isinstance(folder, int) else printable(folder))
            raise
    finally:
        if not isinstance(folder, int):
            os.close(descriptor)


def sync_everything() -> None:
    """Have the disk take all that the system has yet to write: once is quicker than once for each of many files."""
    os.sync()


def start_writing(descriptor: int, offset: int, length: int) -> None:
    """Have the system begin to write part of a file to the disk, so that `sync` finds little left to do."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, offset, length, os.POSIX_FADV_DONTNEED)
