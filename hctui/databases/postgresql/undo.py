"""Undo of the last restore, and recovery from a killed one.

A kill before the swap leaves the live database as it was: `recover` drops the database `new` and opens the live one to others.
A kill after the swap leaves the restored database and its undo: `recover` drops what the swap no longer needs.
"""

from __future__ import annotations

from hctui.databases.engine import RestorationOutcome, Undo
from hctui.databases.postgresql import catalogue, table_restore
from hctui.databases.postgresql.database_swap import swap_with_undo
from hctui.databases.postgresql.server import DatabaseInfo, Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.errors import DatabaseMissing, DatabaseUnreadable, NothingToUndo
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, Table


def describe(server: Server) -> Undo | None:
    """Return the undo that is kept, None if there is none."""
    kept = server.find(server.undo)
    record = kept.record if kept else None
    return Undo(record.made, record.origin, record.tables, kept.size) if kept and record else None


def undo(database: Database, server: Server, reporter: Reporter) -> RestorationOutcome:
    """Put the undo back, and keep what it replaces. Raises `NothingToUndo`, `DatabaseInUse`, `DatabaseMissing`."""
    server.lock()
    kept, live = server.find(server.undo), server.find(server.name)
    record = kept.record if kept else None
    if record is None or (record.kind == "absent" and live is None):
        raise NothingToUndo(alias=database.alias)
    reporter.advance(0)
    server.refuse_sessions(disconnect=False)
    try:
        return _put_back(database, server, record, live, reporter)
    finally:
        server.roll_back()


def _put_back(
    database: Database, server: Server, record: Record, live: DatabaseInfo | None, reporter: Reporter
) -> RestorationOutcome:
    if record.kind == "tables":
        if live is None:
            raise DatabaseMissing(alias=database.alias, location=server.address.shown)
        return table_restore.undo(database, server, record, reporter)
    replaced = Record("undo", server.name, origin=record.origin, kind="whole" if live else "absent", tables=record.tables,
                      comment=live.comment if live else None)  # fmt: skip
    swap_with_undo(server, live, replaced, record)
    return RestorationOutcome(() if record.kind == "absent" else _tables(database, server, record.tables))


def drop(server: Server) -> None:
    """Delete the undo."""
    for name in (server.undo, server.old, server.none):
        found = server.find(name)
        if found is not None and found.record is not None:
            server.drop(name)


def recover(server: Server) -> Message | None:
    """Roll back a killed restore unless it had swapped; do nothing while another restore is running."""
    left = [found for name in (server.new, server.old, server.none) if (found := server.find(name)) is not None]
    if not left or not server.try_lock():
        return None
    alias, begun = server.address.alias, server.find(server.new)
    try:
        record = begun.record if begun else None
        if record is not None and record.closed and server.find(server.name) is not None:
            server.allow_connections()
        for name in (server.new, server.old, server.none):
            server.drop(name)
    finally:
        server.unlock()
    if begun is None:
        return message(N_("{alias}: the remains of an interrupted job were removed."), alias=alias)
    return message(N_("{alias}: an interrupted restore was rolled back; the database is as it was before."), alias=alias)


def _tables(database: Database, server: Server, names: tuple[str, ...]) -> tuple[Table, ...]:
    """Return the tables that were put back, as they are now; none if the database that was put back is damaged."""
    try:
        with server.open_live() as connection:
            found = [table for table in catalogue.read_tables(connection) if table.name in names]
            small = sum(table.size for table in found) <= catalogue.EXACT_UP_TO
            rows = catalogue.count_rows(connection, found) if small else {}
    except DatabaseUnreadable:
        return ()
    return tuple(Table(each.name, role_of_table(database, each), rows.get(each.name), each.size) for each in found)
