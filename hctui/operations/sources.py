"""The sources of a restore: a backup file, or a folder that a backup was unpacked in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from hctui.archive import ArchiveReader
from hctui.disk.paths import printable
from hctui.errors import NothingToDo, PartMissing, PasswordNeeded, UnknownDatabase
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import DatabaseManifest, Encryption, Manifest, Part
from hctui.operations.folder_source import FolderSource
from hctui.operations.infer_manifest import RegisteredDatabases, check_manifest, infer_databases


class BackupSource(Protocol):
    """An opened backup."""

    path: Path
    manifest: Manifest | None
    """None where another program made the backup, or while the password is missing."""
    databases: tuple[DatabaseManifest, ...]
    encryption: Encryption | None

    def size_of(self, alias: str, part: Part) -> int:
        """Return the size of a part in bytes. Raises `PartMissing`."""

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter | None) -> None:
        """Copy a part into `sink` and check it against the manifest, if there is one. Raises leaves of `ArchiveError`."""


class ArchiveSource:
    """A `.bkb`, or a ZIP that another program made."""

    def __init__(self, reader: ArchiveReader, registered: RegisteredDatabases, *, locked: bool = False) -> None:
        self.path = reader.path
        self.encryption = reader.encryption
        self.reader = reader
        self.locked = locked
        self.members = {member.name: member for member in reader.members()}
        self.manifest = None if locked else reader.manifest()
        self._prefixes: Mapping[str, str] = {}
        if self.manifest is not None:
            check_manifest(self.manifest, self.path)
            self.databases = self.manifest.databases
            return
        names = [(member.name, member.size) for member in self.members.values() if not (member.folder or member.link)]
        inferred = infer_databases(names, self.path, registered)
        self.databases = tuple(each.database for each in inferred)
        self._prefixes = {each.database.alias: each.prefix for each in inferred}

    def size_of(self, alias: str, part: Part) -> int:
        """Return the size of a part in bytes. Raises `PartMissing`."""
        name = self.member(alias, part)
        if name not in self.members:
            raise PartMissing(member=name, path=printable(self.path))
        return max(int(self.members[name].size), part.size)

    def read(self, alias: str, part: Part, sink: BinaryIO, reporter: Reporter | None) -> None:
        """Copy a part into `sink` and check it against the manifest, if there is one. Raises leaves of `ArchiveError`."""
        self.size_of(alias, part)
        expected = part if self.manifest is not None else None
        self.reader.read(self.member(alias, part), sink, reporter=reporter, expected=expected)

    def member(self, alias: str, part: Part) -> str:
        """Return the name of a part's member."""
        return self._prefixes.get(alias, alias + "/") + part.path


@contextmanager
def open_source(
    file: Path, password: str | None, registered: RegisteredDatabases, *, unpacked: bool = False
) -> Iterator[BackupSource]:
    """Open a backup and check its password. Raises leaves of `ArchiveError`."""
    if unpacked:
        yield FolderSource(file, registered)
        return
    with open_archive(file, password) as reader:
        yield ArchiveSource(reader, registered)


@contextmanager
def open_archive(file: Path, password: str | None) -> Iterator[ArchiveReader]:
    """Open a backup file and check its password. Raises `PasswordNeeded`, `WrongPassword`, other leaves of `ArchiveError`."""
    with ArchiveReader(file, password=password) as reader:
        if reader.needs_password:
            if password is None:
                raise PasswordNeeded(path=printable(file), standard=str(reader.encryption))
            reader.check_password()
        yield reader


def chosen_databases(source: BackupSource, aliases: tuple[str, ...]) -> tuple[DatabaseManifest, ...]:
    """Return the databases of a backup with these aliases, or all without aliases. Raises `UnknownDatabase`, `NothingToDo`."""
    if not source.databases:
        if source.manifest is not None and source.manifest.files:
            raise NothingToDo(reason=N_("it is a backup of files: use “hctui files restore”."))
        raise NothingToDo(reason=N_("no database is recognised in it."))
    by_name = {database.alias.casefold(): database for database in source.databases}
    for alias in aliases:
        if alias.casefold() not in by_name:
            raise UnknownDatabase(alias=alias, known=", ".join(database.alias for database in source.databases))
    return tuple(by_name[alias] for alias in dict.fromkeys(alias.casefold() for alias in aliases)) or source.databases
