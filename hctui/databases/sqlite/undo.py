"""Undo, and what a killed restore left."""

from __future__ import annotations

from contextlib import ExitStack, closing

from msgspec.structs import replace

from hctui.databases.engine import RestorationOutcome
from hctui.databases.sqlite import swap
from hctui.databases.sqlite.connection import mapped, opened, reading
from hctui.databases.sqlite.locking import exclusive
from hctui.databases.sqlite.schema import read_schema
from hctui.databases.sqlite.sizes import rows_of
from hctui.databases.sqlite.snapshot import Source
from hctui.databases.sqlite.table_swap import Change, replace_tables
from hctui.databases.sqlite.undo_store import Kind, UndoRecord, UndoStore, new_record
from hctui.databases.sqlite.work_dirs import pending_beside, remove_abandoned
from hctui.errors import DatabaseDamaged, DatabaseMissing, NothingToUndo
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Table


def undo(source: Source, reporter: Reporter) -> RestorationOutcome:
    """Put back what the last restore replaced, and keep what is replaced now. Raises `NothingToUndo`, `DatabaseInUse`."""
    store = UndoStore(source.path)
    alias = source.database.alias
    if store.left_by_the_dead():
        recover(source)
    record = store.read()
    if record is None:
        raise NothingToUndo(alias=alias)
    with mapped(alias, source.path):
        match record.kind:
            case Kind.WHOLE:
                _undo_whole(source, store, record, reporter)
            case Kind.TABLES:
                _undo_tables(source, store, record, reporter)
            case Kind.FILES | Kind.ABSENT:
                with swap.refuse_locked(alias, source.path):
                    _swap(source, store, record, reporter)
        tables = tuple(map(Table, record.tables))
        with swap.in_place(reporter):
            tables = _tables(source, record)
        return RestorationOutcome(tables)


def _undo_whole(source: Source, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    with ExitStack() as stack:
        try:
            live = stack.enter_context(exclusive(source.database.alias, source.path)) if source.path.exists() else None
        except DatabaseDamaged:
            live = None
        if live is not None:
            swap.replace_whole(live, store, store.database, record, reporter)
            return
    with swap.refuse_locked(source.database.alias, source.path):
        _swap(source, store, record, reporter)


def _undo_tables(source: Source, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    if not source.path.exists():
        raise DatabaseMissing(alias=source.database.alias, location=str(source.path))
    with closing(opened(store.database, "ro&immutable=1")) as connection:
        names = tuple(table.name for table in read_schema(connection).tables.values())
    with exclusive(source.database.alias, source.path) as live:
        change = Change(source.database.alias, store.database, names, record.created, record.origin, record.indexes)
        replace_tables(live, store, change, reporter)


def _swap(source: Source, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    """Put kept files back; the files that are there now are kept in turn."""
    kind = Kind.FILES if source.path.exists() else Kind.ABSENT
    incoming = {"": store.database} if record.kind is Kind.WHOLE else store.kept_files()
    swap.swap_files(store, source.path, incoming, new_record(record.origin, kind, record.tables), reporter)


def _tables(source: Source, record: UndoRecord) -> tuple[Table, ...]:
    """Return the tables that were put back, as they are now; none where the file is again one that can't be read."""
    if record.kind in (Kind.FILES, Kind.ABSENT):
        return ()
    with reading(source.path) as connection:
        schema = read_schema(connection)
        found = filter(None, map(schema.find, record.tables))
        return tuple(Table(table.name, source.role(table), rows_of(connection, table)) for table in found)


def recover(source: Source) -> Message | None:
    """Finish or roll back what a killed restore or undo left, and delete what killed runs left of their folders.

    The database itself needs nothing: what was half written SQLite rolls back when it is opened. Raises `DatabaseInUse`
    where somebody holds it locked just now.
    """
    store, path, alias = UndoStore(source.path), source.path, source.database.alias
    with mapped(alias, path):
        store.tidy()
        removed = remove_abandoned(path)
        said = _bring_to_an_end(source, store)
        for other in pending_beside(path):
            beside = UndoStore(other)
            record = beside.read_pending()
            # Made, or taken back, by a restore under another name, it may never have been registered, and nobody else looks.
            if record is None or record.kind in (Kind.ABSENT, Kind.FILES):
                said = said or _bring_to_an_end(Source(replace(source.database, alias=other.stem), other), beside)
        if said is None and removed:
            return message(N_("{alias}: the remains of an interrupted job were removed."), alias=alias)
        return said


def _bring_to_an_end(source: Source, store: UndoStore) -> Message | None:
    """Finish or roll back what a dead process was about to keep."""
    alias = source.database.alias
    if not store.left_by_the_dead():
        return None
    record = store.read_pending()
    if record is not None and _was_done(source, record):
        swap.finish_swap(store, source.path)
        return message(N_("{alias}: an interrupted restore was already in place; it was finished."), alias=alias)
    swap.roll_back_swap(store, source.path)
    return message(N_("{alias}: an interrupted restore was rolled back; the database is as it was before."), alias=alias)


def _was_done(source: Source, record: UndoRecord) -> bool:
    """Tell on which side of the swap it stopped; in doubt the undo is kept, from which nothing is lost."""
    if record.kind in (Kind.FILES, Kind.ABSENT):
        return swap.identity(source.path) != record.before
    if not source.path.exists():
        return True
    try:
        with mapped(source.database.alias, source.path), closing(opened(source.path, "rw")) as connection:
            return swap.state(connection) != record.before
    except DatabaseDamaged:
        return True
