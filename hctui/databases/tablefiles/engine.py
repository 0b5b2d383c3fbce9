"""The folder engine: a database of table files, each table the files of one stem."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from hctui.databases.engine import Outline, RestorationOutcome, RestorationRequest, SnapshotRequest, Undo
from hctui.databases.open_files import open_files
from hctui.databases.tablefiles import hooks, restore, undo
from hctui.databases.tablefiles.errors import reading
from hctui.databases.tablefiles.layout import Listing
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.snapshot import FolderSnapshot
from hctui.databases.tablefiles.table_info import Head, describe, live_head
from hctui.disk.errors import writing
from hctui.disk.paths import printable
from hctui.disk.work_dirs import PREFIX
from hctui.errors import CommandFailed, DatabaseMissing, DatabaseUnreadable
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, DatabaseManifest, Session, Table


class FolderEngine:
    """One registered folder of table files."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._root = Path(database.location).expanduser()
        self._outlined: Listing | None = None
        """What `outline` saw, for the snapshot to begin with."""

    def exists(self) -> bool:
        """Tell whether the folder is there and holds anything: an empty one may be a disk that is not mounted.

        Raises `DatabaseUnreadable` where that can't be seen.
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
        return tuple(describe(unit, live_head(self._root, listing, unit), self.database.roles) for unit in listing.units)

    def outline(self) -> Outline:
        """Tell what a look at the folder shows; no file is opened but to tell its format."""
        self._outlined = listing = self._listing()
        tables = tuple(describe(unit, Head(), self.database.roles) for unit in listing.units)
        return Outline(tables, sum(item.file.size for _, item in listing.files()))

    def paths(self) -> tuple[Path, ...]:
        """Return the folder."""
        return (self._root,)

    @contextmanager
    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> Iterator[FolderSnapshot]:
        """Run the command before, hold the view, run the command after whatever came of it. Raises `CommandFailed`."""
        self._require()
        with ExitStack() as stack:
            if self.database.after:
                stack.push(self._run_after)
            listing, self._outlined = self._outlined, None
            if self.database.before:
                hooks.run_configured(self.database.alias, self.database.before, self._root, reporter)
            reflinks = stack.enter_context(Reflinks(self._root))
            with reading(self.database):
                if listing is None or self.database.before:
                    listing = self._listing()
                snapshot = FolderSnapshot(self.database, self._root, listing, request, reporter, reflinks)
            yield snapshot

    def check_backup(self) -> None:
        """Find nothing: what is wrong with a file is found when it is read."""

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Say nothing: table files do not tell what points to them."""
        return ()

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Say what stands in the way of a restore; table files are replaced whole, so their columns never do."""
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
        """Begin a restore in a staging folder beside the files; it is removed unless the restore is committed."""
        with restore.begun(self.database, self._root, request) as begun:
            yield begun

    def undo_kept(self) -> Undo | None:
        """Return what the last restore replaced."""
        with reading(self.database):
            return undo.describe(self._root)

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Exchange the files that the last restore replaced with those it brought; done twice, it is a redo."""
        return restore.undo(self.database, self._root, reporter)

    def drop_undo(self) -> None:
        """Delete the kept files."""
        with writing(self._root):
            undo.drop(self._root)

    def recover(self) -> Message | None:
        """Finish or take back a swap that was killed, and remove what dead processes left."""
        with writing(self._root):
            return undo.recover(self.database, self._root)

    def _require(self) -> None:
        if not self.exists():
            raise DatabaseMissing(alias=self.database.alias, location=printable(self._root))

    def _listing(self) -> Listing:
        self._require()
        with reading(self.database):
            return scan(self._root, self.database.format, self.database.formats)

    def _run_after(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
        try:
            hooks.run_configured(self.database.alias, self.database.after, self._root, None)
        except CommandFailed as failure:
            if error is None:
                raise
            error.add_note(str(failure))
        return False
