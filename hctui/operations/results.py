"""What is told before, after and between operations: plain facts for a page or a command to lay out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from hctui.databases.engine import Undo
from hctui.messages import Message
from hctui.model import Consistency, DatabaseManifest, Encryption, Manifest, Role, Session, StoredFile, Table


class Contents(Struct, frozen=True):
    """What is inside a backup."""

    file: Path
    size: int
    """Bytes of the file itself."""
    created: datetime | None
    """As the manifest says, else when the file was last written to."""
    encryption: Encryption | None
    needs_password: bool
    """It is encrypted and no password was given: what is told comes from names alone."""
    manifest: Manifest | None
    """None where another program made it, or the password is missing."""
    databases: tuple[DatabaseManifest, ...]
    """Of the manifest, else as far as names of members tell."""
    files: tuple[StoredFile, ...]
    """Of a files backup."""
    members: int
    data_size: int
    """Bytes of all members, unpacked."""
    verified: datetime | None
    """When this very file was last verified."""

    @property
    def derived(self) -> bool:
        """Whether the databases are told by names alone."""
        return self.manifest is None


class BackupSummary(Struct, frozen=True):
    """One line of the existing backups."""

    file: Path
    size: int
    created: datetime
    aliases: tuple[str, ...] = ()
    encryption: Encryption | None = None
    consistency: Consistency | None = None
    """The weakest of its databases'; None where it can't be told."""
    verified: datetime | None = None
    files: int = 0
    """Entries, in a files backup."""
    problem: Message | None = None
    """Why it can't be read, where it can't."""


class BackupPreview(Struct, frozen=True):
    """What a backup will take, cheaply estimated."""

    name: str
    """The file name it will have, `.bkb` included."""
    tables: tuple[tuple[str, Table], ...]
    """(alias, table), those included."""
    size: int
    """Bytes of data that will be read."""
    compressed: int
    """Bytes the file will have, about: from the last backup of these databases at this level, else a typical ratio."""
    free: int | None
    """Bytes free in the destination; None where it can't be told."""
    same_disk: bool
    saved_audit: int
    """Bytes of data that leaving out the audit tables saves (or would save)."""
    saved_images: int
    saved_indexes: int
    definitions: bool = False
    """Indexes are definitions alone, as every database is on a server: leaving them out saves nothing."""
    warnings: tuple[Message, ...] = ()
    problem: Message | None = None
    """Why the backup can't start as planned."""


class Action(StrEnum):
    """What a restore does to a table."""

    REPLACE = "replace"
    CREATE = "create"
    """It is in the backup and not in the database now."""
    KEEP = "keep"
    DROP = "drop"


class TableComparison(Struct, frozen=True):
    """One table in the backup and in the database now."""

    name: str
    role: Role
    action: Action
    reason: Message | None
    """Why it is kept or dropped."""
    backup: Table | None
    """None where the backup does not know it."""
    live: Table | None
    """None where the database does not have it."""
    restorable: bool = True
    """The backup holds its content, so that it can be ticked."""


class DatabasePreview(Struct, frozen=True):
    """What a restore does to one database."""

    alias: str
    """In the backup."""
    target: str
    """The alias it is restored to; another one with `into`."""
    engine: str
    location: str
    exists: bool
    """There is a database at the location now."""
    taken: datetime | None
    consistency: Consistency | None
    """None where the backup has no manifest."""
    tables: tuple[TableComparison, ...]
    sessions: tuple[Session, ...]
    """Who has it open now; the restore is refused while they do."""
    conflicts: tuple[Message, ...]
    """What would make the restore fail."""
    undo: Undo | None
    """What is kept of the restore before, and will be replaced by what this one replaces."""
    size: int
    """Bytes that will be staged."""
    free: int | None
    """Bytes free where they are staged."""
    notes: tuple[Message, ...] = ()
    """What to think of before it begins: tables that point to ticked ones, or what was made since and does not stay."""

    def named(self, *actions: Action) -> tuple[str, ...]:
        """Return the names of the tables that `actions` happen to."""
        return tuple(table.name for table in self.tables if table.action in actions)


class RestorePreview(Struct, frozen=True):
    """What `--dry-run` prints and the page shows before anything starts."""

    file: Path
    created: datetime | None
    encryption: Encryption | None
    databases: tuple[DatabasePreview, ...]
    warnings: tuple[Message, ...] = ()
