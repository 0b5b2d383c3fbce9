"""The PostgreSQL engine: one database of a server, through psycopg and pg_dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from hctui.databases.engine import Outline, Restoration, RestorationOutcome, RestorationRequest, Snapshot, SnapshotRequest, Undo
from hctui.databases.postgresql import (
    catalogue,
    client_programs,
    full_restore,
    lost_objects,
    schema_diff,
    snapshot,
    table_restore,
    undo,
)
from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.server import Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.databases.warnings import reference_note
from hctui.errors import DatabaseMissing
from hctui.events import Reporter
from hctui.messages import Message
from hctui.model import Database, DatabaseManifest, Session, Table


class PostgresqlEngine:
    """One database of a PostgreSQL server, named by its URL."""

    def __init__(self, database: Database) -> None:
        """Parse the location, without connecting. Raises `DatabaseError` for one that is no URL."""
        self.database = database
        self._address = Address(database.alias, database.location)

    def exists(self) -> bool:
        """Return whether the server has the database. Raises `ServerUnreachable`."""
        with closing(Server(self._address)) as server:
            return server.find(server.name) is not None

    def tables(self) -> tuple[Table, ...]:
        """List the tables that hold rows: of a partitioned table its partitions. Rows are counted in small databases only.

        Sizes are without indexes, which a backup holds as definitions. Raises `DatabaseMissing`,
        `DatabaseUnreadable`, `ServerUnreachable`.
        """
        with self._opened() as connection:
            found = catalogue.read_tables(connection)
            exact = sum(table.size for table in found) <= catalogue.EXACT_UP_TO
            rows = catalogue.count_rows(connection, found) if exact else {}
            return tuple(
                Table(
                    table.name,
                    role_of_table(self.database, table),
                    rows.get(table.name),
                    table.size,
                    columns=table.columns,
                )
                for table in found
            )

    def outline(self) -> Outline:
        """Return the tables and the bytes of all rows."""
        tables = self.tables()
        return Outline(tables, sum(table.size for table in tables))

    def paths(self) -> tuple[Path, ...]:
        """Return nothing: the files of a server are not read or written by hctui."""
        return ()

    @contextmanager
    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> Iterator[Snapshot]:
        """Hold one transaction that sees the database as of one instant, while others go on writing.

        Raises `DatabaseMissing`, `DatabaseUnreadable`, `ProgramMissing`, `MissingRights`, `ServerUnreachable`.
        """
        with self._opened() as connection, snapshot.open_snapshot(self.database, connection, request, reporter) as opened:
            yield opened

    def check_backup(self) -> None:
        """Raise `ProgramMissing` if no pg_dump fits the server, `MissingRights` if the role may not read every table."""
        with self._opened() as connection:
            client_programs.find_program(connection.address.alias, connection.major)
            catalogue.refuse_unreadable(connection, catalogue.tables_of_snapshot(connection))

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Return why a partial restore of `tables` would fail; a whole restore brings its own schema."""
        with closing(Server(self._address)) as server:
            if server.find(server.name) is None:
                return ()
        with self._opened() as connection:
            return schema_diff.conflicts_with(connection, source, tables)

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Return the objects made since a whole backup, or for a partial restore the other tables that refer to `tables`."""
        with self._opened() as connection:
            if whole:
                return lost_objects.lost_objects_note(connection, source)
            return reference_note(catalogue.references_to(connection, tables))

    def sessions(self) -> tuple[Session, ...]:
        """Return the other sessions with their user, program and address, and what they run."""
        with closing(Server(self._address)) as server:
            return server.sessions()

    @contextmanager
    def restoration(self, request: RestorationRequest) -> Iterator[Restoration]:
        """Begin a restore: a whole one into a new database beside the live one, a partial one through files staged here."""
        with closing(Server(self._address)) as server:
            exists = server.find(server.name) is not None
            begin = table_restore.open_restoration if exists and not request.whole else full_restore.open_restoration
            with begin(self.database, server, request) as restoration:
                yield restoration

    def undo_kept(self) -> Undo | None:
        """Return the undo that the last restore left."""
        with closing(Server(self._address)) as server:
            return undo.describe(server)

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Put back what the last restore replaced, and keep what that replaces: a second undo does the restore again."""
        with closing(Server(self._address)) as server:
            return undo.undo(self.database, server, reporter)

    def drop_undo(self) -> None:
        """Delete the undo."""
        with closing(Server(self._address)) as server:
            undo.drop(server)

    def recover(self) -> Message | None:
        """Roll back a killed restore; see `undo.recover`."""
        with closing(Server(self._address)) as server:
            return undo.recover(server)

    def _opened(self) -> Connection:
        with closing(Server(self._address)) as server:
            if server.find(server.name) is None:
                raise DatabaseMissing(alias=self.database.alias, location=self._address.shown)
            return server.open_live()
