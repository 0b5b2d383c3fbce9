"""A snapshot: one transaction whose view pg_dump shares, and the rows of each table copied out of it as they are read."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, cast

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.postgresql import catalogue, database_settings, psql_copy
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.client_programs import dumping, find
from hctui.databases.postgresql.connection import Link, run
from hctui.databases.postgresql.dump_script import join, split_indexes
from hctui.databases.postgresql.errors import as_ours
from hctui.databases.postgresql.large_objects import large_objects
from hctui.databases.postgresql.layout import AFTER, BEFORE, DATABASE, END_OF_ROWS, LARGE_OBJECTS, OPENING, SEQUENCES, row_files
from hctui.databases.postgresql.lost_objects import known_objects
from hctui.databases.roles import role_of
from hctui.errors import DatabaseError
from hctui.events import Reporter
from hctui.model import Database, DatabaseManifest, IndexDefinition, Part, PartKind, Role, Table

_LOCK_SECONDS = 60
"""How long a backup waits for somebody who holds a table for himself."""
_ATTEMPTS = 3
"""A table that is dropped between the first look and the lock makes it begin anew."""


class View(Struct, frozen=True):
    """What the transaction of a snapshot sees."""

    taken: datetime
    exported: str
    tables: tuple[StoredTable, ...]


class PostgresqlSnapshot:
    """A database as of one instant, held by one connection that reads its rows."""

    def __init__(
        self,
        link: Link,
        view: View,
        manifest: DatabaseManifest,
        before: bytes,
        after: bytes,
        of_database: database_settings.Properties,
        psql: str | None,
    ) -> None:
        self._link = link
        self._view = view
        self._psql = psql
        self._manifest = manifest
        self._schema = {BEFORE: before, AFTER: after, DATABASE: database_settings.script(of_database).encode()}
        self._rows: dict[str, int] = {}
        self._bytes: dict[str, int] = {}
        self._parts: list[Part] = []

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield schema, rows table by table, large objects, sequences, and the rest of the schema, in the order they load."""
        yield self._fixed(BEFORE, self._schema[BEFORE])
        left_out = {table.name for table in self._manifest.tables if table.left_out}
        files = row_files(table.name for table in self._view.tables)
        for table in self._view.tables:
            if table.name not in left_out:
                part = Part(files[table.name], PartKind.DATA, table.name, table.size)
                yield self._streamed(part, lambda table=table: self._copied(table))  # type: ignore[misc]
        objects = [int(oid) for (oid,) in self._link.ask("SELECT oid FROM pg_largeobject_metadata ORDER BY oid")]
        if objects:
            yield self._streamed(Part(LARGE_OBJECTS, PartKind.BLOBS), lambda: large_objects(self._link, objects))
        sequences = catalogue.sequence_state(self._link, catalogue.read_sequences(self._link))
        yield self._fixed(SEQUENCES, catalogue.set_sequences(sequences).encode(), PartKind.OTHER)
        yield self._fixed(AFTER, self._schema[AFTER])
        yield self._fixed(DATABASE, self._schema[DATABASE], PartKind.OTHER)

    def manifest(self) -> DatabaseManifest:
        """Return what was read, rows counted."""
        tables = tuple(
            table if table.left_out else replace(table, rows=self._rows.get(table.name), size=self._bytes.get(table.name, 0))
            for table in self._manifest.tables
        )
        return replace(self._manifest, tables=tables, parts=tuple(self._parts))

    def _fixed(self, path: str, content: bytes, kind: PartKind = PartKind.SCHEMA) -> SnapshotPart:
        return self._streamed(Part(path, kind, size=len(content)), lambda: iter((content,)))

    def _streamed(self, part: Part, blocks: Callable[[], Iterator[bytes]]) -> SnapshotPart:
        self._parts.append(part)
        return SnapshotPart(part, lambda: cast(BinaryIO, io.BufferedReader(_BlockReader(blocks()))))

    def _copied(self, table: StoredTable) -> Iterator[bytes]:
        rows = size = 0
        yield f"{OPENING.format(encoding=self._link.encoding)}\n{table.header}\n".encode()
        for block in self._rows_of(table):
            rows += block.count(b"\n")
            size += len(block)
            yield block
        yield END_OF_ROWS
        self._rows[table.name], self._bytes[table.name] = rows, size

    def _rows_of(self, table: StoredTable) -> Iterator[bytes]:
        if self._psql is None or table.size < psql_copy.FROM_SIZE:
            yield from self._link.copy_out(table.copy_out)
            return
        try:
            yield from psql_copy.copied(
                self._psql, self._link.address, self._view.exported, self._link.encoding, table.copy_out
            )
        except DatabaseError:
            self._link.ask("SELECT 1")  # where the connection that holds the snapshot was lost, that is the reason
            raise


