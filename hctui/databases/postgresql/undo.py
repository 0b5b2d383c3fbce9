"""Undo, and what a killed restore left on the server."""

from __future__ import annotations

from hctui.databases.engine import RestorationOutcome, Undo
from hctui.databases.postgresql import catalogue, table_restore
from hctui.databases.postgresql.database_swap import exchange
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.server import Found, Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.errors import DatabaseMissing, DatabaseUnreadable, NothingToUndo
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, Table


def described(server: Server) -> Undo | None:
    """Return what is kept, for a person."""
    kept = server.find(server.undo)
    record = kept.record if kept else None
    return Undo(record.made, record.origin, record.tables, kept.size) if kept and record else None


def undo(database: Database, server: Server, reporter: Reporter) -> RestorationOutcome:
    """Put it back, and keep what is replaced now. Raises `NothingToUndo`, `DatabaseInUse`, `DatabaseMissing`."""
    server.hold()
    kept, live = server.find(server.undo), server.find(server.name)
    record = kept.record if kept else None
    if record is None or (record.kind == "absent" and live is None):
        raise NothingToUndo(alias=database.alias)
    reporter.advance(0)
    server.refuse_sessions(disconnect=False)
    try:
        return _put_back(database, server, record, live, reporter)
    finally:
        server.give_up()


def _put_back(database: Database, server: Server, record: Record, live: Found | None, reporter: Reporter) -> RestorationOutcome:
    if record.kind == "tables":
        if live is None:
            raise DatabaseMissing(alias=database.alias, location=server.address.shown)
        return table_restore.undo(database, server, record, reporter)
    replaced = Record("undo", server.name, origin=record.origin, kind="whole" if live else "absent", tables=record.tables,
                      comment=live.comment if live else None)  # fmt: skip
    exchange(server, live, replaced, record)
    return RestorationOutcome(() if record.kind == "absent" else _tables(database, server, record.tables))


def drop(server: Server) -> None:
    """Delete what is kept."""
    for name in (server.undo, server.old, server.none):
        found = server.find(name)
        if found is not None and found.record is not None:
            server.drop(name)


def recover(server: Server) -> Message | None:
    """Roll back what a killed restore left; a swap that happened stands. Another restore at work is left alone."""
    left = [found for name in (server.new, server.old, server.none) if (found := server.find(name)) is not None]
    if not left or not server.try_hold():
        return None
    alias, begun = server.address.alias, server.find(server.new)
    try:
        record = begun.record if begun else None
        if record is not None and record.closed and server.find(server.name) is not None:
            server.link.run(f"ALTER DATABASE {quoted(server.name)} WITH ALLOW_CONNECTIONS true")
        for name in (server.new, server.old, server.none):
            server.drop(name)
    finally:
        server.let_go()
    if begun is None:
        return message(N_("{alias}: the remains of an interrupted job were removed."), alias=alias)
    return message(N_("{alias}: an interrupted restore was rolled back; the database is as it was before."), alias=alias)


def _tables(database: Database, server: Server, names: tuple[str, ...]) -> tuple[Table, ...]:
    """Return the tables that were put back, as they are now; none where the database is again one that can't be read."""
    try:
        with server.open_live() as link:
            found = [table for table in catalogue.read_tables(link) if table.name in names]
            small = sum(table.size for table in found) <= catalogue.EXACT_UP_TO
            rows = catalogue.count_rows(link, found) if small else {}
    except DatabaseUnreadable:
        return ()
    return tuple(Table(each.name, role_of_table(database, each), rows.get(each.name), each.size) for each in found)
