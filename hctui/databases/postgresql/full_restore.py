"""Whole restore: a new database is made beside the live one, filled, and swapped in by rename."""

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
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.database_settings import Properties
from hctui.databases.postgresql.database_swap import swap_in
from hctui.databases.postgresql.dump_script import Entry, entries
from hctui.databases.postgresql.errors import as_ours
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.index_builder import Building
from hctui.databases.postgresql.kept_tables import Kept
from hctui.databases.postgresql.layout import AFTER, BEFORE, LARGE_OBJECTS, SEQUENCES, is_rows
from hctui.databases.postgresql.lost_objects import left_behind, told_left_behind
from hctui.databases.postgresql.row_loader import RowLoader
from hctui.databases.postgresql.script_runner import StatementsSink, replay
from hctui.databases.postgresql.server import Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.errors import DatabaseDamaged, DatabaseUnreadable, TableRefused
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Database, Part, Table

_USUAL_TABLESPACE = "pg_default"


@contextmanager
def begun(database: Database, server: Server, request: RestorationRequest) -> Iterator[WholeRestoration]:
    """Make the new database; leaving drops it unless it was swapped in, and opens the live one again."""
    server.hold()
    if not request.disconnect:
        server.refuse_sessions(disconnect=False)
    restoration = WholeRestoration(database, server, request)
    try:
        yield restoration
    finally:
        restoration.close()


