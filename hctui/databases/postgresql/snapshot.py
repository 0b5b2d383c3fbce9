"""A snapshot of a database: one transaction that sees it as of one instant, from which its schema and rows are read.

The transaction exports its snapshot, so that pg_dump (for the schema) and psql (for the rows of large tables) see the same. It
holds a lock on every table that keeps others from dropping or rewriting it, and lets them write. A table dropped between the
reading of the catalogue and its lock makes the snapshot begin again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.postgresql import catalogue, database_settings, layout, psql_copy
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.client_programs import dump_schema, find_program
from hctui.databases.postgresql.connection import Connection, run
from hctui.databases.postgresql.dump_script import join_entries, split_indexes
from hctui.databases.postgresql.errors import hctui_error
from hctui.databases.postgresql.large_objects import large_objects
from hctui.databases.postgresql.lost_objects import known_objects
from hctui.databases.roles import role_of
from hctui.errors import DatabaseError
from hctui.events import Reporter
from hctui.model import Database, DatabaseManifest, IndexDefinition, Part, PartKind, Role, Table

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LOCK_SECONDS = 60
"""Seconds that a backup waits for a session that locks a table exclusively."""
_ATTEMPTS = 3
"""How often a snapshot is begun before a dropped table is reported."""


class SnapshotView(Struct, frozen=True):
    """The instant, the exported name and the tables of a snapshot."""

    taken: datetime
    exported: str
    tables: tuple[StoredTable, ...]


class PostgresqlSnapshot:
    """A database as of one instant, whose rows are read over the connection that holds the snapshot."""

    def __init__(
        self,
        connection: Connection,
        view: SnapshotView,
        manifest: DatabaseManifest,
        before: bytes,
        after: bytes,
        properties: database_settings.Properties,
        psql: str | None,
    ) -> None:
        self._connection = connection
        self._view = view
        self._psql = psql
        self._manifest = manifest
        self._schema = {
            layout.BEFORE: before,
            layout.AFTER: after,
            layout.DATABASE: database_settings.psql_script(properties).encode(),
        }
        self._rows: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._parts: list[Part] = []

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the parts in the order they are loaded: schema, rows, large objects, sequences, the rest of the schema."""
        yield self._fixed(layout.BEFORE, self._schema[layout.BEFORE])
        left_out = {table.name for table in self._manifest.tables if table.left_out}
        files = layout.row_files(table.name for table in self._view.tables)
        for table in self._view.tables:
            if table.name not in left_out:
                part = Part(files[table.name], PartKind.DATA, table.name, table.size)
                yield self._streamed(part, partial(self._read_rows, table))
        objects = [int(oid) for (oid,) in self._connection.query("SELECT oid FROM pg_largeobject_metadata ORDER BY oid")]
        if objects:
            yield self._streamed(Part(layout.LARGE_OBJECTS, PartKind.BLOBS), lambda: large_objects(self._connection, objects))
        sequences = catalogue.sequence_state(self._connection, catalogue.read_sequences(self._connection))
        yield self._fixed(layout.SEQUENCES, catalogue.set_sequences(sequences).encode(), PartKind.OTHER)
        yield self._fixed(layout.AFTER, self._schema[layout.AFTER])
        yield self._fixed(layout.DATABASE, self._schema[layout.DATABASE], PartKind.OTHER)

    def manifest(self) -> DatabaseManifest:
        """Return the manifest, with the rows and bytes read of each table."""
        tables = tuple(
            table if table.left_out else replace(table, rows=self._rows.get(table.name), size=self._bytes.get(table.name, 0))
            for table in self._manifest.tables
        )
        return replace(self._manifest, tables=tables, parts=tuple(self._parts))

    def _fixed(self, path: str, content: bytes, kind: PartKind = PartKind.SCHEMA) -> SnapshotPart:
        return self._streamed(Part(path, kind, size=len(content)), lambda: iter((content,)))

    def _streamed(self, part: Part, blocks: Callable[[], Iterator[bytes]]) -> SnapshotPart:
        self._parts.append(part)
        return SnapshotPart(part, lambda: io.BufferedReader(_BlockReader(blocks())))

    def _read_rows(self, table: StoredTable) -> Iterator[bytes]:
        rows = size = 0
        yield f"{layout.SETTINGS_LINE.format(encoding=self._connection.encoding)}\n{table.header}\n".encode()
        for block in self._rows_of(table):
            rows += block.count(b"\n")
            size += len(block)
            yield block
        yield layout.END_OF_ROWS
        self._rows[table.name], self._bytes[table.name] = rows, size

    def _rows_of(self, table: StoredTable) -> Iterator[bytes]:
        if self._psql is None or table.size < psql_copy.SMALLEST_TABLE:
            yield from self._connection.copy_out(table.copy_out)
            return
        try:
            yield from psql_copy.copy_out(
                self._psql, self._connection.address, self._view.exported, self._connection.encoding, table.copy_out
            )
        except DatabaseError:
            self._connection.query("SELECT 1")  # raises `ConnectionLost` if that is why psql failed
            raise


