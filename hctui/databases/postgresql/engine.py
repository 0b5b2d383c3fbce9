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
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.server import Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.databases.warnings import pointing_note
from hctui.errors import DatabaseMissing
from hctui.events import Reporter
from hctui.messages import Message
from hctui.model import Database, DatabaseManifest, Session, Table


class PostgresqlEngine:
    """One database of a PostgreSQL server, named by its URL."""

    def __init__(self, database: Database) -> None:
        """Take the location apart; nothing is connected to yet. Raises `DatabaseError` for one that is no URL."""
        self.database = database
        self._address = Address(database.alias, database.location)

    def exists(self) -> bool:
        """Tell whether the server has the database. Raises `ServerUnreachable`."""
        with closing(Server(self._address)) as server:
            return server.find(server.name) is not None

    def tables(self) -> tuple[Table, ...]:
        """List the tables that hold rows, leaves of partitioned ones each for itself; rows are counted in small databases.

        Indexes are definitions in a backup, so that their size counts for nothing. Raises `DatabaseMissing`,
        `DatabaseUnreadable`, `ServerUnreachable`.
        """
        with self._opened() as link:
            found = catalogue.read_tables(link)
            exact = sum(table.size for table in found) <= catalogue.EXACT_UP_TO
            rows = catalogue.count_rows(link, found) if exact else {}
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
        """Tell tables and the bytes of all rows."""
        tables = self.tables()
        return Outline(tables, sum(table.size for table in tables))

    def paths(self) -> tuple[Path, ...]:
        """Return nothing: where a server keeps its files is its own affair."""
        return ()

    @contextmanager
    def snapshot(self, request: SnapshotRequest, reporter: Reporter) -> Iterator[Snapshot]:
        """Hold one transaction that sees the database as it is at one instant, while others go on writing.

        Raises `DatabaseMissing`, `DatabaseUnreadable`, `ProgramMissing`, `MissingRights`, `ServerUnreachable`.
        """
        with self._opened() as link, snapshot.taking(self.database, link, request, reporter) as taken:
            yield taken

    def check_backup(self) -> None:
        """Raise `ProgramMissing` where no pg_dump fits the server, `MissingRights` where the role may not read all of it."""
        with self._opened() as link:
            client_programs.find(link.address.alias, link.major)
            catalogue.refuse_unreadable(link, catalogue.tables_of_snapshot(link))

    def conflicts(self, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
        """Say which of `tables` can't be put back row by row, as a partial restore does; a whole one brings its own schema."""
        with closing(Server(self._address)) as server:
            if server.find(server.name) is None:
                return ()
        with self._opened() as link:
            return schema_diff.conflicts_with(link, source, tables)

    def notes(self, source: DatabaseManifest, tables: Sequence[str], *, whole: bool) -> tuple[Message, ...]:
        """Name the tables that point to one of `tables` and are none of them; of the whole, views, functions … made since."""
        with self._opened() as link:
            if whole:
                return lost_objects.planned(link, source)
            return pointing_note(catalogue.pointing(link, tables))

    def sessions(self) -> tuple[Session, ...]:
        """Return who else is connected, by user, program and address, and what they run."""
        with closing(Server(self._address)) as server:
            return server.sessions()

    @contextmanager
    def restoration(self, request: RestorationRequest) -> Iterator[Restoration]:
        """Begin a restore: a whole one into a database made beside the live one, a partial one from files staged here."""
        with closing(Server(self._address)) as server:
            exists = server.find(server.name) is not None
            kind = table_restore.begun if exists and not request.whole else full_restore.begun
            with kind(self.database, server, request) as begun:
                yield begun

    def undo_kept(self) -> Undo | None:
        """Return what the last restore replaced."""
        with closing(Server(self._address)) as server:
            return undo.described(server)

    def undo(self, reporter: Reporter) -> RestorationOutcome:
        """Put it back, keeping in turn what that replaces: a second undo does the restore again."""
        with closing(Server(self._address)) as server:
            return undo.undo(self.database, server, reporter)

    def drop_undo(self) -> None:
        """Delete it."""
        with closing(Server(self._address)) as server:
            undo.drop(server)

    def recover(self) -> Message | None:
        """Finish or roll back what a killed run left; see `undo.recover`."""
        with closing(Server(self._address)) as server:
            return undo.recover(server)

    def _opened(self) -> Link:
        with closing(Server(self._address)) as server:
            if server.find(server.name) is None:
                raise DatabaseMissing(alias=self.database.alias, location=self._address.shown)
            return server.open_live()
