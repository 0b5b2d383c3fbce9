"""Full restore: a new database is created beside the live one, filled, and swapped in by rename.

Until the swap nothing of the live database changes. To restore:

1. create the database `new`, run the schema script without indexes and keys, and load rows over several connections; indexes
   and keys are created as soon as the rows that they need are loaded;
2. `prepare`: create the kept tables that the backup does not have, and everything else that needs no kept rows;
3. `commit`: close the live database to others, copy the kept rows, run what needs them, and swap.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import psycopg
from msgspec.structs import replace

from hctui.databases.engine import RestorationOutcome, RestorationRequest
from hctui.databases.postgresql import catalogue, database_settings
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.database_settings import Properties
from hctui.databases.postgresql.database_swap import swap_in
from hctui.databases.postgresql.dump_script import DumpEntry, parse_script
from hctui.databases.postgresql.errors import hctui_error
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.index_builder import IndexBuilder
from hctui.databases.postgresql.kept_tables import KeptTables
from hctui.databases.postgresql.layout import AFTER, BEFORE, LARGE_OBJECTS, SEQUENCES, is_rows
from hctui.databases.postgresql.lost_objects import find_lost_objects, lost_objects_warning
from hctui.databases.postgresql.row_loader import RowLoader
from hctui.databases.postgresql.script_runner import StatementSink, run_entries
from hctui.databases.postgresql.server import Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.errors import DatabaseDamaged, DatabaseUnreadable, TableRefused
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Database, Part, Table

_DEFAULT_TABLESPACE = "pg_default"


@contextmanager
def open_restoration(database: Database, server: Server, request: RestorationRequest) -> Iterator[FullRestoration]:
    """Begin a full restore; leaving drops the new database unless it was swapped in, and opens the live one to others again."""
    server.lock()
    if not request.disconnect:
        server.refuse_sessions(disconnect=False)
    restoration = FullRestoration(database, server, request)
    try:
        yield restoration
    finally:
        restoration.close()


class FullRestoration:
    """A full restore under way, or a partial one into a database that does not exist."""

    any_order = True

    def __init__(self, database: Database, server: Server, request: RestorationRequest) -> None:
        self._database = database
        self._server = server
        self._request = request
        self._source = request.source
        self._alias = database.alias
        self._live = server.find(server.name)
        self._properties = Properties.from_json(self._source.details.get("database"))
        self._refused: list[str] = []
        self._after: list[DumpEntry] = []
        self._kept: KeptTables | None = None
        self._committed = False
        self._stage: Connection | None = None
        self._live_connection: Connection | None = None
        self._builder = IndexBuilder(self._connect)
        self._loader = RowLoader(self._alias, self._source, self._connect, self._builder.rows_loaded)

    def wanted(self) -> tuple[Part, ...]:
        """Return the schema, large objects and sequences, then the rows of the wanted tables. Raises `TableRefused`.

        Large tables come first: their indexes are made while the rows of other tables are loaded.
        """
        parts = {part.path: part for part in self._source.parts}
        for path in (BEFORE, AFTER):
            if path not in parts:
                raise DatabaseDamaged(alias=self._alias, reason=message(N_("{file} is missing."), file=path))
        rows = {part.table: part for part in self._source.parts if is_rows(part)}
        left_out = {table.name for table in self._source.tables if table.left_out}
        for name in self._request.tables:
            if name not in rows:
                reason = N_("it was left out of the backup.") if name in left_out else N_("it is not in the backup.")
                raise TableRefused(alias=self._alias, table=name, reason=reason)
        others = [parts[path] for path in (LARGE_OBJECTS, SEQUENCES) if path in parts]
        large_first = sorted((rows[name] for name in self._request.tables), key=lambda part: part.size, reverse=True)
        return (parts[BEFORE], parts[AFTER], *others, *large_first)

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Give a stream that loads a part into the new database, which nobody else sees before the swap."""
        if is_rows(part):
            with self._loader.receive(part) as rows:
                yield rows
        elif part.path in (LARGE_OBJECTS, SEQUENCES):
            sink = StatementSink(self._staging())
            yield cast(BinaryIO, sink)
            sink.finish()
            self._refused += sink.refused
        else:
            script = io.BytesIO()
            yield script
            self._load_schema(part, parse_script(script.getvalue()))

    def prepare(self, reporter: Reporter) -> None:
        """Create the kept tables, the indexes and keys, and the rest of the schema that needs no kept rows."""
        self._loader.close()
        stage = self._staging()
        advance = reporter.advance
        if self._live is not None:
            self._live_connection = self._open_live()
        if self._live_connection is not None:
            self._kept = KeptTables.find(self._live_connection, stage, self._request)
            self._kept.create(advance)
        now, self._after = self._kept.split_entries(self._after) if self._kept is not None else (self._after, [])
        self._refused += self._builder.finish(stage, advance)
        self._refused += run_entries(stage, now, advance)
        self._report_refused(reporter)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Close the live database to others, copy the kept rows, and swap."""
        reporter.advance(0)
        stage = self._staging()
        if self._live is not None:
            self._server.close_and_disconnect(disconnect=self._request.disconnect)
        if self._kept is not None:
            self._kept.copy_rows(reporter.advance)
        self._refused += run_entries(stage, self._after, reporter.advance)
        if self._kept is not None:
            self._kept.attach_partitions()
        self._drop_unwanted(stage)
        tables = tuple(self._outcome(catalogue.read_tables(stage)))
        comment = self._finish_properties()
        self._report_refused(reporter)
        lost = find_lost_objects(self._live_connection, stage) if self._live_connection is not None else []
        stage.close()
        if self._live_connection is not None:
            self._live_connection.close()
        names = tuple(dict.fromkeys((*self._request.tables, *self._request.drop)))
        record = Record("undo", self._server.name, origin=self._request.origin, kind="whole" if self._live else "absent",
                        tables=names, comment=self._live.comment if self._live else None)  # fmt: skip
        swap_in(self._server, self._live, record, comment)
        self._committed = True
        if lost:
            reporter.warn(lost_objects_warning(self._alias, self._server.undo, lost))
        return RestorationOutcome(tables, self._kept.names if self._kept else ())

    def close(self) -> None:
        """Drop the new database unless it was swapped in, and open the live one to others."""
        self._builder.stop()
        self._loader.close()
        for connection in (self._stage, self._live_connection):
            if connection is not None:
                connection.close()
        if not self._committed:
            self._server.roll_back()
        self._server.unlock()

    def _staging(self) -> Connection:
        if self._stage is None:
            server = self._server
            server.drop(server.new)
            self._create()
            server.connection.run(server.comment_statement(server.new, Record("new", server.name)))
            self._stage = self._connect()
        return self._stage

    def _connect(self) -> Connection:
        """Connect to the new database. Its commits do not wait for the disk: the swap, later in the log, does."""
        connection = Connection(self._server.address, self._server.new)
        self._server.own_processes.add(connection.process)
        connection.run("SET synchronous_commit = off")
        return connection

    def _create(self) -> None:
        """Create the new database with the properties in the backup, else those of the live one, else the server's defaults."""
        server, tablespace = self._server, ""
        if self._live is not None and self._live.tablespace != _DEFAULT_TABLESPACE:  # naming the default needs a right
            tablespace = f" TABLESPACE {quoted(self._live.tablespace)}"
        like = self._properties or (database_settings.read_properties(server.connection, server.name) if self._live else None)
        if like is None:
            server.connection.run(f"CREATE DATABASE {quoted(server.new)} TEMPLATE template0{tablespace}")
            return
        try:
            server.connection.driver.execute((database_settings.create_statement(server.new, like) + tablespace).encode())
        except (psycopg.errors.InvalidParameterValue, psycopg.errors.WrongObjectType, psycopg.errors.FeatureNotSupported,
                psycopg.errors.UndefinedObject) as error:  # fmt: skip
            self._refused.append(str(error.diag.message_primary))
            server.connection.run(database_settings.create_statement(server.new, like, exact=False) + tablespace)
        except psycopg.Error as error:
            raise hctui_error(error, server.address) from error

    def _load_schema(self, part: Part, entries: list[DumpEntry]) -> None:
        stage = self._staging()
        if part.path == BEFORE:
            self._refused += run_entries(stage, entries, lambda _: None)
            stage.reset_settings()
            self._loader.set_tables(catalogue.read_tables(stage))
        else:
            indexes = [
                DumpEntry(each.name, "INDEX", "", each.definition.encode(errors="surrogateescape"))
                for each in self._source.indexes
            ]
            self._after = self._builder.add([*entries[:1], *indexes, *entries[1:]], self._request.tables)

    def _open_live(self) -> Connection | None:
        try:
            return self._server.open_live()
        except DatabaseUnreadable:
            return None

    def _drop_unwanted(self, stage: Connection) -> None:
        """Drop the tables of the backup that are not wanted; those left out of it stay, empty unless they are kept."""
        wanted = {*self._request.tables, *(table.name for table in self._source.tables if table.left_out)}
        wanted |= set(self._kept.names) if self._kept else set()
        listed = {table.name for table in self._source.tables}
        for table in catalogue.read_tables(stage):
            if table.name in listed and table.name not in wanted:
                stage.run(f"DROP TABLE {table.sql} CASCADE")

    def _finish_properties(self) -> str | None:
        """Set the properties of the new database; return its comment."""
        if self._properties is None:
            return self._live.comment if self._live else None
        owner = self._live.owner if self._live else self._properties.owner
        properties = replace(self._properties, owner=owner)
        self._refused += database_settings.apply(self._server.connection, properties, self._server.new)
        return self._properties.comment

    def _report_refused(self, reporter: Reporter) -> None:
        for each in dict.fromkeys(self._refused):
            reporter.warn(message(N_("{alias}: not everything of the server could be restored: {reason}."), alias=self._alias,
                                  reason=each.rstrip(".")))  # fmt: skip
        self._refused = []

    def _outcome(self, tables: tuple[StoredTable, ...]) -> Iterator[Table]:
        rows, sizes = self._loader.rows, self._loader.sizes
        for table in tables:
            if table.name in self._request.tables:
                role = role_of_table(self._database, table)
                size = sizes.get(table.name, table.size)
                yield Table(table.name, role, rows.get(table.name), size, columns=table.columns)
