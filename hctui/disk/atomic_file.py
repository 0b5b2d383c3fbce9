"""A file that is whole on the disk or does not exist.

The promise: under its name a file is complete and on the disk, or it is not there (`create`, `publish`), or the earlier one
is (`replace`). A file grows under another name (`.part`), is synced, renamed, and its folder is synced. A kill at any instant
leaves a `.part` at most; the next run removes it, if it is ours: a regular file of this user, mode 0600, that begins like
what we write, which no running process has locked. Any other file of that name stays, and is named.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.disk.descriptors import open_private
from hctui.disk.errors import reason, writing
from hctui.disk.locks import lock, try_lock
from hctui.disk.paths import is_at, printable
from hctui.disk.sync import start_writing, sync, sync_folder
from hctui.errors import AlreadyExists, DestinationMissing, NotWritable

if TYPE_CHECKING:
    from typing_extensions import Buffer

PART_SUFFIX = ".part"
_BUFFER = 1 << 18
_EAGER = 8 << 20
"""Bytes that gather before the system is made to write them."""
_BEGINNINGS = (b"", b"PK\x03\x04")
"""How a backup begins that was hardly or well under way."""


class EagerFile(io.FileIO):
    """A file whose pages go to the disk as they come, so that the sync at the end finds little left to do."""

    _gathered = 0

    def write(self, data: Buffer, /) -> int:
        """Write, and make the system begin to write what has gathered."""
        written = super().write(data)
        self._gathered += written
        if self._gathered >= _EAGER:
            start_writing(self.fileno(), self.tell() - self._gathered, self._gathered)
            self._gathered = 0
        return written


def part_path(path: Path) -> Path:
    """Return the name under which `path` grows."""
    return path.with_name(path.name + PART_SUFFIX)


def create(path: Path) -> io.BufferedWriter:
    """Create the `.part` of `path`, 0600, locked while it is written to; an abandoned one of ours is removed first.

    Raises `AlreadyExists` (also for a `.part` that is not ours), `DestinationMissing`, `NotWritable`.
    """
    if os.path.lexists(path):
        raise AlreadyExists(path=printable(path))
    part = part_path(path)
    with _creating(part):
        while (descriptor := _open_new(part)) is None:
            if not remove_abandoned(part) and os.path.lexists(part):
                raise AlreadyExists(path=printable(part))
    return _buffered(descriptor)


def open_part(part: Path) -> io.BufferedWriter:
    """Open a part whose name no file of others can have, because a hash of its bytes is in it; create it if it is missing.

    It is locked, and has what a killed process wrote to it. Raises `AlreadyExists` for a part that a running process writes, or
    that is no regular file of this user with one name, `DestinationMissing`, `NotWritable`.
    """
    with _creating(part):
        while (descriptor := _open_new(part)) is None and (descriptor := _open_abandoned(part, _is_only_ours)) is None:
            if os.path.lexists(part):
                raise AlreadyExists(path=printable(part))
    return _buffered(descriptor)


def publish(file: io.BufferedWriter, part: Path, path: Path) -> int:
    """Give a complete part its name and close it; return its size in bytes. Raises `AlreadyExists`, `DestinationError`."""
    with writing(path):
        file.flush()
        sync(file.fileno())
        size = os.fstat(file.fileno()).st_size
        if os.path.lexists(path):
            raise AlreadyExists(path=printable(path))
        os.rename(part, path)
        try:
            file.close()
            sync_folder(path.parent)
        except OSError:
            with suppress(OSError):
                os.unlink(path)  # a loss of power might remove its name: a promise that can't be kept is not made
            raise
    return size


def discard(file: io.BufferedWriter, part: Path) -> None:
    """Remove a part, whatever state the disk is in; do nothing after `publish`."""
    with suppress(OSError, ValueError):  # ValueError where it is closed: it had its name, and `publish` removed that
        if is_at(file.fileno(), part):
            os.unlink(part)
    with suppress(OSError):
        file.raw.close()
    with suppress(OSError, ValueError):
        file.close()


def remove_abandoned(part: Path) -> bool:
    """Remove a `.part` of ours whose process has ended; return whether it was removed."""
    with suppress(OSError):
        descriptor = _open_abandoned(part, _is_ours)
        if descriptor is not None:
            try:
                os.unlink(part)
                return True
            finally:
                os.close(descriptor)
    return False


def remove_all_abandoned(folder: Path, suffix: str) -> None:
    """Remove each `.part` in `folder` that a killed run of ours left of a file with this suffix."""
    for part in folder.glob(f"*{suffix}.part"):
        remove_abandoned(part)


def replace(path: Path, content: bytes, *, follow_links: bool = False) -> None:
    """Put `content` in place of a file, 0600: after a loss of power it has the old content or the new. Raises `OSError`.

    With `follow_links` the file that a link leads to is replaced, not the link.
    """
    real = path.resolve() if follow_links else path
    part = real.with_name(f".{real.name}.part")
    try:
        part.unlink(missing_ok=True)
        with open(open_private(part, os.O_WRONLY | os.O_EXCL), "wb") as file:
            file.write(content)
            file.flush()
            sync(file.fileno())
        os.replace(part, real)
        sync_folder(real.parent)
    except OSError:
        with suppress(OSError):  # the rights that were lost may be those to delete it, too
            part.unlink()
        raise


def _open_new(part: Path) -> int | None:
    """Create and lock `part`; return None where it exists, or another process took it for abandoned before it was locked."""
    try:
        descriptor = open_private(part, os.O_RDWR | os.O_EXCL | os.O_NOFOLLOW)
    except FileExistsError:
        return None
    with suppress(OSError):  # a file system without locks: then an abandoned file is never recognised
        lock(descriptor)
    if is_at(descriptor, part):
        return descriptor
    os.close(descriptor)
    return None


def _open_abandoned(part: Path, belongs_to_us: Callable[[int], bool]) -> int | None:
    """Open and lock a part of ours; return None for any other file, and while its process runs."""
    with suppress(OSError):
        descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with ExitStack() as closing:
            closing.callback(os.close, descriptor)
            if belongs_to_us(descriptor) and try_lock(descriptor) and is_at(descriptor, part):
                closing.pop_all()
                return descriptor
    return None


def _is_ours(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    private = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600 and status.st_uid == os.geteuid()
    return private and os.pread(descriptor, 4, 0) in _BEGINNINGS


def _is_only_ours(descriptor: int) -> bool:
    """Return whether it is a regular file of this user with one name: what is written to it changes no other file."""
    status = os.fstat(descriptor)
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_nlink == 1


@contextmanager
def _creating(part: Path) -> Iterator[None]:
    """Map what the system answers to the creation of a file."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DestinationMissing(path=printable(part.parent)) from error
    except OSError as error:
        raise NotWritable(path=printable(part.parent), reason=reason(error)) from error


def _buffered(descriptor: int) -> io.BufferedWriter:
    return io.BufferedWriter(EagerFile(descriptor, "w"), _BUFFER)
