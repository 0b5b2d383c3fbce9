"""The nouns: databases, and what a backup of them holds. Frozen, and no code of ours below it.

Everything here turns into JSON and back with `hctui.codec`: the manifest (DESIGN.md 3) is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from hctui.engine_kinds import masked

FORMAT_MAJOR, FORMAT_MINOR = 1, 0
"""A reader refuses a manifest with a greater major version."""
MANIFEST_NAME, README_NAME = "manifest.json", "LEIA-ME.txt"
BACKUP_SUFFIX = ".bkb"


class Role(StrEnum):
    """What a table is for."""

    DATA = "data"
    AUDIT = "audit"
    IMAGES = "images"
    USERS = "users"
    SETTINGS = "settings"


class Level(StrEnum):
    """How hard to compress: Máximo, Médio, Mínimo, Não compactar."""

    MAX = "max"
    MEDIUM = "medium"
    MIN = "min"
    NONE = "none"


class Encryption(StrEnum):
    """The four standards of the manual; `ZIPCRYPTO` is its “Padrão”, the others WinZip AE-2."""

    ZIPCRYPTO = "zipcrypto"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


class Consistency(StrEnum):
    """How the tables of a backup relate in time (DESIGN.md 7)."""

    CONSISTENT = "consistent"
    """Every table as it was at one instant."""
    PER_TABLE = "per-table"
    """Each table whole, not all at one instant."""


class PartKind(StrEnum):
    """What a stored piece of a table is."""

    DATA = "data"
    INDEXES = "indexes"
    BLOBS = "blobs"
    SCHEMA = "schema"
    OTHER = "other"
    """A file of the database that belongs to no table."""


class Part(Struct, frozen=True):
    """One stored piece of a database: a file of a table, or a whole database where the engine keeps one file."""

    path: str
    """Relative to the database's folder in the backup, `/` between folders."""
    kind: PartKind
    table: str = ""
    """The table it belongs to; empty where it holds several tables or none."""
    size: int = 0
    """Bytes, uncompressed; an estimate until it is stored."""
    modified: datetime | None = None
    """When it was last written to, with time zone."""
    blake3: str = ""
    """Hexadecimal BLAKE3 of its bytes once stored; `b3sum` prints the same."""


class IndexDefinition(Struct, frozen=True):
    """One index as its engine would have to make it again."""

    name: str
    table: str
    definition: str
    """SQL, or for dBase tags the key expression."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What else the engine needs (file, filter expression, descending, unique …)."""


class Table(Struct, frozen=True):
    """One table: the unit of progress, of selection and of partial restore."""

    name: str
    role: Role = Role.DATA
    rows: int | None = None
    """Where counting is cheap."""
    size: int = 0
    """Bytes of data and blobs, without indexes."""
    index_size: int = 0
    """Bytes of indexes."""
    modified: datetime | None = None
    columns: tuple[str, ...] = ()
    """Column names in order, where the engine knows them."""
    left_out: bool = False
    """In a manifest: it was in the database and is not in the backup."""


class DatabaseManifest(Struct, frozen=True):
    """One database as a backup holds it."""

    alias: str
    engine: str
    format: str = ""
    """The folder engine's table format (`dbase`, `nexusdb` …)."""
    engine_version: str = ""
    taken: datetime | None = None
    """The instant of the snapshot, with time zone."""
    consistency: Consistency = Consistency.CONSISTENT
    indexes_included: bool = True
    tables: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()
    indexes: tuple[IndexDefinition, ...] = ()
    """Definitions needed to rebuild what was left out."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What only the engine understands, as JSON values."""


class StoredFile(Struct, frozen=True):
    """One entry of a files backup (Cópia de arquivos)."""

    path: str
    """In the backup; also where it goes under the folder it is restored to."""
    size: int = 0
    modified: datetime | None = None
    mode: int = 0o600
    """Permission bits."""
    link: str = ""
    """The target where it is a symbolic link."""
    folder: bool = False
    blake3: str = ""
    member: str = ""
    """Its member, where the path can't be a member's name; otherwise empty and the path is."""


class Manifest(Struct, frozen=True):
    """The whole of `manifest.json`."""

    created: datetime
    hctui_version: str
    major: int = FORMAT_MAJOR
    minor: int = FORMAT_MINOR
    databases: tuple[DatabaseManifest, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """Only in a files backup."""


class RolePattern(Struct, frozen=True):
    """Tables whose name matches a glob have a role."""

    pattern: str
    role: Role


class Database(Struct, frozen=True):
    """A database registered in the configuration."""

    alias: str
    engine: str
    location: str
    """A file, a folder or a URL, as the engine has it."""
    roles: tuple[RolePattern, ...] = ()
    """Looked at before the built-in patterns."""
    format: str = ""
    """The folder engine's table format where it shall not be found out."""
    before: str = ""
    """Command run before a backup (a service stop, a lock held by its own background process)."""
    after: str = ""
    """Command run after it, whatever came of it."""
    reindex: str = ""
    """Command that rebuilds the indexes of `{table}` in `{folder}`."""
    formats: tuple[TableFormat, ...] = ()
    """Formats of table files that the person defined."""

    @property
    def place(self) -> str:
        """The location as it may be shown: what is a password in a URL stays unseen."""
        return masked(self.location)


class TableFormat(Struct, frozen=True):
    """How a table is laid out in files of one stem; every extension in lower case, with its dot, `?` for any character."""

    name: str
    data: tuple[str, ...]
    blobs: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """Files of the table that are neither (validity checks, definitions)."""
    ignored: tuple[str, ...] = ()
    """Globs of lock and temporary files that are not backed up."""


class Session(Struct, frozen=True):
    """Somebody who has a database open."""

    program: str
    user: str = ""
    process: int = 0
    address: str = ""
    doing: str = ""
    """The file it has open, or the statement it runs."""
