"""What an engine is: the one seam between hctui and whatever stores a database.

Engines are synchronous and are called from worker threads, one call at a time for each instance. They know nothing of
archives, screens or languages. They raise leaves of `errors.DatabaseError` (or `DestinationError` where a disk fails) and
nothing else; what their drivers raise is mapped in one context manager per driver.

Order of a backup:  recover() → check_backup() → outline() → snapshot(): parts() until it ends, then manifest() → leave the
context.
Order of a restore: recover() → conflicts() → notes() → sessions() → restoration(): wanted(), receive() each part,
prepare(), commit() → leave the context. Leaving without commit() leaves the live database as it was and removes the staging.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from msgspec import Struct

from hctui.events import Reporter
from hctui.messages import Message
from hctui.model import Consistency, Database, DatabaseManifest, Part, Role, Session, Table


class Outline(Struct, frozen=True):
    """What can be told of a database without looking into its tables."""

    tables: tuple[Table, ...]
    """As `Engine.tables` lists them; rows and columns may be missing."""
    size: int
    """About how many bytes a full backup would read."""


class SnapshotRequest(Struct, frozen=True):
    """What a backup takes of a database."""

    left_out: frozenset[Role] = frozenset()
    """Tables of these roles are listed in the manifest as left out and their content is nowhere in the backup."""
    indexes: bool = True
    accept_unstable: bool = False


class SnapshotPart(Struct, frozen=True):
    """One part to be stored, and how to read it."""

    part: Part
    open: Callable[[], BinaryIO]
    """Opened once, read to its end and closed by the caller before it takes the next part."""


class Snapshot(Protocol):
    """A view of a database, held while it is read."""

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the parts in the order they are stored.

        A part whose path was yielded before replaces the earlier one (a file that moved while it was read); one that the
        manifest does not list in the end is not kept (a file that is gone meanwhile). Raises
        `UnstableTable` when a file never held still and the request does not accept that.
        """

    def manifest(self) -> DatabaseManifest:
        """Return what was captured; complete only after `parts()` has ended. Sizes and hashes of parts are the caller's."""


class RestorationRequest(Struct, frozen=True):
    """What a restore puts into a database."""

    source: DatabaseManifest
    """What the backup says it holds; of a backup without a manifest, what its member names tell."""
    tables: tuple[str, ...]
    """The tables to replace; every other table of the database stays as it is."""
    whole: bool
    """Views, triggers and files of no table come back too; false for a partial restore."""
    drop: tuple[str, ...] = ()
    """Tables to drop (an exact restore)."""
    origin: str = ""
    """The backup's file name, kept with the undo so that a person can tell what it undoes."""
    disconnect: bool = False
    """End other sessions first, where the engine can."""


class RestorationOutcome(Struct, frozen=True):
    """What a committed restore left behind."""

    tables: tuple[Table, ...]
    """Those that were replaced, as they are now."""
    kept: tuple[str, ...] = ()
    reindex: tuple[str, ...] = ()
    """Tables whose indexes only the application can rebuild."""
    undo: bool = True


class Undo(Struct, frozen=True):
    """What the last restore replaced, still kept."""

    made: datetime
    origin: str
    tables: tuple[str, ...]
    size: int


class Discovered(Struct, frozen=True):
    """A database that a server has."""

    name: str
    location: str
    refusal: Message | None
    """Why it can't be backed up, where it can't."""
    alias: str = ""
    """Under which it is registered already."""
    tables: int = 0
    size: int = 0
    """Bytes of their rows, about."""


class Restoration(Protocol):
    """A restore under way: staged beside the target, then swapped in."""

    any_order: bool
    """Whether parts of tables may be received in any order, several at once in threads of their own, after those of none."""

    def wanted(self) -> tuple[Part, ...]:
        """Return the parts of the source that are needed, in the order to deliver them."""

    def receive(self, part: Part) -> AbstractContextManager[BinaryIO]:
        """Open the place a part is staged in, for writing; leaving with an exception discards it."""

    def prepare(self, reporter: Reporter) -> None:
        """Make the staged data ready: opened, checked against the live schema, indexes rebuilt. Live data is not touched."""

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Swap, in a way that a kill at any instant leaves the old or the new, whole. Raises `DatabaseInUse` by name."""


class Engine(Protocol):
    """One registered database."""

    database: Database

    def exists(self) -> bool:
        """Tell whether there is anything at the location."""

    def tables(self) -> tuple[Table, ...]:
        """List the tables with roles, sizes, rows where cheap, columns; raises `DatabaseMissing`, `DatabaseUnreadable`."""

    def outline(self) -> Outline:
        """Tell tables and size, cheaply; raises as `tables` does."""

    def paths(self) -> tuple[Path, ...]:
        """Return the local files or folder that hold it, to tell whether a destination is on the same disk; none if remote."""

    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> AbstractContextManager[Snapshot]:
        """Hold a view of the database while others go on writing."""

    def check_backup(self) -> None:
        """Raise what is sure to make a backup fail, where that can be told at once: `ProgramMissing`, `MissingRights` …"""

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Say, from manifest and live schema alone, what would make a restore of these tables one by one fail."""

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Say what to think of before these tables are replaced: of tables alone, which others point to them; of the whole,
        what was made since the backup and does not stay though it is no table."""

    def sessions(self) -> tuple[Session, ...]:
        """Return who else has the database open, as far as it can be seen."""

    def restoration(self, request: RestorationRequest) -> AbstractContextManager[Restoration]:
        """Begin a restore into the location, which may be empty."""

    def undo_kept(self) -> Undo | None:
        """Return what an undo would put back."""

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Put back what the last restore replaced, keeping that in turn; raises `NothingToUndo`, `DatabaseInUse`."""

    def drop_undo(self) -> None:
        """Delete the kept data."""

    def recover(self) -> Message | None:
        """Finish or roll back what a killed restore left; say what was done. Nothing left: cheap, and None."""


class Inspector(Protocol):
    """What can be told of a database from its parts alone, unpacked in a folder."""

    def __call__(self, folder: Path, source: DatabaseManifest, reporter: Reporter) -> Consistency | None:
        """Open and check every table; raises `DatabaseDamaged` naming the table."""
