"""Databases, and the contents of a backup of them, as frozen structs.

`hctui.codec` converts them to JSON and back; the manifest (DESIGN.md 3) is made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from hctui.engine_kinds import EngineKind, find_kind, masked
from hctui.errors import EngineMissing

FORMAT_MAJOR, FORMAT_MINOR = 1, 0
"""A reader refuses a manifest with a higher major version."""
MANIFEST_NAME, README_NAME = "manifest.json", "LEIA-ME.txt"
BACKUP_SUFFIX = ".bkb"


class Role(StrEnum):
    """The purpose of a table."""

    DATA = "data"
    AUDIT = "audit"
    IMAGES = "images"
    USERS = "users"
    SETTINGS = "settings"


class Level(StrEnum):
    """The compression levels: Máximo, Médio, Mínimo, Não compactar."""

    MAX = "max"
    MEDIUM = "medium"
    MIN = "min"
    NONE = "none"


class Encryption(StrEnum):
    """The four encryption standards of the manual; `ZIPCRYPTO` is its “Padrão”, the others are WinZip AE-2."""

    ZIPCRYPTO = "zipcrypto"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


class Consistency(StrEnum):
    """Whether all tables of a backup are of one instant (DESIGN.md 7)."""

    CONSISTENT = "consistent"
    """All tables are as they were at one instant."""
    PER_TABLE = "per-table"
    """Each table is whole, but they are not all of one instant."""


class PartKind(StrEnum):
    """The kind of a part."""

    DATA = "data"
    INDEXES = "indexes"
    BLOBS = "blobs"
    SCHEMA = "schema"
    OTHER = "other"
    """A file of the database that belongs to no table."""


class Part(Struct, frozen=True):
    """One stored piece of a database: a file of a table, or the whole database if its engine keeps one file."""

    path: str
    """Relative to the folder of the database in the backup, with `/` between folders."""
    kind: PartKind
    table: str = ""
    """The table it belongs to; empty if it holds several tables or none."""
    size: int = 0
    """Bytes, uncompressed; an estimate until it is stored."""
    modified: datetime | None = None
    """Time of the last change, with time zone."""
    blake3: str = ""
    """Hexadecimal BLAKE3 of its bytes, known once it is stored; `b3sum` prints the same."""


class IndexDefinition(Struct, frozen=True):
    """One index, with what its engine needs to make it again."""

    name: str
    table: str
    definition: str
    """SQL; for a dBase tag, the key expression."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What else the engine needs (file, filter expression, descending, unique …)."""


class Table(Struct, frozen=True):
    """One table: the unit of progress, of selection and of partial restore."""

    name: str
    role: Role = Role.DATA
    rows: int | None = None
    """None if counting them takes long."""
    size: int = 0
    """Bytes of data and blobs, without indexes."""
    index_size: int = 0
    """Bytes of indexes."""
    modified: datetime | None = None
    columns: tuple[str, ...] = ()
    """Column names in order, if the engine knows them."""
    left_out: bool = False
    """In a manifest: the table was in the database but is not in the backup."""


class DatabaseManifest(Struct, frozen=True):
    """One database in a backup."""

    alias: str
    engine: str
    format: str = ""
    """Table format of the folder engine (`dbase`, `nexusdb` …)."""
    engine_version: str = ""
    taken: datetime | None = None
    """The instant of the snapshot, with time zone."""
    consistency: Consistency = Consistency.CONSISTENT
    indexes_included: bool = True
    tables: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    """Definitions for rebuilding indexes that were left out."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON values that only the engine understands."""


class StoredFile(Struct, frozen=True):
    """One file, folder or link in a files backup (Cópia de arquivos)."""

    path: str
    """Path in the backup, and below the folder that it is restored to."""
    size: int = 0
    modified: datetime | None = None
    mode: int = 0o600
    """Permission bits."""
    link: str = ""
    """The target, if it is a symbolic link."""
    folder: bool = False
    blake3: str = ""
    member: str = ""
    """Name of its member if `path` can't be one; empty if the member has the name `path`."""


class Manifest(Struct, frozen=True):
    """The contents of `manifest.json`."""

    created: datetime
    hctui_version: str
    major: int = FORMAT_MAJOR
    minor: int = FORMAT_MINOR
    databases: tuple[DatabaseManifest, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """Only in a files backup."""


class RolePattern(Struct, frozen=True):
    """A glob, and the role of the tables whose names match it."""

    pattern: str
    role: Role


class Database(Struct, frozen=True):
    """A database registered in the configuration."""

    alias: str
    engine: str
    location: str
    """A file, a folder or a URL, depending on the engine."""
    roles: tuple[RolePattern, ...] = ()
    """Tried before the built-in patterns."""
    format: str = ""
    """Table format of the folder engine; empty if hctui is to detect it."""
    before: str = ""
    """Command that is run before a backup (stops a service, takes a lock in a background process of its own)."""
    after: str = ""
    """Command that is run after a backup, also after one that failed."""
    reindex: str = ""
    """Command that rebuilds the indexes of `{table}` in `{folder}`."""
    formats: tuple[TableFormat, ...] = ()
    """Formats of table files that the person defined."""

    @property
    def shown_location(self) -> str:
        """The location for display: the password in a URL is masked."""
        return masked(self.location)

    @property
    def kind(self) -> EngineKind:
        """The kind of its engine. Raises `EngineMissing`."""
        kind = find_kind(self.engine)
        if kind is None:
            raise EngineMissing(alias=self.alias, engine=self.engine)
        return kind


class TableFormat(Struct, frozen=True):
    """The extensions of a table's files, which have one stem; in lower case, with the dot, `?` for any character."""

    name: str
    data: tuple[str, ...]
    blobs: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """Other files of the table (validity checks, definitions)."""
    ignored: tuple[str, ...] = ()
    """Globs of lock files and temporary files, which are not backed up."""


class Session(Struct, frozen=True):
    """A program that has a database open."""

    program: str
    user: str = ""
    process: int = 0
    address: str = ""
    doing: str = ""
    """The file it has open, or the statement it runs."""
