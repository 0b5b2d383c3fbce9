"""The copy of tables, without any change, between two database files that are attached to one connection."""

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
    """Make indexes, triggers or views in the attached database `target`. Raises `TableRefused` if one can't be made here."""
    for definition in definitions:
        with naming(alias, definition.table):
            connection.execute(in_schema(definition.sql, target))


def drop_all(connection: sqlite3.Connection, definitions: Iterable[Definition], target: str) -> None:
    """Drop indexes, triggers or views of the attached database `target`."""
    for definition in definitions:
        connection.execute(f"DROP {definition.kind} {target}.{quoted(definition.name)}")


def copy_rows(connection: sqlite3.Connection, table: StoredTable, source: str, target: str) -> int:
    """Replace the rows of `table` in `target` by those in `source`, with the same columns; return their number.

    The target must not have triggers. Rowids stay the same, also those without a column, and so does the AUTOINCREMENT
    counter. A virtual table such as FTS5's is copied by its shadow tables.
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
    # NOT INDEXED: an index may need a sort order that only the application has.
    statement = f"INSERT INTO {target}.{quoted(name)}({listed}) SELECT {listed} FROM {source}.{quoted(name)} NOT INDEXED"
    return connection.execute(statement).rowcount


def _columns(connection: sqlite3.Connection, shadow: str, schema: str) -> tuple[str, ...]:
    """Return the columns of a shadow table, and its rowid if that is not one of them."""
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
"""(table, index, result of ANALYZE). SQLite forgets the result with a dropped index, and then chooses worse query plans."""


def statistics(connection: sqlite3.Connection, schema: str, tables: Iterable[str]) -> Statistics:
    """Return the results of ANALYZE for `tables`."""
    if not _has(connection, "sqlite_stat1", schema):
        return []
    wanted = {folded(table) for table in tables}
    rows = connection.execute(f"SELECT tbl, idx, stat FROM {schema}.sqlite_stat1").fetchall()
    return [(table, index, stat) for table, index, stat in rows if folded(table) in wanted]


def put_statistics(connection: sqlite3.Connection, schema: str, found: Statistics) -> None:
    """Store `found` for its tables and indexes, if ANALYZE was ever run."""
    if _has(connection, "sqlite_stat1", schema):
        connection.executemany(f"DELETE FROM {schema}.sqlite_stat1 WHERE tbl = ? AND idx IS ?", (each[:2] for each in found))
        connection.executemany(f"INSERT INTO {schema}.sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)", found)


def rebuild_text_indexes(connection: sqlite3.Connection, target: str, changed: set[str]) -> None:
    """Rebuild each full-text index over the text of another table if one of the two is in `changed` (folded names).

    The triggers that keep such an index current did not run, or the index was copied without its text.
    """
    found = connection.execute(f"SELECT 1 FROM {target}.sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE %' LIMIT 1")
    if found.fetchone() is None:
        return
    schema = read_schema(connection, target)
    for key, table in schema.tables.items():
        affected = key in changed or folded(table.content) in changed
        present = schema.find(table.content) or folded(table.content) in schema.views
        if table.content and affected and present and not table.defect:
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
    """Make `tables` in `target` as they are in `source`, with definition, rows, counters, triggers, and `indexes` if wanted.

    Raises `DatabaseDamaged` with the name of a table that can't be read.
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
    """Name `table` in the error if it is damaged, or needs a function or sort order that only its application has."""
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
