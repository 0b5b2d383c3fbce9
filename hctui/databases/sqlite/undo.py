"""The undo of a restore, and the recovery after a killed restore or undo; `undo_store` has the states."""

from __future__ import annotations

from contextlib import ExitStack, closing

from msgspec.structs import replace

from hctui.databases.engine import RestorationOutcome
from hctui.databases.sqlite import swap
from hctui.databases.sqlite.connection import connect, mapped, reading
from hctui.databases.sqlite.locking import exclusive
from hctui.databases.sqlite.schema import read_schema
from hctui.databases.sqlite.sizes import rows_of
from hctui.databases.sqlite.snapshot import DatabaseFile
from hctui.databases.sqlite.table_swap import TableChange, replace_tables
from hctui.databases.sqlite.undo_store import Kind, UndoRecord, UndoStore, new_record
from hctui.databases.sqlite.work_dirs import pending_beside, remove_abandoned
from hctui.disk.paths import printable
from hctui.errors import DatabaseDamaged, DatabaseMissing, NothingToUndo
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Table


def undo(file: DatabaseFile, reporter: Reporter) -> RestorationOutcome:
    """Restore the undo copy; what that replaces becomes the undo copy. Raises `NothingToUndo`, `DatabaseInUse`."""
    store = UndoStore(file.path)
    alias = file.database.alias
    if store.is_abandoned():
        recover(file)
    record = store.read()
    if record is None:
        raise NothingToUndo(alias=alias)
    with mapped(alias, file.path):
        match record.kind:
            case Kind.WHOLE:
                _undo_whole(file, store, record, reporter)
            case Kind.TABLES:
                _undo_tables(file, store, record, reporter)
            case Kind.FILES | Kind.ABSENT:
                with swap.file_lock(alias, file.path):
                    _swap(file, store, record, reporter)
        tables = tuple(map(Table, record.tables))
        with swap.warning_of_disk_errors(reporter):
            tables = _tables(file, record)
        return RestorationOutcome(tables)


def _undo_whole(file: DatabaseFile, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    with ExitStack() as stack:
        try:
            live = stack.enter_context(exclusive(file.database.alias, file.path)) if file.path.exists() else None
        except DatabaseDamaged:
            live = None
        if live is not None:
            swap.replace_whole(live, store, store.database, record, reporter)
            return
    with swap.file_lock(file.database.alias, file.path):
        _swap(file, store, record, reporter)


def _undo_tables(file: DatabaseFile, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    if not file.path.exists():
        raise DatabaseMissing(alias=file.database.alias, location=printable(file.path))
    with closing(connect(store.database, "ro&immutable=1")) as connection:
        names = tuple(table.name for table in read_schema(connection).tables.values())
    with exclusive(file.database.alias, file.path) as live:
        change = TableChange(file.database.alias, store.database, names, record.created, record.origin, record.indexes)
        replace_tables(live, store, change, reporter)


def _swap(file: DatabaseFile, store: UndoStore, record: UndoRecord, reporter: Reporter) -> None:
    """Put the files of the undo copy in place; the live files become the undo copy."""
    kind = Kind.FILES if file.path.exists() else Kind.ABSENT
    incoming = {"": store.database} if record.kind is Kind.WHOLE else store.kept_files()
    swap.swap_files(store, file.path, incoming, new_record(record.origin, kind, record.tables), reporter)


def _tables(file: DatabaseFile, record: UndoRecord) -> tuple[Table, ...]:
    """Return the tables that were restored, as they are now; none if SQLite can't read the file, or there is none."""
    if record.kind in (Kind.FILES, Kind.ABSENT):
        return ()
    with reading(file.path) as connection:
        schema = read_schema(connection)
        found = filter(None, map(schema.find, record.tables))
        return tuple(Table(table.name, file.role(table), rows_of(connection, table)) for table in found)


def recover(file: DatabaseFile) -> Message | None:
    """Finish or roll back a killed restore or undo, and delete the working folders of ended processes.

    SQLite itself rolls back a half-written transaction when the database is opened. Raises `DatabaseInUse` if another program
    holds the database locked.
    """
    store, path, alias = UndoStore(file.path), file.path, file.database.alias
    with mapped(alias, path):
        store.delete_retired()
        removed = remove_abandoned(path)
        done = _finish_or_roll_back(file, store)
        for other in pending_beside(path):
            beside = UndoStore(other)
            record = beside.read_pending()
            # The restore to another file name may be of a database that is not registered, so that nobody else recovers it.
            if record is None or record.kind in (Kind.ABSENT, Kind.FILES):
                done = done or _finish_or_roll_back(DatabaseFile(replace(file.database, alias=other.stem), other), beside)
        if done is None and removed:
            return message(N_("{alias}: the remains of an interrupted job were removed."), alias=alias)
        return done


def _finish_or_roll_back(file: DatabaseFile, store: UndoStore) -> Message | None:
    """Keep the pending undo copy of an ended process if the database has changed, else roll back; return what was done."""
    alias = file.database.alias
    if not store.is_abandoned():
        return None
    record = store.read_pending()
    if record is not None and _has_changed(file, record):
        swap.finish_swap(store, file.path)
        return message(N_("{alias}: an interrupted restore was already in place; it was finished."), alias=alias)
    swap.roll_back_swap(store, file.path)
    return message(N_("{alias}: an interrupted restore was rolled back; the database is as it was before."), alias=alias)


def _has_changed(file: DatabaseFile, record: UndoRecord) -> bool:
    """Return whether a killed process had changed the database; True if in doubt, because the undo copy is then kept."""
    if record.kind in (Kind.FILES, Kind.ABSENT):
        return swap.file_identity(file.path) != record.before
    if not file.path.exists():
        return True
    try:
        with mapped(file.database.alias, file.path), closing(connect(file.path, "rw")) as connection:
            return swap.schema_version(connection) != record.before
    except DatabaseDamaged:
        return True
