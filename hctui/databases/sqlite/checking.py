"""Is a database file whole, and does it hold what the manifest says?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hctui.databases.sqlite.connection import is_damage, mapped, opened, quoted
from hctui.databases.sqlite.members import is_side_file
from hctui.databases.sqlite.schema import StoredTable, folded, read_schema
from hctui.databases.sqlite.sizes import rows_of
from hctui.errors import DatabaseDamaged
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import Consistency, DatabaseManifest, Part, Table

_UNKNOWN_HERE = ("no such", "unknown tokenizer")
"""How SQLite says that a table needs something that only its application has."""


def main_part(source: DatabaseManifest) -> Part:
    """Return the part that is the database file; the others are what lay beside it. Raises `DatabaseDamaged`."""
    found = [part for part in source.parts if not is_side_file(part.path)]
    if len(found) != 1:
        raise DatabaseDamaged(alias=source.alias, reason=N_("the backup does not hold exactly one database file."))
    return found[0]


def inspect(folder: Path, source: DatabaseManifest, reporter: Reporter) -> Consistency | None:
    """Open the unpacked database in `folder` and check every table. Raises `DatabaseDamaged` naming the table.

    Nothing is written: the folder may be on read-only media.
    """
    path = folder / main_part(source).path
    beside = any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal"))
    with mapped(source.alias, path):
        if not path.is_file():
            raise DatabaseDamaged(alias=source.alias, reason=N_("its file is missing."))
        with closing(opened(path, "rw" if beside else "ro&immutable=1")) as connection:
            check(connection, source, reporter)
    return source.consistency


def check(connection: sqlite3.Connection, source: DatabaseManifest, reporter: Reporter) -> dict[str, int | None]:
    """Check the tables of main against `source`; return their row counts by folded name. Raises `DatabaseDamaged`."""
    try:
        schema = read_schema(connection)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise DatabaseDamaged(alias=source.alias, reason=f"{error}.") from error
    listed = {folded(each.name): each for each in source.tables}
    for key, expected_table in listed.items():
        if key not in schema.tables:
            raise DatabaseDamaged(alias=source.alias, reason=_sentence(expected_table.name, "it is missing"))
    counts: dict[str, int | None] = {}
    for key, table in schema.tables.items():
        expected = listed.get(key)
        size = expected.size if expected else 0
        told = expected is not None and not expected.left_out
        if told:
            reporter.table_started(source.alias, table.name, size)
        counts[key] = _check_table(connection, table, expected, source.alias)
        reporter.advance(size)
        if told:
            reporter.table_done(source.alias, table.name, size, counts[key])
    return counts


def _check_table(connection: sqlite3.Connection, table: StoredTable, expected: Table | None, alias: str) -> int | None:
    try:
        for name in table.shadows if table.module else [table.name]:
            _quick_check(connection, name, table.name, alias)
        rows = rows_of(connection, table)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise DatabaseDamaged(alias=alias, reason=_sentence(table.name, str(error))) from error
    if expected is not None and not expected.left_out and expected.rows not in (None, rows):
        raise DatabaseDamaged(alias=alias, reason=_sentence(table.name, f"{rows} rows where there were {expected.rows}"))
    return rows


def _quick_check(connection: sqlite3.Connection, name: str, table: str, alias: str) -> None:
    try:
        found = connection.execute(f"PRAGMA main.quick_check({quoted(name)})").fetchone()
    except sqlite3.OperationalError as error:
        if not str(error).startswith(_UNKNOWN_HERE):
            raise
        return
    if found is not None and found[0] != "ok":
        raise DatabaseDamaged(alias=alias, reason=_sentence(table, str(found[0]).partition("\n")[2] or str(found[0])))


def _sentence(table: str, reason: str) -> str:
    return f"table {table}: {reason}."
