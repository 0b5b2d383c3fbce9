"""The seam between hctui and the places that hold backups: a `Destination` is one folder of whole files, here or elsewhere.

A destination is synchronous and used by one thread. It knows nothing of archives, databases or screens. It raises leaves of
`errors.DestinationError`, `InvalidName` for a name that can't be one of a file, what `reporter` raises, and nothing else.

Order: `with destination:` connects and disconnects; every other method is called inside. Methods are called in any order. Each
may be called again after any error, in the same connection or in a new one: an object can be entered again after it was left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from blake3 import blake3
from msgspec import Struct

from hctui.disk.atomic_file import PART_SUFFIX
from hctui.disk.errors import reading
from hctui.disk.paths import printable
from hctui.errors import InvalidName, ReadFailed
from hctui.events import Reporter
from hctui.messages import N_

CHUNK = 1 << 20
"""Bytes that are read, compared and sent at a time."""
_LONGEST = 255
"""Bytes of a file name."""


class Features(Struct, frozen=True):
    """What a destination can do beyond storing files."""

    resumes: bool
    """Whether `put` continues what an earlier call left; otherwise it starts again."""
    free_space: bool
    """Whether `free` knows the free space."""


class RemoteFile(Struct, frozen=True):
    """A whole file at a destination."""

    name: str
    size: int
    modified: datetime | None
    """Time of the last change; None where the destination has no valid one."""


class Destination(Protocol):
    """One folder of whole files."""

    @property
    def address(self) -> str:
        """The address to show and store: never with a password."""

    @property
    def features(self) -> Features:
        """What this destination can do."""

    def __enter__(self) -> Self:
        """Connect. Raises `DestinationMissing` where the folder does not exist, `NotWritable`."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Disconnect; raises nothing."""

    def list(self) -> Iterator[RemoteFile]:
        """Yield the whole files in no certain order; no folders, and no file on its way. Raises `ReadFailed`."""

    def stat(self, name: str) -> RemoteFile | None:
        """Return a file; None where there is no file of that name. Raises `DestinationMissing`, `ReadFailed`."""

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return `length` bytes of a file from `offset`, fewer only at its end. Raises `ReadFailed`."""

    def put(self, source: Path, name: str, *, resume: bool, reporter: Reporter | None = None) -> RemoteFile:
        """Store the local file `source` under `name`, and return it.

        When this returns, the file is there, whole, with the size of `source`, and on the disk of the destination. It never
        replaces a file. On an error, or when the process is killed, nothing is under `name`: the bytes are under
        `LocalFile.part_name`. A later call for the same bytes continues them with `resume`, once it has compared the last ones;
        else it starts again. A file of that name that is not ours stays. `reporter.advance` gets the bytes as they are done.

        Raises `AlreadyExists`, `DiskFull`, `NotWritable`, `WriteFailed`, `ReadFailed` (of `source`).
        """

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no error, so that this can be tried again.

        Raises `DestinationMissing`, `NotWritable`, `WriteFailed`.
        """

    def free(self) -> int | None:
        """Return the free bytes; None where the destination does not know them. Raises `ReadFailed`."""


def valid_name(name: str) -> str:
    """Return `name` if a whole file can have it. Raises `InvalidName`."""
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise InvalidName(name=_shown(name), reason=N_("it is no name of a file in this folder."))
    if name.endswith(PART_SUFFIX):
        raise InvalidName(name=_shown(name), reason=N_("names of unfinished files end in “.part”."))
    return name


class LocalFile:
    """The local file that `put` stores. Every method raises `ReadFailed` and what `reporter` raises."""

    def __init__(self, path: Path, reporter: Reporter | None) -> None:
        self._path = path
        self._reporter = reporter
        with reading(path):
            self._file = path.open("rb", buffering=0)
            self._before = os.fstat(self._file.fileno())
        self.size = self._before.st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def part_name(self, name: str) -> str:
        """Return the name under which these bytes grow: `NAME.<8 hex digits of their BLAKE3>.part`.

        It is always the same for the same bytes, so that a later call finds the part. A long `name` is cut.
        """
        digest = blake3()
        with reading(self._path):
            self._file.seek(0)
            while chunk := self._file.read(CHUNK):
                digest.update(chunk)
                self._advance(0)
        suffix = f".{digest.hexdigest()[:8]}{PART_SUFFIX}"
        while len(os.fsencode(name + suffix)) > _LONGEST:
            name = name[:-1]
        return name + suffix

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end."""
        with reading(self._path):
            return os.pread(self._file.fileno(), length, offset)

    def chunks(self, offset: int) -> Iterator[bytes]:
        """Yield the bytes from `offset`, and report each chunk when the next one is taken.

        Raises `ReadFailed` in the end where the file was changed since it was opened.
        """
        self._advance(offset)
        while chunk := self.read(offset, CHUNK):
            yield chunk
            offset += len(chunk)
            self._advance(len(chunk))
        with reading(self._path):
            after = os.fstat(self._file.fileno())
        if (offset, after.st_size, after.st_mtime_ns) != (self.size, self.size, self._before.st_mtime_ns):
            raise ReadFailed(path=printable(self._path), reason=N_("it changed while it was copied."))

    def _advance(self, size: int) -> None:
        if self._reporter is not None:
            self._reporter.advance(size)


def _shown(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()
