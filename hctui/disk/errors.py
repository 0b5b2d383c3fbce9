"""The one mapping from `OSError` to the leaves of `errors.DestinationError`."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hctui.disk.paths import printable
from hctui.errors import DestinationError, DestinationMissing, DiskFull, NotWritable, ReadFailed, WriteFailed
from hctui.messages import N_

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Map `OSError` to `ReadFailed`, naming the file that the system names, else `path`."""
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
    """Return the error for a file that can't be read: the one that the system names, else `path`."""
    return ReadFailed(path=_named(error, path), reason=reason(error))


def write_error(error: OSError, path: str | os.PathLike[str]) -> DestinationError:
    """Return `DiskFull`, `NotWritable`, `DestinationMissing` or `WriteFailed`, naming what the system names, else `path`."""
    named = _named(error, path)
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


def _named(error: OSError, path: str | os.PathLike[str]) -> str:
    return printable(error.filename if isinstance(error.filename, str | bytes) else path)
