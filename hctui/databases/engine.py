"""The interface of an engine: all that hctui needs from whatever stores a database.

Engines are synchronous. Worker threads call them, one call at a time for each instance. They know nothing of archives,
screens or languages. They raise leaves of `errors.DatabaseError` (or `DestinationError` if a disk fails) and nothing else;
one context manager per driver maps what the driver raises.

Order of a backup:  recover() → check_backup() → outline() → snapshot(): parts() to its end, then manifest() → leave the
context.
Order of a restore: recover() → conflicts() → notes() → sessions() → restoration(): wanted(), receive() each part,
prepare(), commit() → leave the context. Without commit() the live database stays as it is and the staging is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from msgspec import Struct

from hctui.events import Reporter
from hctui.messages import Message
from hctui.model import Consistency, Database, DatabaseManifest, Part, Role, Session, Table


class Outline(Struct, frozen=True):
    """A database as it is seen without reading its tables."""

    tables: tuple[Table, ...]
    """The tables as in `Engine.tables`; rows and columns may be missing."""
    size: int
    """About how many bytes a full backup reads."""


class SnapshotRequest(Struct, frozen=True):
    """What a backup stores of a database."""

    left_out: frozenset[Role] = frozenset()
    """Tables of these roles are listed in the manifest as left out, and none of their content is in the backup."""
    indexes: bool = True
    accept_unstable: bool = False


class SnapshotPart(Struct, frozen=True):
    """One part to store, and a function that opens it."""

    part: Part
    open: Callable[[], BinaryIO]
    """The caller opens the part once, reads it to its end and closes it before it asks for the next part."""


class Snapshot(Protocol):
    """A view of a database, held while it is read."""

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the parts in the order they are stored.

        A part replaces an earlier one of the same path: its file changed while it was read. A part that the manifest does
        not list in the end is dropped: its file was deleted meanwhile. Raises `UnstableTable` if a file changed at every
        attempt to read it and the request does not accept that.
        """

    def manifest(self) -> DatabaseManifest:
        """Return the manifest of the snapshot, after `parts()` has ended. The caller adds sizes and hashes of the parts."""


class RestorationRequest(Struct, frozen=True):
    """What a restore puts into a database."""

    source: DatabaseManifest
    """The manifest of the backup, or the one that `from_members` made."""
    tables: tuple[str, ...]
    """The tables to replace; every other table of the database stays as it is."""
    whole: bool
    """Whether views, triggers and files of no table are restored too; false for a partial restore."""
    drop: tuple[str, ...] = ()
    """Tables to drop (an exact restore)."""
    origin: str = ""
    """The backup's file name, which is stored with the undo copy and shown with it."""
    disconnect: bool = False
    """Whether to end other sessions first, if the engine can."""


class RestorationOutcome(Struct, frozen=True):
    """The result of a committed restore."""

    tables: tuple[Table, ...]
    """The tables that were replaced, as they are now."""
    kept: tuple[str, ...] = ()
    """Tables that stayed as they were."""
    reindex: tuple[str, ...] = ()
    """Tables whose indexes only the application can rebuild."""
    undo: bool = True


class Undo(Struct, frozen=True):
    """The undo copy: what the last restore replaced."""

    made: datetime
    origin: str
    tables: tuple[str, ...]
    size: int


class Discovered(Struct, frozen=True):
    """A database on a server."""

    name: str
    location: str
    refusal: Message | None
    """Why it can't be backed up; None if it can."""
    alias: str = ""
    """The alias of the registered database that it is, if any."""
    tables: int = 0
    size: int = 0
    """About how many bytes its rows have."""


class Restoration(Protocol):
    """A restore in progress: its data is staged, then swapped in."""

    any_order: bool
    """Whether the parts of tables, after those of no table, may be received in any order, several at once in threads."""

    def wanted(self) -> tuple[Part, ...]:
        """Return the parts of the source that are needed, in the order to deliver them."""

    def receive(self, part: Part) -> AbstractContextManager[BinaryIO]:
        """Open the staged file of a part for writing; it is removed if the block fails."""

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged data, also against the live schema, and rebuild indexes. Live data does not change."""

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Swap the staged data in; a kill at any moment leaves the old or the new data, whole. Raises `DatabaseInUse`."""


class Engine(Protocol):
    """One registered database."""

    database: Database

    def exists(self) -> bool:
        """Return whether there is anything at the location."""

    def tables(self) -> tuple[Table, ...]:
        """List the tables with roles, sizes, columns, and rows if counting is cheap.

        Raises `DatabaseMissing`, `DatabaseUnreadable`.
        """

    def outline(self) -> Outline:
        """Return tables and size, cheaply. Raises as `tables` does."""

    def paths(self) -> tuple[Path, ...]:
        """Return the local files or folder of the database, none if it is on a server.

        With them the caller finds out whether a destination is on the same disk.
        """

    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> AbstractContextManager[Snapshot]:
        """Hold a view of the database while others go on writing."""

    def check_backup(self) -> None:
        """Raise what is certain to make a backup fail, if that is quick to find out: `ProgramMissing`, `MissingRights` …"""

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Return, from manifest and live schema alone, what would make a partial restore of these tables fail."""

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Return what a person should know before these tables are replaced.

        For a partial restore: which other tables refer to them. For a whole one: what was made since the backup and will be
        lost though it is no table.
        """

    def sessions(self) -> tuple[Session, ...]:
        """Return the other programs and users that have the database open, as far as they are visible."""

    def restoration(self, request: RestorationRequest) -> AbstractContextManager[Restoration]:
        """Begin a restore into the location, which may be empty."""

    def undo_kept(self) -> Undo | None:
        """Return the undo copy, None if there is none."""

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Restore the undo copy; what it replaces becomes the undo copy. Raises `NothingToUndo`, `DatabaseInUse`."""

    def drop_undo(self) -> None:
        """Delete the undo copy."""

    def recover(self) -> Message | None:
        """Finish or roll back a killed restore and return what was done; cheap, and None, if there is nothing to do."""


class Inspector(Protocol):
    """The check of a database's parts, unpacked in a folder."""

    def __call__(self, folder: Path, source: DatabaseManifest, reporter: Reporter) -> Consistency | None:
        """Open and check every table. Raises `DatabaseDamaged` naming the table."""


@runtime_checkable
class EngineModule(Protocol):
    """The module of an engine."""

    inspect: Inspector

    def open_database(self, database: Database) -> Engine:
        """Return the engine of a registered database. Raises `DatabaseError` for a location that it can't be at."""

    def recognises(self, location: str) -> bool:
        """Return whether `location` is a database of this engine, or a server of it."""

    def from_members(self, alias: str, members: Sequence[tuple[str, int]]) -> DatabaseManifest | None:
        """Return a manifest made from the paths and sizes of files alone; None if they are no database of this engine."""


@runtime_checkable
class ServerModule(EngineModule, Protocol):
    """The module of an engine whose databases are on a server."""

    def discover(self, location: str, registered: Sequence[Database], password: str | None) -> tuple[Discovered, ...]:
        """Return the databases of the server, each with its alias if it is one of `registered`."""

    def keep_password(self, location: str, password: str) -> Path:
        """Store a server's password where the driver looks for it; return the file."""


@runtime_checkable
class SimultaneousModule(EngineModule, Protocol):
    """The module of an engine that can hold snapshots of several databases that are all of one instant."""

    def open_snapshots(
        self, engines: Sequence[Engine], request: SnapshotRequest, reporter: Reporter
    ) -> AbstractContextManager[Sequence[Snapshot]]:
        """Hold a snapshot of each database, in the same order; of one instant where the engine can, as on one server."""
