"""A restore into a folder: its files are staged in a working folder, checked, and swapped in (`swap_journal`)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from hctui.databases.engine import RestorationOutcome, RestorationRequest
from hctui.databases.tablefiles import formats, shared_indexes, swap_journal, verify
from hctui.databases.tablefiles.exclusive import exclusive
from hctui.databases.tablefiles.index_rebuild import IndexRebuild
from hctui.databases.tablefiles.layout import Listing, TableFile, folded
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.staging import Staging
from hctui.databases.tablefiles.table_info import describe, read_header_info
from hctui.databases.tablefiles.undo import drop, newest_undo
from hctui.disk.errors import writing
from hctui.disk.locks import locked
from hctui.disk.paths import printable
from hctui.disk.sync import sync_folder
from hctui.disk.work_dirs import PREFIX, discard, files_below, make_folder, make_working_folder
from hctui.errors import AlreadyExists, DatabaseInUse, NothingToUndo, NotWritable
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Database, Part, Table


class FolderRestoration:
    """A restore under way."""

    any_order = True

    def __init__(self, database: Database, root: Path, work: Path, request: RestorationRequest) -> None:
        self._database = database
        self._root = root
        self._work = work
        self._request = request
        self._new = not root.exists()
        """Whether the folder does not exist yet; the staging folder is then renamed to it."""
        self._live = None if self._new else _listing(database, root, request.source.format)
        self._staging = Staging(work / swap_journal.STAGED, request, self._live)
        self._reindex: tuple[str, ...] = ()

    def wanted(self) -> tuple[Part, ...]:
        """Return the files of the tables to restore, and for a whole restore those of no table."""
        tables = frozenset(self._request.tables)
        return tuple(
            part for part in self._request.source.parts if (part.table in tables if part.table else self._request.whole)
        )

    def receive(self, part: Part) -> AbstractContextManager[BinaryIO]:
        """Open the staged file of a part for writing; it is removed if the block fails."""
        return self._staging.receive(part)

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged tables, rebuild indexes, copy permissions. Raises `PartMissing`, `DatabaseDamaged`."""
        verify.all_received(self._request, self.wanted(), self._staging)
        with writing(self._root):
            verify.staged_tables(self._request, self._staging, reporter)
            self._reindex = IndexRebuild(self._database, self._request, self._staging, reporter).rebuild()
            if self._live is not None:
                verify.advise_of_drift(self._root, self._live, self._request, reporter)
            self._staging.adopt_attributes(self._root, self._live)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Swap the files. Raises `DatabaseInUse`, `WriteFailed`; the database is then as it was."""
        reporter.advance(0)
        with writing(self._root):
            if self._new:
                self._create()
            else:
                with _hctui_lock(self._database, self._root):
                    self._swap()
        return _outcome(self._database, self._root, self._request.tables, self._reindex, reporter)

    def _create(self) -> None:
        """Rename the staging folder to the database's folder, with an undo copy inside that removes all files."""
        undo = self._staging.folder / f"{PREFIX}{swap_journal.UNDO}-{self._work.name.rpartition('-')[2]}"
        plan = self._journal((), self._request.tables)
        for folder in (undo, undo / swap_journal.STAGED, undo / swap_journal.REPLACED):
            make_folder(folder)
        swap_journal.write(undo, swap_journal.DONE, plan)
        swap_journal.sync_tree(self._staging.folder)
        swap_journal.failpoint("before the folder")
        try:
            os.rename(self._staging.folder, self._root)
        except OSError as error:
            if self._root.exists():
                raise AlreadyExists(path=printable(self._root)) from error
            raise
        with contextlib.suppress(OSError):  # a loss of power leaves the whole folder or none
            sync_folder(self._root.parent)

    def _swap(self) -> None:
        live = _listing(self._database, self._root, self._request.source.format)
        arriving = files_below(self._staging.folder)
        leaving = _leaving_files(self._root, live, arriving, self._request)
        plan = self._journal(leaving, (*self._request.tables, *self._request.drop))
        _make_folders(self._root, arriving)
        with exclusive(self._database.alias, self._root, [self._root / name for name in leaving]) as held:
            undo = swap_journal.run(self._root, self._work, plan, held.check)
        with contextlib.suppress(OSError):  # the restore is done; the next start deletes the earlier undo copy
            drop(self._root, keep=undo)

    def _journal(self, leaving: Sequence[str], tables: Sequence[str]) -> swap_journal.Journal:
        arriving = [swap_journal.quoted(name) for name in files_below(self._staging.folder)]
        return swap_journal.Journal(
            made=datetime.now(UTC),
            origin=self._request.origin,
            tables=tuple(dict.fromkeys(tables)),
            arriving=tuple(arriving),
            leaving=tuple(swap_journal.quoted(name) for name in leaving),
        )


