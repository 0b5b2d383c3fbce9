"""The snapshot of a database: a copy of all its pages as of one moment, without what is left out, in a private file."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.roles import role_of
from hctui.databases.sqlite.connection import connect, interruptible, pragma, quoted, reading
from hctui.databases.sqlite.copy_rows import statistics
from hctui.databases.sqlite.schema import Definition, Schema, StoredTable, folded, read_schema
from hctui.databases.sqlite.sizes import measure, rows_of
from hctui.databases.sqlite.swap import copy_to_file, write_fast
from hctui.events import Reporter
from hctui.model import Database, DatabaseManifest, IndexDefinition, Part, PartKind, Role, Table

_ODD = re.compile(r"[\\/:]|\A[. ]+\Z|\A(?i:con|prn|aux|nul|(com|lpt)\d)\Z")


class DatabaseFile(Struct, frozen=True):
    """A registered database and its file."""

    database: Database
    path: Path

    def role(self, table: StoredTable) -> Role:
        """Return the role of `table`; a full-text index over another table's text has that table's role."""
        own = role_of(table.name, self.database.roles)
        if own is Role.DATA and table.content:
            return role_of(table.content, self.database.roles)
        return own


class SqliteSnapshot:
    """The copy, and its manifest."""

    def __init__(self, copy: Path, manifest: DatabaseManifest) -> None:
        self._copy = copy
        self._manifest = manifest

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the one part: a database file that `sqlite3` opens as it is."""
        yield SnapshotPart(self._manifest.parts[0], self._open)

    def manifest(self) -> DatabaseManifest:
        """Return the manifest of the copy."""
        return self._manifest

    def _open(self) -> BinaryIO:
        return open(self._copy, "rb")


def take_snapshot(file: DatabaseFile, request: SnapshotRequest, folder: Path, reporter: Reporter) -> SqliteSnapshot:
    """Copy the database to `folder` and remove what the request leaves out. Raises `sqlite3.Error`, `OSError`."""
    copy = folder / "copy"
    modified = datetime.fromtimestamp(file.path.stat().st_mtime, UTC).astimezone()
    with reading(file.path) as live:
        copied = copy_to_file(live, copy, reporter.advance)
    with closing(connect(copy, "rw")) as connection:
        write_fast(connection)
        schema = read_schema(connection)
        left_out = {key: table for key, table in schema.tables.items() if file.role(table) in request.left_out}
        indexes = [] if request.indexes else schema.indexes_of(table.name for table in schema.tables.values())
        known = statistics(connection, "main", {each.table for each in indexes})
        reduced = bool(left_out or indexes)
        if reduced:
            with interruptible(connection, reporter.advance):
                _reduce(connection, schema, list(left_out.values()), indexes)
                connection.execute("VACUUM INTO ?", (str(folder / "reduced"),))
    if reduced:
        copy.unlink()
        copy = folder / "reduced"
        os.chmod(copy, 0o600)
    with closing(connect(copy, "ro&immutable=1")) as connection:
        manifest = DatabaseManifest(
            file.database.alias,
            file.database.engine,
            engine_version=sqlite3.sqlite_version,
            taken=copied.taken,
            indexes_included=request.indexes,
            tables=tuple(_listed(file, connection, set(left_out), reporter)),
            parts=(Part(_member_name(file.path), PartKind.DATA, size=copy.stat().st_size, modified=modified),),
            indexes=tuple(IndexDefinition(each.name, each.table, each.sql) for each in indexes),
            details={
                **described(connection),
                "journal_mode": copied.journal_mode,
                "mode": file.path.stat().st_mode & 0o666,
                "statistics": [list(each) for each in known if each[1] in {index.name for index in indexes}],
            },
        )
    return SqliteSnapshot(copy, manifest)


def described(connection: sqlite3.Connection) -> dict[str, str | int]:
    """Return the settings in the header of the file."""
    numbers = ("page_size", "user_version", "application_id", "auto_vacuum")
    return {
        "encoding": str(connection.execute("PRAGMA encoding").fetchone()[0]),
        **{name: pragma(connection, name) for name in numbers},
    }


def _reduce(connection: sqlite3.Connection, schema: Schema, left_out: list[StoredTable], indexes: list[Definition]) -> None:
    """Empty the tables by dropping and making them, which fires no trigger, and drop the indexes.

    Their content is still in free pages and in gaps of other pages; only the `VACUUM INTO` that follows removes it.
    """
    names = [table.name for table in left_out]
    dropped = {folded(each.name) for each in indexes}
    again = [each for each in schema.indexes_of(names) if folded(each.name) not in dropped] + schema.triggers_of(names)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN")
    for index in indexes:
        connection.execute(f"DROP INDEX {quoted(index.name)}")
    for table in left_out:
        if not table.defect:
            connection.execute(f"DROP TABLE {quoted(table.name)}")
            connection.execute(table.sql)
    for definition in again:
        connection.execute(definition.sql)
    connection.execute("COMMIT")


def _listed(file: DatabaseFile, connection: sqlite3.Connection, left_out: set[str], reporter: Reporter) -> Iterator[Table]:
    """Yield the tables of the copy, measured and counted."""
    schema = read_schema(connection)
    sizes = measure(connection, schema, exact=True)
    for key, table in schema.tables.items():
        size = sizes[key]
        if key not in left_out:
            reporter.table_started(file.database.alias, table.name, size.size)
        with interruptible(connection, reporter.advance):
            rows = None if key in left_out else rows_of(connection, table)
        columns = tuple(column.name for column in table.columns)
        yield Table(table.name, file.role(table), rows, size.size, size.index_size, columns=columns, left_out=key in left_out)
        if key not in left_out:
            reporter.table_done(file.database.alias, table.name, size.size, rows)


def _member_name(path: Path) -> str:
    """Return the file's name, changed as far as needed for a member of an archive."""
    name = unicodedata.normalize("NFC", os.fsencode(path.name).decode("utf-8", "replace"))
    name = "".join("_" if unicodedata.category(each) in ("Cc", "Cs") else each for each in name)
    name = _ODD.sub("_", name)
    while len(name.encode()) > 255:
        name = name[:-1]
    return name
