"""Changing some tables of the live database in one transaction, what was there kept in a database of its own.

The kept rows are in tables whose columns are all text, as COPY wrote them: they need none of the live database's types, and
go back the way they came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from hctui.databases.postgresql import catalogue, database_swap
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Link, Look
from hctui.databases.postgresql.copy_format import Columns, filling, pour
from hctui.databases.postgresql.dump_script import entries
from hctui.databases.postgresql.identifiers import literal, quoted
from hctui.databases.postgresql.row_replacement import Incoming, replace_rows
from hctui.databases.postgresql.script_runner import replay
from hctui.databases.postgresql.server import Record, Server
from hctui.databases.postgresql.sessions import named
from hctui.errors import DatabaseInUse, SchemaDrift
from hctui.messages import N_, message

_LOCK_SECONDS = 5
Definitions = tuple[str, str]
"""The statements that make a table before and after its rows."""


class Rows(Struct, frozen=True):
    """Rows for a table, from wherever."""

    schema: str
    table: str
    columns: Columns
    blocks: Callable[[], Iterator[bytes]]


class Change(Struct, frozen=True):
    """What shall become of tables, by name; those in `rows` that are in neither other are there already."""

    rows: Mapping[str, Rows]
    create: Mapping[str, Definitions]
    drop: Mapping[str, Definitions]
    sequences: Mapping[str, tuple[int, bool]]
    """Where sequences stood, by their name as an SQL string: they are put forward, never back."""


def change_tables(
    server: Server, change: Change, record: Record, look: Look, *, store: Link | None = None, alone: bool = False
) -> dict[str, int]:
    """Do it, or nothing; return the rows of each table now. `store` is where the rows come from, if from an undo.

    With `alone` everybody else is disconnected and kept out until it is done: what tries again and again would hold locks.
    """
    live = server.open_live()
    try:
        keeper = _make_keeper(server, live)
        try:
            if alone:
                server.keep_others_out(disconnect=True)
            live.run("BEGIN")
            before = {table.name: table for table in catalogue.tables_of_snapshot(live)}
            _lock(server, live, [before[name] for name in (*change.rows, *change.drop) if name in before], look)
            dropped = {name: _with_sequences(live, name, made) for name, made in change.drop.items()}
            for name in (*change.rows, *change.drop):
                if name in before:
                    _keep(live, keeper, before[name], look)
        finally:
            keeper.close()
        rows = _apply(live, change, look)
        if store is not None:
            store.close()
        look(0)
        noted = replace(record, created=dict(change.create), dropped=dropped)
        replaced = server.find(server.undo) is not None
        for statement in database_swap.keep_undo(server, server.new, noted, replaced=replaced):
            live.run(statement)
        if alone:
            live.run(f"ALTER DATABASE {quoted(server.name)} WITH ALLOW_CONNECTIONS true")
        live.run("COMMIT")
        server.closed = False
    finally:
        live.close()
    server.drop(server.old)
    return rows


def stored_rows(store: Link) -> dict[str, Rows]:
    """Return what a kept database holds."""
    return {
        table.name: Rows(table.schema, table.table, table.columns, lambda table=table: store.copy_out(table.copy_out))  # type: ignore[misc]
        for table in catalogue.read_tables(store)
    }


def _make_keeper(server: Server, live: Link) -> Link:
    """Make the database that the old rows go to."""
    server.drop(server.new)
    encoding = str(live.connection.info.parameter_status("server_encoding"))
    server.link.run(
        f"CREATE DATABASE {quoted(server.new)} TEMPLATE template0 ENCODING {literal(encoding)} LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    server.link.run(server.note(server.new, Record("new", server.name)))
    keeper = Link(server.address, server.new)
    server.own.add(keeper.process)
    return keeper


def _lock(server: Server, live: Link, tables: list[StoredTable], look: Look) -> None:
    """Take the tables for ourselves. Raises `DatabaseInUse` naming who holds one."""
    if not tables:
        return
    live.run(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    try:
        live.run("LOCK TABLE " + ", ".join(f"ONLY {table.sql}" for table in tables) + " IN ACCESS EXCLUSIVE MODE", look)
    except DatabaseInUse as error:
        who = named(server.sessions(patience=0)) or N_("another program")
        raise DatabaseInUse(alias=server.address.alias, who=who) from error


def _keep(live: Link, keeper: Link, table: StoredTable, look: Look) -> None:
    """Copy the rows of a table into a table of texts."""
    columns = ", ".join(f"{quoted(column)} text" for column in table.stored)
    keeper.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.schema)}; BEGIN; CREATE TABLE {table.sql} ({columns})")
    with filling(keeper, table.schema, table.table, table.stored, freeze=True) as write:
        pour(live.copy_out(table.copy_out), write, lambda _: look(0))
    keeper.run("COMMIT")


def _apply(live: Link, change: Change, look: Look) -> dict[str, int]:
    for before, _ in change.create.values():
        replay(live, entries(before.encode(errors="surrogateescape")), look)
    there = {table.name: table for table in catalogue.tables_of_snapshot(live)}
    incoming = []
    for name, rows in change.rows.items():
        if name in change.drop:
            continue
        if name not in there:
            raise SchemaDrift(alias=live.address.alias, table=name, reason=N_("it is no longer there."))
        incoming.append(Incoming(there[name], rows.columns, rows.blocks))
        for column in rows.columns:
            if column not in there[name].stored:
                reason = message(N_("column {column} was computed, or is now."), column=column)
                raise SchemaDrift(alias=live.address.alias, table=name, reason=reason)
    counted = replace_rows(live, incoming, look)
    for _, after in change.create.values():
        replay(live, entries(after.encode(errors="surrogateescape")), look)
    for name in change.drop:
        if name in there:
            live.run(f"DROP TABLE {there[name].sql}", look)
    _put_forward(live, change, set(counted))
    return counted


def _put_forward(live: Link, change: Change, tables: set[str]) -> None:
    """Make the sequences of these tables go on after the rows that were put back."""
    own = [each for each in catalogue.read_sequences(live) if each.table in tables and literal(each.sql) in change.sequences]
    for each, (now, _) in catalogue.sequence_state(live, own).items():
        then, called = change.sequences[literal(each.sql)]
        if then > now or (each.table in change.create and called):
            live.run(catalogue.set_sequences({each: (then, called)}))


def _with_sequences(live: Link, name: str, made: Definitions) -> Definitions:
    """Return the definitions of a table that is dropped, with where its sequences stand."""
    own = [each for each in catalogue.read_sequences(live) if each.table == name]
    return made[0], made[1] + "\n" + catalogue.set_sequences(catalogue.sequence_state(live, own))
