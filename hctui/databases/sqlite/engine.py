"""The engine `sqlite`: a database in one file, which Python's sqlite3 opens."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hctui.databases.engine import (
    Outline,
    Restoration,
    RestorationOutcome,
    RestorationRequest,
    Snapshot,
    SnapshotRequest,
    Undo,
)
from hctui.databases.sqlite import foreign_keys, snapshot, undo, work_dirs
from hctui.databases.sqlite.connection import mapped, pragma, reading
from hctui.databases.sqlite.full_restore import WholeRestoration
from hctui.databases.sqlite.locking import sessions_of
from hctui.databases.sqlite.restoration import PartialRestoration
from hctui.databases.sqlite.schema import read_schema
from hctui.databases.sqlite.schema_diff import conflicts_with
from hctui.databases.sqlite.sizes import EXACT_UP_TO, measure, rows_of
from hctui.databases.sqlite.undo_store import UndoStore
from hctui.databases.warnings import reference_note
from hctui.disk.paths import printable
from hctui.errors import DatabaseMissing, DatabaseUnreadable
from hctui.events import Reporter
from hctui.messages import N_, Message
from hctui.model import Database, DatabaseManifest, Session, Table


class SqliteEngine:
    """One SQLite database, named by its file. A symbolic link is followed: working folders are beside the file itself."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._path = Path(database.location).expanduser().resolve()
        self._file = snapshot.DatabaseFile(database, self._path)

    def exists(self) -> bool:
        """Return whether there is anything at the location."""
        return os.path.lexists(self._path)

    def tables(self) -> tuple[Table, ...]:
        """List the tables; above `EXACT_UP_TO` bytes sizes are estimated and rows are not counted.

        Raises `DatabaseMissing`, `DatabaseUnreadable`, `DatabaseDamaged`.
        """
        self._require()
        with mapped(self.database.alias, self._path), reading(self._path) as connection:
            connection.execute("BEGIN")
            schema = read_schema(connection)
            exact = pragma(connection, "page_count") * pragma(connection, "page_size") <= EXACT_UP_TO
            sizes = measure(connection, schema, exact=exact)
            return tuple(
                Table(
                    table.name,
                    self._file.role(table),
                    rows_of(connection, table) if exact else None,
                    sizes[key].size,
                    sizes[key].index_size,
                    columns=tuple(column.name for column in table.columns),
                )
                for key, table in schema.tables.items()
            )

    def outline(self) -> Outline:
        """Return tables and size."""
        return Outline(self.tables(), self._size())

    def _size(self) -> int:
        """Return the bytes of the file and of its write-ahead log."""
        return sum(_size(Path(f"{self._path}{suffix}")) for suffix in ("", "-wal"))

    def paths(self) -> tuple[Path, ...]:
        """Return the file."""
        return (self._path,)

    @contextmanager
    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> Iterator[Snapshot]:
        """Copy the database, as it is at one moment, to a working folder beside it, and hold the copy.

        In WAL mode other programs go on writing. In rollback-journal mode they wait while the pages are copied, at the speed
        of the disk. Raises `DatabaseMissing`, `DatabaseUnreadable`, `DatabaseDamaged`, `DatabaseInUse`, `NoSpace`.
        """
        self._require()
        reduced = bool(request.left_out) or not request.indexes
        needed = self._size() * (2 if reduced else 1)
        with self._working_in(needed, elsewhere=True) as folder:
            with mapped(self.database.alias, self._path):
                taken = snapshot.take_snapshot(self._file, request, folder, reporter)
            yield taken

    def check_backup(self) -> None:
        """Do nothing: a file that can't be read is found when it is read."""

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Name the other tables that refer to one of `tables`."""
        if whole or not self._path.exists():
            return ()
        with mapped(self.database.alias, self._path), reading(self._path) as connection:
            return reference_note(foreign_keys.references_to(connection, tables))

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Return which of `tables` a partial restore can't replace; a whole one replaces the schema too."""
        if not self._path.exists():
            return ()
        with mapped(self.database.alias, self._path), reading(self._path) as connection:
            return conflicts_with(self.database.alias, connection, source, tables)

    def sessions(self) -> tuple[Session, ...]:
        """Return the programs that have the file, or one that SQLite keeps beside it, open."""
        return sessions_of(self._path)

    @contextmanager
    def restoration(self, request: RestorationRequest) -> Iterator[Restoration]:
        """Begin a restore; its working folder, beside the file, holds the staged database and is removed in the end.

        Raises `NoSpace` if the staged database, the undo copy and the journal of the swap need more than is free.
        """
        staged = sum(part.size for part in request.source.parts)
        needed = 2 * staged + self._size() if request.whole else staged
        with mapped(self.database.alias, self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._working_in(needed) as folder:
            kind = WholeRestoration if request.whole else PartialRestoration
            yield kind(self._file, request, folder)

    def undo_kept(self) -> Undo | None:
        """Return what the undo copy of the last restore holds."""
        return UndoStore(self._path).describe()

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Restore the undo copy; what that replaces becomes the undo copy, so that a second undo does the restore again."""
        return undo.undo(self._file, reporter)

    def drop_undo(self) -> None:
        """Delete the undo copy."""
        with mapped(self.database.alias, self._path):
            UndoStore(self._path).drop()

    def recover(self) -> Message | None:
        """Finish or roll back a killed restore; see `undo.recover`."""
        return undo.recover(self._file)

    @contextmanager
    def _working_in(self, needed: int, *, elsewhere: bool = False) -> Iterator[Path]:
        """Make the working folder; errors of the caller's block are not mapped."""
        with ExitStack() as stack:
            with mapped(self.database.alias, self._path):
                folder = stack.enter_context(work_dirs.work_folder(self._path, needed, elsewhere=elsewhere))
            yield folder

    def _require(self) -> None:
        location = printable(self._path)
        try:
            mode = self._path.stat().st_mode
        except FileNotFoundError as error:
            raise DatabaseMissing(alias=self.database.alias, location=location) from error
        except OSError as error:
            raise DatabaseUnreadable(alias=self.database.alias, location=location, reason=str(error.strerror)) from error
        if not stat.S_ISREG(mode):
            raise DatabaseUnreadable(alias=self.database.alias, location=location, reason=N_("it is no file."))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