def _leaving_files(root: Path, live: Listing, arriving: Sequence[str], request: RestorationRequest) -> list[str]:
    """Return the live files that must leave, relative to the folder.

    A file leaves if a file of its name arrives (case is ignored unless the folder has both spellings), if it belongs to a
    table that is replaced or dropped, if it is left of a table that lost its data file, or if it is an index file of no known
    table that may belong to a replaced one.
    """
    units = {unit.name: unit for unit in live.units}
    replaced = _matching(units, request.tables)
    removed = {*replaced, *(name for name in request.drop if name in units)}
    leaving = {item.file.name for name in removed for item in units[name].files}
    leaving |= _replaced_by_name((item.file.name for _, item in live.files()), arriving)
    stems = {folded(name) for name in request.tables}
    leaving |= {item.file.name for item in live.others if _is_remnant(live, item, stems)}
    leaving |= shared_indexes.may_belong_to(root, live, [units[name] for name in replaced])
    return sorted(leaving)


def _matching(units: Collection[str], wanted: Iterable[str]) -> set[str]:
    """Return the live tables that have one of the wanted names, else those whose name differs from it only in case."""
    alike: dict[str, list[str]] = {}
    for name in units:
        alike.setdefault(folded(name), []).append(name)
    return {match for name in wanted for match in ([name] if name in units else alike.get(folded(name), []))}


def _replaced_by_name(present: Iterable[str], arriving: Sequence[str]) -> set[str]:
    exact: set[str] = set()
    alike: dict[str, list[str]] = {}
    for name in present:
        exact.add(name)
        alike.setdefault(folded(name), []).append(name)
    return {match for name in arriving for match in ([name] if name in exact else alike.get(folded(name), []))}


def _is_remnant(live: Listing, item: TableFile, stems: set[str]) -> bool:
    """Return whether a file is left of a table that lost its data file."""
    stem, extension = formats.split_extension(item.path)
    return live.layout is not None and folded(stem) in stems and formats.kind_of(live.layout, extension) is not None


def _make_folders(root: Path, arriving: Sequence[str]) -> None:
    """Make the sub-folders that files arrive in, with owner and mode of the folder. Raises `NotWritable` for a link."""
    like = root.stat()
    for folder in sorted({name.rpartition("/")[0] for name in arriving if "/" in name}):
        here = root
        for each in folder.split("/"):
            here = here / each
            if here.is_symlink():
                raise NotWritable(path=printable(here), reason=N_("it is a link, which is never followed."))
            if not here.exists():
                make_folder(here, like.st_mode & 0o777)
                if os.geteuid() == 0:
                    os.chown(here, like.st_uid, like.st_gid)
    for name in arriving:
        if (root / name).is_dir() and not (root / name).is_symlink():
            raise NotWritable(path=printable(root / name), reason=N_("it is a folder where a file should be."))


