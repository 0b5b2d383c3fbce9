"""The check of a database file: that it is not damaged, and holds what its manifest lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hctui.databases.sqlite.connection import UNKNOWN_HERE, connect, interruptible, is_damage, mapped, primary_code, quoted
from hctui.databases.sqlite.members import is_side_file
from hctui.databases.sqlite.schema import StoredTable, folded, read_schema
from hctui.databases.sqlite.sizes import rows_of
from hctui.errors import DatabaseDamaged
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Consistency, DatabaseManifest, Part, Table


def main_part(source: DatabaseManifest) -> Part:
    """Return the part that is the database file, not its log or journal. Raises `DatabaseDamaged`."""
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
        with closing(connect(path, "rw" if beside else "ro&immutable=1")) as connection:
            check(connection, source, reporter)
    return source.consistency


def check(
    connection: sqlite3.Connection, source: DatabaseManifest, reporter: Reporter, restoring: Collection[str] | None = None
) -> dict[str, int | None]:
    """Check the tables of main against `source`; return their row counts by folded name. Raises `DatabaseDamaged`.

    Before a restore of the tables `restoring` (folded), only those are reported, and only as started.
    """
    try:
        schema = read_schema(connection)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise DatabaseDamaged(alias=source.alias, reason=f"{error}.") from error
    with interruptible(connection, reporter.advance):
        sound = _is_sound(connection)
    listed = {folded(each.name): each for each in source.tables}
    for key, expected_table in listed.items():
        if key not in schema.tables:
            raise DatabaseDamaged(alias=source.alias, reason=_sentence(expected_table.name, N_("it is missing")))
    counts: dict[str, int | None] = {}
    for key, table in schema.tables.items():
        expected = listed.get(key)
        size = expected.size if expected else 0
        reported = expected is not None and not expected.left_out and (restoring is None or key in restoring)
        if reported:
            reporter.table_started(source.alias, table.name, size)
        with interruptible(connection, reporter.advance):
            if not sound:
                _check_pages(connection, table, source.alias)
            counts[key] = _count(connection, table, expected, source.alias)
        reporter.advance(size)
        if reported and restoring is None:
            reporter.table_done(source.alias, table.name, size, counts[key])
    return counts


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Return whether SQLite finds no damage; False also if it can't check all, and then each table is checked alone."""
    try:
        found: tuple[str] = connection.execute("PRAGMA main.quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if primary_code(error) == sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    return found == ("ok",)


def _check_pages(connection: sqlite3.Connection, table: StoredTable, alias: str) -> None:
    for name in table.shadows if table.module else [table.name]:
        with _naming_damage(table.name, alias):
            try:
                found = connection.execute(f"PRAGMA main.quick_check({quoted(name)})").fetchone()
            except sqlite3.OperationalError as error:
                if not str(error).startswith(UNKNOWN_HERE):
                    raise
                continue
        if found is not None and found[0] != "ok":
            raise DatabaseDamaged(alias=alias, reason=_sentence(table.name, found[0].partition("\n")[2] or found[0]))


def _count(connection: sqlite3.Connection, table: StoredTable, expected: Table | None, alias: str) -> int | None:
    with _naming_damage(table.name, alias):
        rows = rows_of(connection, table)
    if expected is not None and not expected.left_out and expected.rows not in (None, rows):
        reason = message(N_("{rows} rows where there were {expected}"), rows=rows or 0, expected=expected.rows or 0)
        raise DatabaseDamaged(alias=alias, reason=_sentence(table.name, reason))
    return rows


@contextmanager
def _naming_damage(table: str, alias: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise DatabaseDamaged(alias=alias, reason=_sentence(table, str(error))) from error


def _sentence(table: str, reason: str | Message) -> Message:
    return message(N_("table {table}: {reason}."), table=table, reason=reason)
