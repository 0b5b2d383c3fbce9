"""What the disk raises, told in our words."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hctui.errors import DatabaseUnreadable, HctuiError, NoSpace, NotWritable, WriteFailed
from hctui.model import Database

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def reading(database: Database) -> Iterator[None]:
    """Map `OSError` to `DatabaseUnreadable`."""
    try:
        yield
    except OSError as error:
        reason = _reason(error)
        raise DatabaseUnreadable(alias=database.alias, location=_file(error) or database.location, reason=reason) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Map `OSError` to `NoSpace`, `NotWritable` or `WriteFailed`, naming the file where the system does, else `path`."""
    try:
        yield
    except OSError as error:
        raise destination_error(error, path) from error


def printable(path: str | Path) -> str:
    """Return a path that can be shown and stored as UTF-8, whatever bytes it is made of."""
    return os.fsencode(path).decode(errors="replace")


def destination_error(error: OSError, path: Path) -> HctuiError:
    """Return the leaf that says what `error` means for the file the system names, else for `path`."""
    named = _file(error) or printable(path)
    if error.errno in _FULL:
        try:
            free = shutil.disk_usage(path if path.exists() else path.parent).free
        except OSError:
            return WriteFailed(path=named, reason=_reason(error))
        return NoSpace(path=printable(path), needed_bytes=free + 1, free_bytes=free)
    if error.errno in _FORBIDDEN:
        return NotWritable(path=named, reason=_reason(error))
    return WriteFailed(path=named, reason=_reason(error))


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) + "." if error.errno else str(error)


def _file(error: OSError) -> str:
    return printable(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else ""