def _remove_empty_folders(root: Path, left: Sequence[str]) -> None:
    """Remove the sub-folders that an undo has emptied."""
    for folder in sorted({parent for name in left for parent in Path(name).parents}, key=lambda path: -len(path.parts)):
        with contextlib.suppress(OSError):  # not empty, or not ours to remove
            if folder.parts:
                (root / folder).rmdir()


@contextmanager
def open_restoration(database: Database, root: Path, request: RestorationRequest) -> Iterator[FolderRestoration]:
    """Make a staging folder in `root`, or in its parent if `root` is new; remove it unless it became the undo copy."""
    root = Path(os.path.realpath(root))
    if root.exists() and not root.is_dir():
        raise NotWritable(path=printable(root), reason=N_("it is not a folder."))
    parent = root if root.exists() else root.parent
    with writing(parent):
        parent.mkdir(parents=True, exist_ok=True)
        work, lock = make_working_folder(parent, swap_journal.STAGING)
    try:
        with writing(root):
            make_folder(work / swap_journal.STAGED, 0o755)  # becomes the database's folder if that is new
            restoration = FolderRestoration(database, root, work, request)
        yield restoration
    finally:
        # If a swap could not be rolled back, its folder holds files of the database, and the next start recovers them.
        if work.exists() and not swap_journal.has_journal(work):
            with contextlib.suppress(OSError):
                discard(work)
        os.close(lock)


def undo(database: Database, root: Path, reporter: Reporter) -> RestorationOutcome:
    """Swap the files that the last restore replaced with those that it brought. Raises `NothingToUndo`, `DatabaseInUse`."""
    root = Path(os.path.realpath(root))
    with writing(root):
        if not root.is_dir() or newest_undo(root) is None:
            raise NothingToUndo(alias=database.alias)
        with _hctui_lock(database, root):
            found = newest_undo(root)
            if found is None:
                raise NothingToUndo(alias=database.alias)
            work, done = found
            reporter.advance(0)
            plan = swap_journal.reversal(work, done, datetime.now(UTC))
            leaving = sorted(name for name in map(swap_journal.unquoted, plan.leaving) if os.path.lexists(root / name))
            _make_folders(root, [swap_journal.unquoted(name) for name in plan.arriving])
            with exclusive(database.alias, root, [root / name for name in leaving]) as held:
                swap_journal.run(root, work, plan, held.check)
            _remove_empty_folders(root, leaving)
    return _outcome(database, root, done.tables, (), reporter)


@contextmanager
def _hctui_lock(database: Database, root: Path) -> Iterator[None]:
    """Hold the lock that only one hctui has on a folder. Raises `DatabaseInUse`."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(root))
        except BlockingIOError as error:
            raise DatabaseInUse(alias=database.alias, who=N_("another hctui")) from error
        yield


def _listing(database: Database, root: Path, source_format: str) -> Listing:
    return scan(root, database.format or source_format, database.formats)


def _outcome(
    database: Database, root: Path, tables: Sequence[str], reindex: tuple[str, ...], reporter: Reporter
) -> RestorationOutcome:
    """Describe the database as it is now; only warn if the disk can't be read, because the restore is in place."""
    try:
        return _described(database, root, tables, reindex)
    except OSError as error:
        text = N_("The restore is in place, but something of it could not be tidied up: {reason}")
        reporter.warn(message(text, reason=os.strerror(error.errno) if error.errno else str(error)))
        return RestorationOutcome(tuple(map(Table, tables)), reindex=reindex)


def _described(database: Database, root: Path, tables: Sequence[str], reindex: tuple[str, ...]) -> RestorationOutcome:
    listing = scan(root, database.format, database.formats)
    wanted = {folded(name) for name in tables}
    replaced: list[Table] = []
    kept: list[str] = []
    for unit in listing.units:
        if folded(unit.name) in wanted:
            replaced.append(describe(unit, read_header_info(root, listing, unit), database.roles))
        else:
            kept.append(unit.name)
    return RestorationOutcome(tuple(replaced), tuple(kept), reindex)
