"""Where restored bytes come from: a backup file, or a folder that one was unpacked in. Both are read with the same suspicion."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec
from blake3 import blake3

from hctui import codec
from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.errors import (
    DamagedArchive,
    DestinationMissing,
    HostileArchive,
    NewerFormat,
    NothingToDo,
    PartMissing,
    UnknownDatabase,
)
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import FORMAT_MAJOR, MANIFEST_NAME, DatabaseManifest, Encryption, Manifest, Part
from hctui.operations.derive import derive, fallback_alias
from hctui.operations.destination import disk_errors, printable

_CHUNK = 1 << 20
_LARGEST_MANIFEST = 256 << 20


class Source(Protocol):
    """An opened backup."""

    path: Path
    manifest: Manifest | None
    """None where another program made the backup, or while the password is missing."""
    databases: tuple[DatabaseManifest, ...]
    encryption: Encryption | None
    needs_password: bool

    def size_of(self, alias: str, part: Part) -> int:
        """Return how many bytes a part has. Raises `PartMissing`."""

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter) -> None:
        """Copy a part into `sink`, checked against all that is known of it. Raises leaves of `ArchiveError`."""


@contextmanager
def open_source(
    file: Path, password: str | None, *, unpacked: bool = False, configuration: Configuration | None = None
) -> Iterator[Source]:
    """Open a backup; with a password, check that it fits before anything else. Raises leaves of `ArchiveError`."""
    if unpacked:
        yield FolderSource(file, configuration)
        return
    with ArchiveReader(file, password=password) as reader:
        if password is not None and reader.needs_password:
            reader.check_password()
        yield ArchiveSource(reader, configuration, locked=reader.needs_password and password is None)


class ArchiveSource:
    """A `.bkb`, or a ZIP that another program made."""

    def __init__(self, reader: ArchiveReader, configuration: Configuration | None, *, locked: bool) -> None:
        self.path = reader.path
        self.encryption = reader.encryption
        self.needs_password = reader.needs_password
        self.reader = reader
        self.members = {member.name: member for member in reader.members()}
        self.manifest = None if locked else reader.manifest()
        self._prefixes: Mapping[str, str] = {}
        self.databases: tuple[DatabaseManifest, ...]
        if self.manifest is not None:
            self.databases = self.manifest.databases
            check_manifest(self.manifest, self.path)
        else:
            names = [(member.name, member.size) for member in self.members.values() if not (member.folder or member.link)]
            self.databases, self._prefixes = _derived(names, self.path, configuration)

    def size_of(self, alias: str, part: Part) -> int:
        """Return how many bytes a part has. Raises `PartMissing`."""
        name = self.member(alias, part)
        if name not in self.members:
            raise PartMissing(member=name, path=printable(self.path))
        return max(self.members[name].size, part.size)

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter) -> None:
        """Copy a part into `sink`, checked against all that is known of it."""
        self.size_of(alias, part)
        expected = part if self.manifest is not None else None
        self.reader.read(self.member(alias, part), sink, reporter=reporter, expected=expected)

    def member(self, alias: str, part: Part) -> str:
        """Return the name of a part's member."""
        return self._prefixes.get(alias, alias + "/") + part.path


class FolderSource:
    """A folder that a backup was unpacked in, or the files of one database; links in it are not followed."""

    needs_password = False
    encryption = None

    def __init__(self, folder: Path, configuration: Configuration | None) -> None:
        self.path = folder
        if not folder.is_dir():
            raise DestinationMissing(path=printable(folder))
        self.manifest = _unpacked_manifest(folder)
        self._prefixes: Mapping[str, str] = {}
        self.databases: tuple[DatabaseManifest, ...]
        if self.manifest is not None:
            self.databases = self.manifest.databases
            check_manifest(self.manifest, folder)
        else:
            self.databases, self._prefixes = _derived(list(_files(folder)), folder, configuration)

    def size_of(self, alias: str, part: Part) -> int:
        """Return how many bytes a part has. Raises `PartMissing`."""
        with self._open(alias, part) as file:
            return os.fstat(file.fileno()).st_size

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter) -> None:
        """Copy a part into `sink`, checked against the manifest where there is one."""
        member = self.member(alias, part)
        digest, size = blake3(), 0
        with self._open(alias, part) as file:
            while True:
                with disk_errors(self.path / member):
                    chunk = file.read(_CHUNK)
                if not chunk:
                    break
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
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
    """Return a descriptor of the plain file at `path` below `folder`, no component of which is a link. Raises `OSError`."""
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


def check_manifest(manifest: Manifest, path: Path) -> None:
    """Raise `HostileArchive` for a part that would be written anywhere but in its database's folder, or twice."""
    seen: set[str] = set()
    for database in manifest.databases:
        for part in database.parts:
            member = f"{database.alias}/{part.path}"
            if unsafe(part.path) or unsafe(database.alias) or "/" in database.alias:
                raise HostileArchive(
                    member=member, path=printable(path), reason=N_("its path leaves the folder it belongs to.")
                )
            if member in seen:
                raise HostileArchive(member=member, path=printable(path), reason=N_("it is named twice in the manifest."))
            seen.add(member)


def unsafe(path: str) -> bool:
    """Tell whether a stored path could lead anywhere but below the folder it is taken from."""
    return "\0" in path or "\\" in path or any(each in ("", ".", "..") for each in path.split("/"))


def chosen(source: Source, aliases: tuple[str, ...]) -> tuple[DatabaseManifest, ...]:
    """Return the databases of a backup that are asked for, all where none are named. Raises `UnknownDatabase`, `NothingToDo`."""
    if not source.databases:
        files = source.manifest is not None and source.manifest.files
        reason = (
            N_("it is a backup of files: use “hctui files restore”.") if files else N_("it holds no database that is known.")
        )
        raise NothingToDo(reason=reason)
    by_name = {database.alias.casefold(): database for database in source.databases}
    for alias in aliases:
        if alias.casefold() not in by_name:
            raise UnknownDatabase(alias=alias, known=", ".join(database.alias for database in source.databases))
    return tuple(by_name[alias.casefold()] for alias in dict.fromkeys(aliases)) or source.databases


def _derived(
    names: list[tuple[str, int]], path: Path, configuration: Configuration | None
) -> tuple[tuple[DatabaseManifest, ...], Mapping[str, str]]:
    """Return what the names tell, and where each database's members begin."""
    engines = {} if configuration is None else {each.alias: each.engine for each in configuration.databases}
    fallback = (configuration.current if configuration else None) or fallback_alias(path.stem)
    found = derive(names, fallback, lambda alias: engines.get(alias, ""))
    return tuple(each.database for each in found), {each.database.alias: each.prefix for each in found}


def _unpacked_manifest(folder: Path) -> Manifest | None:
    path = folder / MANIFEST_NAME
    if not path.is_file() or path.is_symlink():
        return None
    with disk_errors(path):
        data = path.read_bytes()[:_LARGEST_MANIFEST]
    try:
        found = msgspec.json.decode(data, type=dict[str, object]).get("major")
        if isinstance(found, int) and found > FORMAT_MAJOR:
            raise NewerFormat(path=printable(path), found=found, known=FORMAT_MAJOR)
        return codec.decode(data, Manifest)
    except msgspec.MsgspecError as error:
        reason = N_("it is not a manifest of hctui.")
        raise DamagedArchive(member=MANIFEST_NAME, path=printable(folder), reason=reason) from error


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield the plain files below `folder`, links left alone."""
    for here, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(here, name)
            with disk_errors(path):
                status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                yield path.relative_to(folder).as_posix(), status.st_size
