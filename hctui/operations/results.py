"""The results of previews and listings, for a page or a command to show."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from hctui.databases.engine import Undo
from hctui.errors import HctuiError
from hctui.messages import Message
from hctui.model import Consistency, DatabaseManifest, Encryption, Manifest, Role, Session, StoredFile, Table


class Contents(Struct, frozen=True):
    """The contents of a backup."""

    file: Path
    size: int
    """Bytes of the file itself."""
    created: datetime | None
    """From the manifest, else the modification time of the file."""
    encryption: Encryption | None
    needs_password: bool
    """It is encrypted and no password was given: the contents come from names of members."""
    manifest: Manifest | None
    """None where another program made it, or the password is missing."""
    databases: tuple[DatabaseManifest, ...]
    """From the manifest, else inferred from names of members."""
    files: tuple[StoredFile, ...]
    """The files of a files backup."""
    members: int
    data_size: int
    """Bytes of all members, unpacked."""
    verified: datetime | None
    """The last verification of this file, None where it has changed since."""

    @property
    def inferred(self) -> bool:
        """Whether the databases are inferred from names of members."""
        return self.manifest is None


class BackupSummary(Struct, frozen=True):
    """One backup in a list of existing backups."""

    file: Path
    size: int
    created: datetime
    aliases: tuple[str, ...] = ()
    encryption: Encryption | None = None
    consistency: Consistency | None = None
    """The weakest consistency of its databases; None where it is unknown."""
    verified: datetime | None = None
    files: int = 0
    """The number of files, folders and links in a files backup."""
    problem: Message | None = None
    """The reason why it can't be read, else None."""


class Problem(Struct, frozen=True):
    """The reason why a job can't start."""

    message: Message
    field: str = ""
    """The field of the plan that has to be corrected; empty where none has."""

    @classmethod
    def of(cls, error: HctuiError) -> Problem:
        """Return the problem that an error reports, at the field that the error names."""
        return cls(error.message, error.field)


class BackupPreview(Struct, frozen=True):
    """What a backup will read and write; sizes are estimates in bytes."""

    tables: tuple[tuple[str, Table], ...]
    """(alias, table) of each table that is included."""
    size: int
    """Of the data that will be read."""
    compressed: int
    """Of the file: from the ratio of the last backup of these databases at this level, else a typical one."""
    free: int | None
    """Free in the destination; None where it is unknown."""
    same_disk: bool
    """Whether the destination is on the disk of a database."""
    saved_audit: int
    """Of the data that leaving out the audit tables saves, or would save."""
    saved_images: int
    saved_indexes: int
    definitions: bool = False
    """Whether every index is stored as its definition alone, so that leaving out indexes saves nothing."""
    warnings: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    """The reasons why the backup can't start, one for each field at most."""


class FilesPreview(Struct, frozen=True):
    """What is known of a backup or a restore of files before it starts."""

    free: int | None
    """Bytes free in the destination; None where it is unknown."""
    problems: tuple[Problem, ...] = ()
    """The reasons why it can't start, one for each field at most."""


class Action(StrEnum):
    """The action of a restore on a table."""

    REPLACE = "replace"
    CREATE = "create"
    """The table is in the backup and not in the database now."""
    KEEP = "keep"
    DROP = "drop"


class TableComparison(Struct, frozen=True):
    """One table as it is in the backup and in the database now."""

    name: str
    role: Role
    action: Action
    reason: Message | None
    """The reason why it is kept."""
    backup: Table | None
    """None where the backup does not have it."""
    live: Table | None
    """None where the database does not have it."""
    restorable: bool = True
    """Whether the backup holds its content, so that it can be chosen."""


class DatabasePreview(Struct, frozen=True):
    """What a restore will do to one database."""

    alias: str
    """In the backup."""
    target: str
    """The alias that it is restored to; another one with `into`."""
    engine: str
    location: str
    exists: bool
    """Whether there is a database at the location now."""
    taken: datetime | None
    consistency: Consistency | None
    """None where the backup has no manifest."""
    tables: tuple[TableComparison, ...]
    sessions: tuple[Session, ...]
    """The sessions that have it open now; the restore is refused as long as there are any."""
    conflicts: tuple[Message, ...]
    """The reasons why the restore would fail."""
    undo: Undo | None
    """The undo copy of the last restore, which this one will replace."""
    size: int
    """Bytes that will be staged."""
    free: int | None
    """Bytes free where they will be staged."""
    notes: tuple[Message, ...] = ()
    """The engine's notes: tables that refer to chosen ones, or objects made since the backup that will be lost."""


class RestorePreview(Struct, frozen=True):
    """What a restore will do: `--dry-run` prints it, and the page shows it before the restore starts."""

    file: Path
    created: datetime | None
    encryption: Encryption | None
    databases: tuple[DatabasePreview, ...]
    warnings: tuple[Message, ...] = ()
