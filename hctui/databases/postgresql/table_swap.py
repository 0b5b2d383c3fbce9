"""A change of some tables of the live database in one transaction, with their old rows kept in a database of their own.

The same transaction makes that database the undo: a kill leaves the old rows and no undo, or the new rows and their undo. The
kept rows are in tables whose columns are all of type text, as COPY wrote them: they need none of the live database's types, and
COPY reads them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from hctui.databases.postgresql import catalogue, database_swap
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Advance, Connection
from hctui.databases.postgresql.copy_format import Columns, copy_into, write_blocks
from hctui.databases.postgresql.dump_script import parse_script
from hctui.databases.postgresql.identifiers import literal, quoted
from hctui.databases.postgresql.row_replacement import NewRows, replace_rows
from hctui.databases.postgresql.schema_diff import refuse_generated
from hctui.databases.postgresql.script_runner import run_entries
from hctui.databases.postgresql.server import Record, Server, allow_connections_statement
from hctui.databases.postgresql.sessions import named
from hctui.errors import DatabaseInUse, SchemaDrift
from hctui.messages import N_

_LOCK_SECONDS = 5
Definitions = tuple[str, str]
"""The statements that create a table, to be run before and after its rows are loaded."""


class TableRows(Struct, frozen=True):
    """Rows for a table, from a backup or an undo."""

    schema: str
    table: str
    columns: Columns
    blocks: Callable[[], Iterator[bytes]]


class TableChange(Struct, frozen=True):
    """A change of tables, by name; tables in `rows` that are in neither `create` nor `drop` exist already."""

    rows: Mapping[str, TableRows]
    create: Mapping[str, Definitions]
    drop: Mapping[str, Definitions]
    sequences: Mapping[str, tuple[int, bool]]
    """(Last value, whether it was used) of sequences, by their name as an SQL string; they are moved forward, never back."""


def change_tables(
    server: Server,
    change: TableChange,
    record: Record,
    advance: Advance,
    *,
    store: Connection | None = None,
    alone: bool = False,
) -> dict[str, int]:
    """Change all tables or none; return the number of new rows by name. `store` is the undo whose rows are put back, if any.

    With `alone` other sessions are ended and the database is closed to them meanwhile: those that connect again at once would
    lock the tables.
    """
    with server.open_live() as live:
        with _create_keeper(server, live) as keeper:
            if alone:
                server.close_and_disconnect(disconnect=True)
            live.run("BEGIN")
            before = {table.name: table for table in catalogue.tables_of_snapshot(live)}
            changed = [before[name] for name in (*change.rows, *change.drop) if name in before]
            _lock(server, live, changed, advance)
            dropped = {name: _with_sequences(live, name, definitions) for name, definitions in change.drop.items()}
            for table in changed:
                _keep(live, keeper, table, advance)
        rows = _apply(live, change, advance)
        if store is not None:
            store.close()
        advance(0)
        undo = replace(record, created=dict(change.create), dropped=dropped)
        replaced = server.find(server.undo) is not None
        for statement in database_swap.undo_statements(server, server.new, undo, replaced=replaced):
            live.run(statement)
        if alone:
            live.run(allow_connections_statement(server.name, allow=True))
        live.run("COMMIT")
        server.closed = False
    server.drop(server.old)
    return rows


def stored_rows(store: Connection) -> dict[str, TableRows]:
    """Return the rows in the database of an undo."""
    return {
        table.name: TableRows(table.schema, table.table, table.columns, partial(store.copy_out, table.copy_out))
        for table in catalogue.read_tables(store)
    }


def _create_keeper(server: Server, live: Connection) -> Connection:
    """Create the database for the old rows."""
    server.drop(server.new)
    encoding = str(live.driver.info.parameter_status("server_encoding"))
    server.connection.run(
        f"CREATE DATABASE {quoted(server.new)} TEMPLATE template0 ENCODING {literal(encoding)} LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    server.connection.run(server.comment_statement(server.new, Record("new", server.name)))
    keeper = Connection(server.address, server.new)
    server.own_processes.add(keeper.process)
    return keeper


def _lock(server: Server, live: Connection, tables: list[StoredTable], advance: Advance) -> None:
    """Lock the tables exclusively. Raises `DatabaseInUse` with the names of the sessions if one is locked."""
    if not tables:
        return
    live.run(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    try:
        live.run("LOCK TABLE " + ", ".join(f"ONLY {table.sql}" for table in tables) + " IN ACCESS EXCLUSIVE MODE", advance)
    except DatabaseInUse as error:
        who = named(server.sessions(patience=0)) or N_("another program")
        raise DatabaseInUse(alias=server.address.alias, who=who) from error


def _keep(live: Connection, keeper: Connection, table: StoredTable, advance: Advance) -> None:
    """Copy the rows of a table into a table of text columns."""
    columns = ", ".join(f"{quoted(column)} text" for column in table.stored)
    keeper.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}; BEGIN; CREATE TABLE {table.sql} ({columns})")
    with copy_into(keeper, table.schema, table.table, table.stored, freeze=True) as write:
        write_blocks(live.copy_out(table.copy_out), write, lambda _: advance(0))
    keeper.run("COMMIT")


def _apply(live: Connection, change: TableChange, advance: Advance) -> dict[str, int]:
    for before, _ in change.create.values():
        run_entries(live, parse_script(before.encode(errors="surrogateescape")), advance)
    live_tables = {table.name: table for table in catalogue.tables_of_snapshot(live)}
    new_rows = []
    for name, rows in change.rows.items():
        if name in change.drop:
            continue
        if name not in live_tables:
            raise SchemaDrift(alias=live.address.alias, table=name, reason=N_("it is no longer there."))
        refuse_generated(live.address.alias, live_tables[name], rows.columns)
        new_rows.append(NewRows(live_tables[name], rows.columns, rows.blocks))
    counted = replace_rows(live, new_rows, advance)
    for _, after in change.create.values():
        run_entries(live, parse_script(after.encode(errors="surrogateescape")), advance)
    for name in change.drop:
        if name in live_tables:
            live.run(f"DROP TABLE {live_tables[name].sql}", advance)
    _advance_sequences(live, change, set(counted))
    return counted


def _advance_sequences(live: Connection, change: TableChange, tables: set[str]) -> None:
    """Move the sequences of these tables forward to their values in the backup."""
    own = [each for each in catalogue.read_sequences(live) if each.table in tables and literal(each.sql) in change.sequences]
    for each, (now, _) in catalogue.sequence_state(live, own).items():
        then, called = change.sequences[literal(each.sql)]
        if then > now or (each.table in change.create and called):
            live.run(catalogue.set_sequences({each: (then, called)}))


def _with_sequences(live: Connection, name: str, definitions: Definitions) -> Definitions:
    """Return the definitions of a table with the present state of its sequences."""
    own = [each for each in catalogue.read_sequences(live) if each.table == name]
    return definitions[0], definitions[1] + "\n" + catalogue.set_sequences(catalogue.sequence_state(live, own))