@contextmanager
def open_snapshot(
    database: Database, connection: Connection, request: SnapshotRequest, reporter: Reporter
) -> Iterator[PostgresqlSnapshot]:
    """Hold a snapshot. Raises `ProgramMissing`, `MissingRights`, `DatabaseInUse` and other leaves of `DatabaseError`."""
    with connection:
        program, version = find_program(connection.address.alias, connection.major)
        view, before, after = _begin(connection, program, reporter)
        indexes: tuple[IndexDefinition, ...] = ()
        if not request.indexes:
            kept, indexes = split_indexes(after)
            after = join_entries(kept)
        properties = database_settings.read_properties(connection, connection.driver.info.dbname)
        manifest = DatabaseManifest(
            database.alias,
            "postgresql",
            engine_version=str(connection.driver.info.parameter_status("server_version")),
            taken=view.taken,
            indexes_included=request.indexes,
            tables=tuple(_manifest_table(database, table, request) for table in view.tables),
            indexes=indexes,
            details={
                "pg_dump": version,
                "encoding": connection.encoding,
                "database": properties.to_json(),
                "roles": list(catalogue.roles_used(connection)),
                "objects": known_objects(connection),
            },
        )
        yield PostgresqlSnapshot(connection, view, manifest, before, after, properties, psql_copy.psql_of(program))


def role_of_table(database: Database, table: StoredTable) -> Role:
    """Return the role of a table: that of its full name, else that of its name without schema."""
    role = role_of(table.name, database.roles)
    return role_of(table.table, database.roles) if role is Role.DATA else role


def _manifest_table(database: Database, table: StoredTable, request: SnapshotRequest) -> Table:
    role = role_of_table(database, table)
    return Table(table.name, role, size=table.size, columns=table.columns, left_out=role in request.left_out)


def _begin(connection: Connection, program: str, reporter: Reporter) -> tuple[SnapshotView, bytes, bytes]:
    """Open the transaction, read the schema with pg_dump, and lock every table against being dropped."""
    address = connection.address
    for attempt in range(_ATTEMPTS):
        reporter.advance(0)
        connection.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        taken, exported = connection.query("SELECT transaction_timestamp(), pg_export_snapshot()")[0]
        view = SnapshotView(taken.astimezone(), str(exported), catalogue.tables_of_snapshot(connection))
        catalogue.refuse_unreadable(connection, view.tables)
        options = (f"--snapshot={view.exported}", f"--encoding={connection.encoding}", f"--lock-wait-timeout={_LOCK_SECONDS}s")
        before, after = dump_schema(program, address, options, reporter.advance)
        try:
            _lock_tables(connection, view.tables, reporter)
        except psycopg.errors.UndefinedTable as error:
            connection.run("ROLLBACK")
            if attempt + 1 == _ATTEMPTS:
                raise hctui_error(error, address) from error
        except psycopg.Error as error:
            raise hctui_error(error, address) from error
        else:
            return replace(view, tables=catalogue.tables_of_snapshot(connection, exact=True)), before, after
    raise AssertionError("unreachable")


def _lock_tables(connection: Connection, tables: Sequence[StoredTable], reporter: Reporter) -> None:
    """Lock every table as a reader does: others can write, and nobody can drop or rewrite one."""
    connection.run(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    for start in range(0, len(tables), 500):
        listed = ", ".join(f"ONLY {table.sql}" for table in tables[start : start + 500])
        run(connection.driver, f"LOCK TABLE {listed} IN ACCESS SHARE MODE".encode(), reporter.advance)
        reporter.advance(0)


class _BlockReader(io.RawIOBase):
    """A readable stream of blocks; closing it closes the generator that yields them."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return that it is readable."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Copy at most one block into `buffer`; return 0 only at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        target = memoryview(buffer)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Close the generator."""
        if not self.closed and isinstance(self._blocks, Generator):
            self._blocks.close()
        super().close()
