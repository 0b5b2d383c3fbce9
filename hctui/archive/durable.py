"""A file that is whole on the disk or not there: `.part`, fsync, rename, fsync of the folder."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.archive.errors import system_reason, writing
from hctui.errors import AlreadyExists, DestinationMissing, NotWritable

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BUFFER = 1 << 18
_EAGER = 8 << 20
"""Bytes that come together before the disk is set to work on them."""
_UNSUPPORTED = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)
"""What file systems answer that can't fsync a folder."""


class _Eager(io.FileIO):
    """A file whose pages go to the disk as they come, so that the fsync at the end finds little left to do."""

    _waiting = 0

    def write(self, data: Buffer) -> int:
        """Write, and have the system begin to write back what has come together."""
        written = super().write(data)
        self._waiting += written
        if self._waiting >= _EAGER and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.fileno(), self.tell() - self._waiting, self._waiting, os.POSIX_FADV_DONTNEED)
            self._waiting = 0
        return written


def part_path(path: Path) -> Path:
    """Return where `path` grows."""
    return path.with_name(path.name + ".part")


def create(path: Path) -> io.BufferedWriter:
    """Create the `.part` of `path`, 0600, locked while it is written to.

    One that a dead process left is removed first. Raises `AlreadyExists`, `DestinationMissing`, `NotWritable`.
    """
    if os.path.lexists(path):
        raise AlreadyExists(path=str(path))
    part = part_path(path)
    try:
        while True:
            descriptor = _open_new(part)
            if descriptor is not None:
                return io.BufferedWriter(_Eager(descriptor, "w"), _BUFFER)
            _remove_abandoned(part)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DestinationMissing(path=str(path.parent)) from error
    except OSError as error:
        raise NotWritable(path=str(path.parent), reason=system_reason(error)) from error


def publish(file: io.BufferedWriter, path: Path) -> int:
    """Give the file its name, now that it is whole, and close it; return its size. Raises `AlreadyExists`, `WriteFailed`."""
    with writing(path):
        file.flush()
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
        if os.path.lexists(path):
            raise AlreadyExists(path=str(path))
        os.rename(part_path(path), path)
        try:
            file.close()
            _sync_folder(path.parent)
        except OSError:
            with suppress(OSError):
                os.unlink(path)  # a loss of power might take its name away: what can't be promised is not left as if it were
            raise
    return size


def discard(file: io.BufferedWriter, path: Path) -> None:
    """Remove the `.part`, whatever state the disk is in."""
    part = part_path(path)
    with suppress(OSError, ValueError):  # ValueError where it is closed: it had its name, and `publish` took that back
        if _is_at(file.fileno(), part):
            os.unlink(part)
    with suppress(OSError):
        file.raw.close()
    with suppress(OSError, ValueError):
        file.close()


def _open_new(part: Path) -> int | None:
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return None
    with suppress(OSError):  # a file system without locks: then what a dead process left is never taken for abandoned
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if _is_at(descriptor, part):
        return descriptor
    os.close(descriptor)  # another process took it for abandoned before it was locked
    return None


def _remove_abandoned(part: Path) -> None:
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return
    except OSError as error:
        raise AlreadyExists(path=str(part)) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, part):
            os.unlink(part)
    except OSError as error:
        raise AlreadyExists(path=str(part)) from error
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)
