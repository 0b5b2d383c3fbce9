"""The engine `folder`: a database of table files, in which each table is the files of one stem."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hctui.databases.engine import Outline, RestorationOutcome, RestorationRequest, SnapshotRequest, Undo
from hctui.databases.open_files import open_files
from hctui.databases.tablefiles import restore, undo
from hctui.databases.tablefiles.errors import reading
from hctui.databases.tablefiles.layout import Listing
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.snapshot import FolderSnapshot
from hctui.databases.tablefiles.table_info import HeaderInfo, describe, read_header_info
from hctui.disk.errors import writing
from hctui.disk.paths import printable
from hctui.disk.work_dirs import PREFIX
from hctui.errors import DatabaseMissing, DatabaseUnreadable
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, DatabaseManifest, Session, Table


class FolderEngine:
    """One registered folder of table files."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._root = Path(database.location).expanduser()
        self._outlined: Listing | None = None
        """The listing of `outline`, which the snapshot begins with."""

    def exists(self) -> bool:
        """Return whether the folder exists and is not empty: an empty one may be a disk that is not mounted.

        Raises `DatabaseUnreadable` if the folder can't be read.
        """
        try:
            with reading(self.database), os.scandir(self._root) as entries:
                return any(not entry.name.startswith(PREFIX) for entry in entries)
        except DatabaseUnreadable as error:
            if isinstance(error.__cause__, (FileNotFoundError, NotADirectoryError)):
                return False
            raise

    def tables(self) -> tuple[Table, ...]:
        """List the tables; the rows of dBase tables include those marked as deleted."""
        listing = self._listing()
        return tuple(describe(unit, read_header_info(self._root, listing, unit), self.database.roles) for unit in listing.units)

    def outline(self) -> Outline:
        """Return the tables with their sizes; files are opened only to detect the format."""
        self._outlined = listing = self._listing()
        tables = tuple(describe(unit, HeaderInfo(), self.database.roles) for unit in listing.units)
        return Outline(tables, sum(item.file.size for _, item in listing.files()))

    def paths(self) -> tuple[Path, ...]:
        """Return the folder."""
        return (self._root,)

    @contextmanager
    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> Iterator[FolderSnapshot]:
        """Give the snapshot. It begins with the listing of `outline`, unless a command may have changed the folder since."""
        self._require()
        listing, self._outlined = self._outlined, None
        with Reflinks(self._root) as reflinks:
            with reading(self.database):
                if listing is None or self.database.before:
                    listing = self._listing()
                snapshot = FolderSnapshot(self.database, self._root, listing, request, reporter, reflinks)
            yield snapshot

    def check_backup(self) -> None:
        """Do nothing: a file that can't be read is found when it is read."""

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Return nothing: table files have no foreign keys."""
        return ()

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Return what prevents a restore; other columns do not, because table files are replaced whole."""
        found: list[Message] = []
        if source.engine != "folder":
            found.append(message(N_("The backup holds a database of the engine {engine}."), engine=source.engine))
        if self._root.exists() and not self._root.is_dir():
            found.append(message(N_("{location} is not a folder."), location=printable(self._root)))
        return tuple(found)

    def sessions(self) -> tuple[Session, ...]:
        """Return which programs have files of the folder open."""
        return open_files([self._root])

    @contextmanager
    def restoration(self, request: RestorationRequest) -> Iterator[restore.FolderRestoration]:
        """Begin a restore; its staging folder is removed unless the restore is committed."""
        with restore.open_restoration(self.database, self._root, request) as restoration:
            yield restoration

    def undo_kept(self) -> Undo | None:
        """Return what the undo copy of the last restore holds."""
        with reading(self.database):
            return undo.describe(self._root)

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Swap the files that the last restore replaced with those it brought; a second undo does the restore again."""
        return restore.undo(self.database, self._root, reporter)

    def drop_undo(self) -> None:
        """Delete the undo copy."""
        with writing(self._root):
            undo.drop(self._root)

    def recover(self) -> Message | None:
        """Finish or roll back a killed swap, and delete the working folders of ended processes."""
        with writing(self._root):
            return undo.recover(self.database, self._root)

    def _require(self) -> None:
        if not self.exists():
            raise DatabaseMissing(alias=self.database.alias, location=printable(self._root))

    def _listing(self) -> Listing:
        self._require()
        with reading(self.database):
            return scan(self._root, self.database.format, self.database.formats)
