"""The one mapping from `OSError` to the leaves of `errors.DestinationError`."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hctui.disk.paths import printable
from hctui.errors import DestinationError, DestinationMissing, DiskFull, FileMissing, NotWritable, ReadFailed, WriteFailed
from hctui.messages import N_

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MISSING = frozenset({errno.ENOENT, errno.ENOTDIR})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Map `OSError` as `read_error` does."""
    try:
        yield
    except OSError as error:
        raise read_error(error, path) from error


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Map `OSError` as `write_error` does."""
    try:
        yield
    except OSError as error:
        raise write_error(error, path) from error


def read_error(error: OSError, path: str | os.PathLike[str]) -> ReadFailed:
    """Return `FileMissing` or `ReadFailed` for the file that the system names, else `path`."""
    if error.errno in _MISSING:
        return FileMissing(path=named_path(error, path))
    return ReadFailed(path=named_path(error, path), reason=reason(error))


def write_error(error: OSError, path: str | os.PathLike[str]) -> DestinationError:
    """Return `DiskFull`, `NotWritable`, `DestinationMissing` or `WriteFailed`, naming what the system names, else `path`."""
    named = named_path(error, path)
    if error.errno in _FULL:
        return DiskFull(path=named)
    if error.errno in _FORBIDDEN:
        return NotWritable(path=named, reason=reason(error))
    if error.errno == errno.ENOENT and not os.path.exists(folder := os.path.dirname(os.path.abspath(path))):
        return DestinationMissing(path=printable(folder))
    return WriteFailed(path=named, reason=reason(error))


def reason(error: OSError) -> str:
    """Return why the system refused, as a clause that ends with a full stop."""
    if error.errno in _FULL:
        return N_("the disk is full.")
    if error.errno == errno.EFBIG:
        return N_("the file is larger than its file system or a limit of this process allows.")
    return f"{os.strerror(error.errno) if error.errno else str(error)}."


def named_path(error: OSError, path: str | os.PathLike[str]) -> str:
    """Return the path that the system names, else `path`, for display."""
    return printable(error.filename if isinstance(error.filename, str | bytes) else path)
