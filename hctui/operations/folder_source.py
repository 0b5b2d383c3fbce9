"""A folder that a backup was unpacked in, as the source of a restore.

The promise: no link is followed and no path leaves the folder; with a manifest, each part is checked against its size and hash.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
from blake3 import blake3

from hctui import codec
from hctui.disk.errors import reading, writing
from hctui.disk.paths import printable
from hctui.errors import DamagedArchive, DestinationMissing, HostileArchive, NewerFormat, PartMissing
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import FORMAT_MAJOR, MANIFEST_NAME, DatabaseManifest, Encryption, Manifest, Part
from hctui.operations.infer_manifest import RegisteredDatabases, check_manifest, infer_databases

_CHUNK = 1 << 20
_LARGEST_MANIFEST = 256 << 20


class FolderSource:
    """A folder that holds an unpacked backup or the files of one database."""

    def __init__(self, folder: Path, registered: RegisteredDatabases) -> None:
        if not os.path.isdir(folder):
            raise DestinationMissing(path=printable(folder))
        self.path = folder
        self.encryption: Encryption | None = None
        self.manifest = _manifest(folder)
        self._prefixes: Mapping[str, str] = {}
        self.databases: tuple[DatabaseManifest, ...]
        if self.manifest is not None:
            check_manifest(self.manifest, folder)
            self.databases = self.manifest.databases
            return
        inferred = infer_databases(list(_files(folder)), folder, registered)
        self.databases = tuple(each.database for each in inferred)
        self._prefixes = {each.database.alias: each.prefix for each in inferred}

    def size_of(self, alias: str, part: Part) -> int:
        """Return the size of a part in bytes. Raises `PartMissing`."""
        with self._open(alias, part) as file:
            return os.fstat(file.fileno()).st_size

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter | None) -> None:
        """Copy a part into `sink` and check it against the manifest, if there is one. Raises leaves of `ArchiveError`."""
        member = self.member(alias, part)
        digest, size = blake3(), 0
        with self._open(alias, part) as file:
            while True:
                with reading(self.path / member):
                    chunk = file.read(_CHUNK)
                if not chunk:
                    break
                digest.update(chunk)
                size += len(chunk)
                with writing(str(getattr(sink, "name", member))):
                    sink.write(chunk)
                if reporter is not None:
                    reporter.advance(len(chunk))
        if self.manifest is None:
            return
        if size != part.size:
            raise self._damaged(member, N_("it has another size than when it was stored."))
        if part.blake3 and digest.hexdigest() != part.blake3:
            raise self._damaged(member, N_("its BLAKE3 is not that of what was stored."))

    def member(self, alias: str, part: Part) -> str:
        """Return a part's path in the folder."""
        return self._prefixes.get(alias, alias + "/") + part.path

    def _damaged(self, member: str, reason: str) -> DamagedArchive:
        return DamagedArchive(member=member, path=printable(self.path), reason=reason)

    @contextmanager
    def _open(self, alias: str, part: Part) -> Iterator[BinaryIO]:
        member = self.member(alias, part)
        try:
            descriptor = open_below(self.path, member)
        except FileNotFoundError as error:
            raise PartMissing(member=member, path=printable(self.path)) from error
        except OSError as error:
            reason = N_("it is a link or no plain file, or can't be read.")
            raise HostileArchive(member=member, path=printable(self.path), reason=reason) from error
        with open(descriptor, "rb") as file:
            yield file


def open_below(folder: Path, path: str) -> int:
    """Open the regular file at `path` below `folder`, no component of which may be a link. Raises `OSError`."""
    *folders, name = path.split("/")
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for each in folders:
            below = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = below
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
    finally:
        os.close(here)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no plain file")
    return descriptor


def _manifest(folder: Path) -> Manifest | None:
    path = folder / MANIFEST_NAME
    if path.is_symlink() or not path.is_file():
        return None
    with reading(path), path.open("rb") as file:
        data = file.read(_LARGEST_MANIFEST)
    try:
        major = msgspec.json.decode(data, type=dict[str, object]).get("major")
        if isinstance(major, int) and major > FORMAT_MAJOR:
            raise NewerFormat(path=printable(folder), found=major, known=FORMAT_MAJOR)
        return codec.decode(data, Manifest)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        reason = N_("it is not a manifest of hctui.")
        raise DamagedArchive(member=MANIFEST_NAME, path=printable(folder), reason=reason) from error


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield path and size of each regular file below `folder`."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            with reading(path):
                status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                yield path.relative_to(folder).as_posix(), status.st_size