class WholeRestoration:
    """A whole restore under way, or a partial one to where no database is."""

    any_order = True

    def __init__(self, database: Database, server: Server, request: RestorationRequest) -> None:
        self._database = database
        self._server = server
        self._request = request
        self._source = request.source
        self._alias = database.alias
        self._live = server.find(server.name)
        self._properties = Properties.of_json(self._source.details.get("database"))
        self._refused: list[str] = []
        self._after: list[Entry] = []
        self._kept: Kept | None = None
        self._committed = False
        self._stage: Link | None = None
        self._live_link: Link | None = None
        self._building = Building(self._connect)
        self._loader = RowLoader(self._alias, self._source, self._connect, self._building.loaded)

    def wanted(self) -> tuple[Part, ...]:
        """Return the schema, large objects and sequences, then the rows of the tables asked for. Raises `TableRefused`.

        Large tables come first: their indexes are made while the rows of others are loaded.
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
        """Take a part into the new database; nobody else sees that before the swap."""
        if is_rows(part):
            with self._loader.receive(part) as rows:
                yield rows
        elif part.path in (LARGE_OBJECTS, SEQUENCES):
            sink = StatementsSink(self._staging())
            yield cast(BinaryIO, sink)
            sink.finish()
            self._refused += sink.refused
        else:
            held = io.BytesIO()
            yield held
            self._take_schema(part, entries(held.getvalue()))

    def prepare(self, reporter: Reporter) -> None:
        """Make indexes, keys and the rest, but for what needs the tables that stay as they are now."""
        self._loader.close()
        stage = self._staging()
        look = reporter.advance
        if self._live is not None:
            self._live_link = self._open_live()
        if self._live_link is not None:
            self._kept = Kept.found(self._live_link, stage, self._request)
            self._kept.make(look)
        todo, self._after = self._kept.sort(self._after) if self._kept is not None else (self._after, [])
        self._refused += self._building.finish(stage, look)
        self._refused += replay(stage, todo, look)
        self._tell_refused(reporter)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Close the live database to others, copy what stays as it is, and swap."""
        reporter.advance(0)
        stage = self._staging()
        if self._live is not None:
            self._server.keep_others_out(disconnect=self._request.disconnect)
        if self._kept is not None:
            self._kept.fill(reporter.advance)
        self._refused += replay(stage, self._after, reporter.advance)
        if self._kept is not None:
            self._kept.attach()
        self._drop_unwanted(stage)
        found = tuple(self._outcome(catalogue.read_tables(stage)))
        comment = self._finish_properties(reporter)
        left = left_behind(self._live_link, stage) if self._live_link is not None else []
        stage.close()
        if self._live_link is not None:
            self._live_link.close()
        names = tuple(dict.fromkeys((*self._request.tables, *self._request.drop)))
        record = Record("undo", self._server.name, origin=self._request.origin, kind="whole" if self._live else "absent",
                        tables=names, comment=self._live.comment if self._live else None)  # fmt: skip
        swap_in(self._server, self._live, record, comment)
        self._committed = True
        if left:
            reporter.warn(told_left_behind(self._alias, self._server.undo, left))
        return RestorationOutcome(found, self._kept.names if self._kept else ())

    def close(self) -> None:
        """Drop what was not swapped in, and let others in again."""
        self._building.stop()
        self._loader.close()
        for link in (self._stage, self._live_link):
            if link is not None:
                link.close()
        if not self._committed:
            self._server.give_up()
        self._server.let_go()

    def _staging(self) -> Link:
        if self._stage is None:
            server = self._server
            server.drop(server.new)
            self._create()
            server.link.run(server.note(server.new, Record("new", server.name)))
            self._stage = self._connect()
        return self._stage

    def _connect(self) -> Link:
        """Connect to the new database. What it commits need not be on the disk before the swap, which is, and follows it."""
        link = Link(self._server.address, self._server.new)
        self._server.own.add(link.process)
        link.run("SET synchronous_commit = off")
        return link

    def _create(self) -> None:
        """Make the new database as the backup's was, else as the live one is, else as the server usually does."""
        server, tablespace = self._server, ""
        if self._live is not None and self._live.tablespace != _USUAL_TABLESPACE:  # naming that one needs a right of its own
            tablespace = f" TABLESPACE {quoted(self._live.tablespace)}"
        like = self._properties or (database_settings.read_properties(server.link, server.name) if self._live else None)
        if like is None:
            server.link.run(f"CREATE DATABASE {quoted(server.new)} TEMPLATE template0{tablespace}")
            return
        try:
            server.link.connection.execute((database_settings.creation(server.new, like) + tablespace).encode())
        except (psycopg.errors.InvalidParameterValue, psycopg.errors.WrongObjectType, psycopg.errors.FeatureNotSupported,
                psycopg.errors.UndefinedObject) as error:  # fmt: skip
            self._refused.append(str(error.diag.message_primary))
            server.link.run(database_settings.creation(server.new, like, exact=False) + tablespace)
        except psycopg.Error as error:
            raise as_ours(error, server.address) from error

    def _take_schema(self, part: Part, found: list[Entry]) -> None:
        stage = self._staging()
        if part.path == BEFORE:
            self._refused += replay(stage, found, lambda _: None)
            stage.settle()
            self._loader.begin(catalogue.read_tables(stage))
        else:
            indexes = [
                Entry(each.name, "INDEX", "", each.definition.encode(errors="surrogateescape")) for each in self._source.indexes
            ]
            self._after = self._building.take([*found[:1], *indexes, *found[1:]], self._request.tables)

    def _open_live(self) -> Link | None:
        try:
            return self._server.open_live()
        except DatabaseUnreadable:
            return None

    def _drop_unwanted(self, stage: Link) -> None:
        """Drop the tables of the backup that nobody asked for; those left out of it come empty where none is kept."""
        wanted = {*self._request.tables, *(table.name for table in self._source.tables if table.left_out)}
        wanted |= set(self._kept.names) if self._kept else set()
        listed = {table.name for table in self._source.tables}
        for table in catalogue.read_tables(stage):
            if table.name in listed and table.name not in wanted:
                stage.run(f"DROP TABLE {table.sql} CASCADE")

    def _finish_properties(self, reporter: Reporter) -> str | None:
        """Give the new database what the old one had beside its content; return its comment."""
        if self._properties is None:
            return self._live.comment if self._live else None
        owner = self._live.owner if self._live else self._properties.owner
        self._refused = database_settings.apply(self._server.link, replace(self._properties, owner=owner), self._server.new)
        self._tell_refused(reporter)
        return self._properties.comment

    def _tell_refused(self, reporter: Reporter) -> None:
        for each in dict.fromkeys(self._refused):
            reporter.warn(message(N_("{alias}: not everything of the server could be restored: {reason}."), alias=self._alias,
                                  reason=each.rstrip(".")))  # fmt: skip
        self._refused = []

    def _outcome(self, found: tuple[StoredTable, ...]) -> Iterator[Table]:
        rows, sizes = self._loader.rows, self._loader.sizes
        for table in found:
            if table.name in self._request.tables:
                role = role_of_table(self._database, table)
                size = sizes.get(table.name, table.size)
                yield Table(table.name, role, rows.get(table.name), size, columns=table.columns)
