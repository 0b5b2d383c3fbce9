"""The nouns: what a backup holds, and the plans that operations carry out. Frozen, and no code of ours below it.

Everything here turns into JSON and back with `hctui.codec`: the manifest (DESIGN.md 3), the journal of a job and the plan
that is sent to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from hctui.locations import masked
from hctui.messages import N_

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


@dataclass(frozen=True, slots=True)
class Part:
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


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """One index as its engine would have to make it again."""

    name: str
    table: str
    definition: str
    """SQL, or for dBase tags the key expression."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What else the engine needs (file, filter expression, descending, unique …)."""


@dataclass(frozen=True, slots=True)
class Table:
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


@dataclass(frozen=True, slots=True)
class DatabaseManifest:
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


@dataclass(frozen=True, slots=True)
class StoredFile:
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


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole of `manifest.json`."""

    created: datetime
    hctui_version: str
    major: int = FORMAT_MAJOR
    minor: int = FORMAT_MINOR
    databases: tuple[DatabaseManifest, ...] = ()
    files: tuple[StoredFile, ...] = ()
    """Only in a files backup."""


@dataclass(frozen=True, slots=True)
class RolePattern:
    """Tables whose name matches a glob have a role."""

    pattern: str
    role: Role


@dataclass(frozen=True, slots=True)
class Database:
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


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How a table is laid out in files of one stem; every extension in lower case, with its dot, `?` for any character."""

    name: str
    data: tuple[str, ...]
    blobs: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """Files of the table that are neither (validity checks, definitions)."""
    ignored: tuple[str, ...] = ()
    """Globs of lock and temporary files that are not backed up."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has a database open."""

    program: str
    user: str = ""
    process: int = 0
    address: str = ""
    doing: str = ""
    """The file it has open, or the statement it runs."""


def option(default: Any, label: str, explanation: str, *, flag: str = "") -> Any:
    """Declare a field of a plan once: its default, its label on a page, its explanation (F1, --help) and its CLI flag."""
    return field(default=default, metadata={"label": label, "explanation": explanation, "flag": flag})


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Back up databases into one new file."""

    databases: tuple[str, ...]
    destination: Path
    name: str
    """File name, `.bkb` added where missing."""
    encryption: Encryption | None = option(
        None,
        N_("Encrypt the backup with a password"),
        N_(
            "Without the password nobody can read the backup, and nobody can recover the password: keep it somewhere safe,"
            " apart from the backup. AES-256 is the strongest. Standard (ZipCrypto) can be broken and is there only for"
            " programs that read nothing else."
        ),
        flag="--encrypt",
    )
    level: Level = option(
        Level.MEDIUM,
        N_("Compression level"),
        N_(
            "Maximum makes the smallest file and takes longest; Minimum is several times faster and a little larger;"
            " Do not compress is for data that is compressed already. What is stored is the same at every level."
        ),
        flag="--level",
    )
    audit: bool = option(
        True,
        N_("Include the audit file"),
        N_(
            "The audit tables record who changed what. Left out, the backup is smaller, and a restore leaves the audit tables"
            " of the database as they are."
        ),
        flag="--audit/--no-audit",
    )
    images: bool = option(
        True,
        N_("Include images"),
        N_(
            "Images are often the largest part of a database. Left out, a restore leaves the images of the database as they"
            " are; if the database is lost, the images are lost."
        ),
        flag="--images/--no-images",
    )
    indexes: bool = option(
        True,
        N_("Include indexes"),
        N_(
            "Indexes can be rebuilt from the data. Left out, the backup is smaller and the restore takes longer, because they"
            " are rebuilt then; for some table formats only the application can rebuild them. Of a database on a server the"
            " backup holds definitions of indexes alone, so that leaving them out saves next to nothing."
        ),
        flag="--indexes/--no-indexes",
    )
    accept_unstable: bool = option(
        False,
        N_("Accept tables that never stop changing"),
        N_(
            "A table file that is written to at every attempt to copy it makes the backup fail. Accepted, it is stored as it"
            " was read, and may be damaged inside; the result says so."
        ),
        flag="--accept-unstable",
    )


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """Put databases, or some tables of one, back from a backup."""

    file: Path
    """The backup, or with `unpacked` the folder it was unpacked in."""
    databases: tuple[str, ...] = ()
    """Aliases in the backup; none means all of them."""
    into: str = option(
        "",
        N_("Restore under another name"),
        N_("The database is restored beside the original, under this name. The original is not touched."),
        flag="--into",
    )
    tables: tuple[str, ...] | None = option(
        None,
        N_("Partial restore of the database"),
        N_(
            "Only the ticked tables are replaced; every other table stays as it is. Rows of other tables that point to them"
            " are checked before anything is kept."
        ),
        flag="--tables",
    )
    settings: bool = option(
        False,
        N_("Restore the system settings"),
        N_("The settings tables of the backup replace those of the database. Otherwise they stay as they are now."),
        flag="--settings",
    )
    users_and_audit: bool = option(
        False,
        N_("Restore the users and the audit file"),
        N_(
            "The users and audit tables of the backup replace those of the database: passwords are again those of the day of"
            " the backup, and what was recorded since is replaced. Otherwise they stay as they are now."
        ),
        flag="--users-and-audit",
    )
    unpacked: bool = option(
        False,
        N_("The files to restore are unpacked in the given folder"),
        N_("The folder named above holds a backup that was unpacked with another program; its files are used as they are."),
        flag="--unpacked",
    )
    exact: bool = option(
        False,
        N_("Drop tables made since the backup"),
        N_("The database becomes what it was: tables that the backup does not know are dropped (an undo is kept)."),
        flag="--exact",
    )
    disconnect: bool = option(
        False,
        N_("Disconnect other users"),
        N_("Whoever is connected is disconnected first, where the engine can; otherwise the restore is refused by name."),
        flag="--disconnect",
    )


@dataclass(frozen=True, slots=True)
class VerifyPlan:
    """Read every byte of a backup and open each database in it."""

    file: Path


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """Put back what the last restore of a database replaced."""

    database: str


@dataclass(frozen=True, slots=True)
class FilesBackupPlan:
    """Back up any files and folders."""

    paths: tuple[Path, ...]
    destination: Path
    name: str
    encryption: Encryption | None = None
    level: Level = Level.MEDIUM


@dataclass(frozen=True, slots=True)
class FilesRestorePlan:
    """Restore files into a folder."""

    file: Path
    destination: Path
    only: tuple[str, ...] = ()
    """Globs on the paths in the backup; none means all."""
    replace: bool = False
    """Replace files that are there already; otherwise they are left and named."""


Plan = BackupPlan | RestorePlan | VerifyPlan | UndoPlan | FilesBackupPlan | FilesRestorePlan
