"""Copying tables between two database files attached to one connection, row for row as they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hctui.databases.sqlite.connection import UNKNOWN_HERE, is_damage, quoted
from hctui.databases.sqlite.schema import Definition, Schema, StoredTable, folded, in_schema, read_schema
from hctui.errors import DatabaseDamaged, TableRefused
from hctui.messages import N_, message


def create_table(connection: sqlite3.Connection, table: StoredTable, target: str) -> None:
    """Make `table`, empty, in the attached database `target`."""
    connection.execute(in_schema(table.sql, target))


def create_all(connection: sqlite3.Connection, alias: str, definitions: Iterable[Definition], target: str) -> None:
    """Make indexes, triggers or views in the attached database `target`. Raises `TableRefused` where one can't be made here."""
    for definition in definitions:
        with naming(alias, definition.table):
            connection.execute(in_schema(definition.sql, target))


def drop_all(connection: sqlite3.Connection, definitions: Iterable[Definition], target: str) -> None:
    """Drop indexes, triggers or views of the attached database `target`."""
    for definition in definitions:
        connection.execute(f"DROP {definition.kind} {target}.{quoted(definition.name)}")


def copy_rows(connection: sqlite3.Connection, table: StoredTable, source: str, target: str) -> int:
    """Put the rows of `table` in `source` in place of those in `target`, which has the same columns; return how many.

    Triggers of the target must be gone. Rowids are kept, also those that no column names; so is the AUTOINCREMENT counter.
    An index like FTS5's is copied with its shadow tables.
    """
    if table.module:
        return max(
            (_copy_plain(connection, name, _columns(connection, name, source), source, target) for name in table.shadows),
            default=0,
        )
    columns = table.stored_columns if table.rowid is None else (table.rowid, *table.stored_columns)
    rows = _copy_plain(connection, table.name, columns, source, target)
    _copy_counter(connection, table.name, source, target)
    return rows


def _copy_plain(connection: sqlite3.Connection, name: str, columns: Iterable[str], source: str, target: str) -> int:
    listed = ", ".join(map(quoted, columns))
    connection.execute(f"DELETE FROM {target}.{quoted(name)}")
    # NOT INDEXED: in the order of the table, without a sort order that only the application has.
    statement = f"INSERT INTO {target}.{quoted(name)}({listed}) SELECT {listed} FROM {source}.{quoted(name)} NOT INDEXED"
    return connection.execute(statement).rowcount


def _columns(connection: sqlite3.Connection, shadow: str, schema: str) -> tuple[str, ...]:
    """Return the columns of a shadow table, and its rowid where that is none of them."""
    found = tuple(row[1] for row in connection.execute(f"PRAGMA {schema}.table_info({quoted(shadow)})"))
    if "rowid" in found:
        return found
    try:
        connection.execute(f"SELECT rowid FROM {schema}.{quoted(shadow)} LIMIT 0")
    except sqlite3.OperationalError:
        return found
    return ("rowid", *found)


def _copy_counter(connection: sqlite3.Connection, name: str, source: str, target: str) -> None:
    if not _has(connection, "sqlite_sequence", target):
        return
    connection.execute(f"DELETE FROM {target}.sqlite_sequence WHERE name = ? COLLATE NOCASE", (name,))
    if _has(connection, "sqlite_sequence", source):
        connection.execute(
            f"INSERT INTO {target}.sqlite_sequence(name, seq)"
            f" SELECT name, seq FROM {source}.sqlite_sequence WHERE name = ? COLLATE NOCASE",
            (name,),
        )


def _has(connection: sqlite3.Connection, name: str, schema: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {schema}.sqlite_schema WHERE name = ?", (name,)).fetchone() is not None


Statistics = list[tuple[str, str | None, str]]
"""(table, index, what ANALYZE found of it): dropping an index loses it, and with it the planner's good choices."""


def statistics(connection: sqlite3.Connection, schema: str, tables: Iterable[str]) -> Statistics:
    """Return what ANALYZE once found of `tables`."""
    if not _has(connection, "sqlite_stat1", schema):
        return []
    wanted = {folded(table) for table in tables}
    rows = connection.execute(f"SELECT tbl, idx, stat FROM {schema}.sqlite_stat1").fetchall()
    return [(table, index, stat) for table, index, stat in rows if folded(table) in wanted]


def put_statistics(connection: sqlite3.Connection, schema: str, found: Statistics) -> None:
    """Put `found` back in place of what is known of the same tables and indexes, where ANALYZE was ever run."""
    if _has(connection, "sqlite_stat1", schema):
        connection.executemany(f"DELETE FROM {schema}.sqlite_stat1 WHERE tbl = ? AND idx IS ?", (each[:2] for each in found))
        connection.executemany(f"INSERT INTO {schema}.sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)", found)


def rebuild_text_indexes(connection: sqlite3.Connection, target: str, changed: set[str]) -> None:
    """Rebuild the full-text indexes over the text of another table where either of the two is in `changed` (folded names).

    Their triggers were silent, or they were copied from a day when the text was another.
    """
    found = connection.execute(f"SELECT 1 FROM {target}.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE %' LIMIT 1")
    if found.fetchone() is None:
        return
    schema = read_schema(connection, target)
    for key, table in schema.tables.items():
        concerned = key in changed or folded(table.content) in changed
        there = schema.find(table.content) or folded(table.content) in schema.views
        if table.content and concerned and there and not table.defect:
            name = quoted(table.name)
            connection.execute(f"INSERT INTO {target}.{name}({name}) VALUES ('rebuild')")


def copy_whole_tables(
    connection: sqlite3.Connection,
    alias: str,
    tables: Iterable[StoredTable],
    schema: Schema,
    source: str,
    target: str,
    *,
    indexes: bool = True,
) -> None:
    """Make `tables` in `target` as they are in `source`: definition, rows, counters, triggers, and `indexes` if wanted.

    Raises `DatabaseDamaged` naming the table that can't be read.
    """
    copied = list(tables)
    if not copied:
        return
    names = [table.name for table in copied]
    for table in copied:
        with naming(alias, table.name):
            create_table(connection, table, target)
            copy_rows(connection, table, source, target)
    if indexes:
        create_all(connection, alias, schema.indexes_of(names), target)
    create_all(connection, alias, schema.triggers_of(names), target)
    put_statistics(connection, target, statistics(connection, source, names))


@contextmanager
def naming(alias: str, table: str) -> Iterator[None]:
    """Name `table` where it turns out to be damaged, or to need what only its application has (a sort order, a function)."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            reason = message(N_("table {table}: {reason}."), table=table, reason=str(error))
            raise DatabaseDamaged(alias=alias, reason=reason) from error
        if str(error).startswith(UNKNOWN_HERE):
            raise TableRefused(alias=alias, table=table, reason=f"{error}.") from error
        raise
    except ValueError as error:
        raise TableRefused(alias=alias, table=table, reason=N_("its definition is none that SQLite writes.")) from error