@contextmanager
def taking(database: Database, link: Link, request: SnapshotRequest, reporter: Reporter) -> Iterator[PostgresqlSnapshot]:
    """Hold a snapshot. Raises `ProgramMissing`, `MissingRights`, `DatabaseInUse` and others of `DatabaseError`."""
    with link:
        program, version = find(link.address.alias, link.major)
        view, before, after = _begin(link, program, reporter)
        indexes: tuple[IndexDefinition, ...] = ()
        if not request.indexes:
            kept, indexes = split_indexes(after)
            after = join(kept)
        of_database = database_settings.read_properties(link, link.connection.info.dbname)
        manifest = DatabaseManifest(
            database.alias,
            "postgresql",
            engine_version=str(link.connection.info.parameter_status("server_version")),
            taken=view.taken,
            indexes_included=request.indexes,
            tables=tuple(_listed(database, table, request) for table in view.tables),
            indexes=indexes,
            details={
                "pg_dump": version,
                "encoding": link.encoding,
                "database": of_database.to_json(),
                "roles": list(catalogue.roles_used(link)),
                "objects": known_objects(link),
            },
        )
        yield PostgresqlSnapshot(link, view, manifest, before, after, of_database, psql_copy.beside(program))


def role_of_table(database: Database, table: StoredTable) -> Role:
    """Return what a table is for: by its whole name, else by its name within its schema."""
    whole = role_of(table.name, database.roles)
    return role_of(table.table, database.roles) if whole is Role.DATA else whole


def _listed(database: Database, table: StoredTable, request: SnapshotRequest) -> Table:
    role = role_of_table(database, table)
    return Table(table.name, role, size=table.size, columns=table.columns, left_out=role in request.left_out)


def _begin(link: Link, program: str, reporter: Reporter) -> tuple[View, bytes, bytes]:
    """Open the transaction, have pg_dump write the schema as it sees it, and hold every table against being dropped."""
    address = link.address
    for attempt in range(_ATTEMPTS):
        reporter.advance(0)
        link.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        taken, exported = link.ask("SELECT transaction_timestamp(), pg_export_snapshot()")[0]
        view = View(taken.astimezone(), str(exported), catalogue.tables_of_snapshot(link))
        catalogue.refuse_unreadable(link, view.tables)
        shared = (f"--snapshot={view.exported}", f"--encoding={link.encoding}", f"--lock-wait-timeout={_LOCK_SECONDS}s")
        with dumping(program, address, ("--section=pre-data", *shared), ("--section=post-data", *shared)) as dumps:
            before, after = (dump.result(reporter.advance) for dump in dumps)
        try:
            _hold(link, view.tables, reporter)
        except psycopg.errors.UndefinedTable as error:
            link.run("ROLLBACK")
            if attempt + 1 == _ATTEMPTS:
                raise as_ours(error, address) from error
        except psycopg.Error as error:
            raise as_ours(error, address) from error
        else:
            return replace(view, tables=catalogue.tables_of_snapshot(link, exact=True)), before, after
    raise AssertionError("unreachable")


def _hold(link: Link, tables: Sequence[StoredTable], reporter: Reporter) -> None:
    """Lock every table as a reader does: others go on writing, and nobody drops or rewrites one."""
    link.run(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    for start in range(0, len(tables), 500):
        listed = ", ".join(f"ONLY {table.sql}" for table in tables[start : start + 500])
        run(link.connection, f"LOCK TABLE {listed} IN ACCESS SHARE MODE".encode(), reporter.advance)
        reporter.advance(0)


class _BlockReader(io.RawIOBase):
    """What an iterator of bytes gives, read in any sizes; closing it closes a generator that was not at its end."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one block does; 0 only at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """End the iterator."""
        if not self.closed and isinstance(self._blocks, Generator):
            self._blocks.close()
        super().close()
