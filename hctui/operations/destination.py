"""Where files go: is the folder there, can it be written to, is there room, is it another disk."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hctui.errors import AlreadyExists, DestinationError, DestinationMissing, NoSpace, NotWritable, ReadFailed, WriteFailed
from hctui.messages import N_

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def check_destination(folder: Path) -> None:
    """Make sure that a file can be created in `folder` by creating one, which leaves no trace.

    Raises `DestinationMissing`, `NotWritable`, `NoSpace`, `WriteFailed`.
    """
    if not os.path.exists(folder):
        with disk_errors(folder, writing=True), suppress(FileNotFoundError, NotADirectoryError, ValueError):
            os.stat(folder)
        raise DestinationMissing(path=printable(folder))
    if not os.path.isdir(folder):
        raise NotWritable(path=printable(folder), reason=N_("it is not a folder."))
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".hctui-"):
            pass
    except OSError as error:
        raise as_destination_error(error, folder, writing=True) from error


def free_space(folder: Path) -> int:
    """Return the bytes free for this user where `folder` is, or would be made. Raises `ReadFailed`."""
    with disk_errors(folder):
        return shutil.disk_usage(existing(folder)).free


def require_space(folder: Path, needed: int) -> None:
    """Raise `NoSpace` unless `needed` bytes are free where `folder` is."""
    free = free_space(folder)
    if free < needed:
        raise NoSpace(path=printable(folder), needed_bytes=needed, free_bytes=free)


def refuse_existing(path: Path) -> None:
    """Raise `AlreadyExists` where anything is at `path`, be it a broken link."""
    if os.path.lexists(path):
        raise AlreadyExists(path=printable(path))


def same_disk(folder: Path, paths: Iterable[Path]) -> bool:
    """Tell whether `folder` shares a file system with any of `paths`; what can't be looked at does not count."""
    try:
        disk = existing(folder).stat().st_dev
    except OSError:
        return False
    return any(_disk(path) == disk for path in paths)


def existing(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that is there."""
    absolute = path.absolute()
    return next((each for each in (absolute, *absolute.parents) if os.path.exists(each)), Path(absolute.anchor))


@contextmanager
def disk_errors(path: Path | str, *, writing: bool = False) -> Iterator[None]:
    """Turn what the disk raises into a `DestinationError` that names the file it happened to, else `path`."""
    try:
        yield
    except OSError as error:
        raise as_destination_error(error, error.filename or path, writing=writing) from error


def as_destination_error(error: OSError, path: Path | str, *, writing: bool) -> DestinationError:
    """Return the leaf that says what `error` means for `path`."""
    named = printable(path)
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        return _no_space(Path(path)) or WriteFailed(path=named, reason=reason)
    if not writing:
        return ReadFailed(path=named, reason=reason)
    if error.errno in _FORBIDDEN:
        return NotWritable(path=named, reason=reason)
    if error.errno == errno.ENOENT and not os.path.exists(Path(path).parent):
        return DestinationMissing(path=printable(Path(path).parent))
    return WriteFailed(path=named, reason=reason)


def printable(path: Path | str) -> str:
    """Return a path that can be shown and stored as UTF-8, whatever bytes its name is made of."""
    return os.fspath(path).encode(errors="surrogateescape").decode(errors="replace")


def _no_space(path: Path) -> NoSpace | None:
    try:
        free = shutil.disk_usage(existing(path)).free
    except OSError:
        return None
    return NoSpace(path=printable(path), needed_bytes=free + 1, free_bytes=free)


def _disk(path: Path) -> int | None:
    try:
        return existing(path).stat().st_dev
    except OSError:
        return None
