"""Sizes and row counts of tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from hctui.databases.sqlite.connection import pragma, quoted
from hctui.databases.sqlite.schema import Schema, StoredTable, folded

EXACT_UP_TO = 1 << 30
"""Bytes of a database up to which a listing reads every page (dbstat: about 3 GB/s from memory, else the disk's speed)."""
_SAMPLE = 100
"""Rows that are read to estimate the width of a table."""
_COUNTABLE = ("_docsize", "_content", "_rowid")
"""Suffixes of shadow tables that have one row for each row of a full-text or R-tree index."""


class Measure(Struct):
    """One table's sizes in bytes."""

    size: int = 0
    index_size: int = 0


def measure(connection: sqlite3.Connection, schema: Schema, *, exact: bool) -> dict[str, Measure]:
    """Return the sizes of the tables in main by folded name: from dbstat if `exact` and if SQLite has it, else estimated.

    The estimate is the highest rowid times the mean width of the first hundred rows, for indexes the number of rows times the
    width of a key, all scaled to the pages that are in use.
    """
    if exact and connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'dbstat'").fetchone():
        trees: dict[str, float] = {name: size for name, size in connection.execute(_DBSTAT)}
    else:
        trees = _estimate(connection, schema)
    measures = {key: Measure() for key in schema.tables}
    for key, table in schema.tables.items():
        measures[key].size = int(sum(trees.get(name, 0) for name in (table.name, *table.shadows)))
    for index in schema.indexes:
        if (owner := measures.get(folded(index.table))) is not None:
            owner.index_size += int(trees.get(index.name, 0))
    return measures


_DBSTAT = "SELECT name, pgsize FROM dbstat WHERE aggregate = 1 AND schema = 'main'"


def _estimate(connection: sqlite3.Connection, schema: Schema) -> dict[str, float]:
    weights: dict[str, float] = {}
    rows: dict[str, int] = {}
    for table in schema.tables.values():
        for name in table.shadows if table.module else [table.name]:
            rows[folded(table.name)], width = _estimate_rows(
                connection, name, table.stored_columns if not table.module else ("*",)
            )
            weights[name] = rows[folded(table.name)] * width
    for index in schema.indexes:
        weights[index.name] = rows.get(folded(index.table), 0) * 24
    used = (pragma(connection, "page_count") - pragma(connection, "freelist_count")) * pragma(connection, "page_size")
    scale = used / (sum(weights.values()) or 1)
    return {name: weight * scale for name, weight in weights.items()}


def _estimate_rows(connection: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> tuple[int, float]:
    """Return about how many rows `table` has, and about how many bytes a row has."""
    name = quoted(table)
    if columns == ("*",):
        columns = tuple(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))
    width = " + ".join(f"coalesce(length(CAST({quoted(column)} AS BLOB)), 0)" for column in columns) or "0"
    sampled, mean = connection.execute(
        f"SELECT count(*), coalesce(avg(width), 0) FROM (SELECT {width} AS width FROM {name} LIMIT {_SAMPLE})"
    ).fetchone()
    if sampled < _SAMPLE:
        return sampled, mean + 8
    try:
        return int(connection.execute(f"SELECT max(rowid) FROM {name}").fetchone()[0]), mean + 8
    except (sqlite3.OperationalError, TypeError, ValueError):
        return count(connection, table) or sampled, mean + 8


def rows_of(connection: sqlite3.Connection, table: StoredTable) -> int | None:
    """Count the rows of `table`; None if that needs a module or a sort order that only its application has."""
    if not table.module:
        return count(connection, table.name)
    for counted in _counted(table):
        return count(connection, counted)
    return None


def _counted(table: StoredTable) -> Iterator[str]:
    shadows = {folded(name): name for name in table.shadows}
    for suffix in _COUNTABLE:
        if (name := shadows.get(folded(table.name) + suffix)) is not None:
            yield name


def count(connection: sqlite3.Connection, table: str) -> int | None:
    """Count the rows of the table or shadow table `table`; None as for `rows_of`."""
    for hint in ("", " NOT INDEXED"):
        try:
            return int(connection.execute(f"SELECT count(*) FROM main.{quoted(table)}{hint}").fetchone()[0])
        except sqlite3.OperationalError as error:
            if not str(error).startswith("no such"):
                raise
    return None
