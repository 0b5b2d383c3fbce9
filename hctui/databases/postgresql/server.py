"""The server of a database, over a connection to another of its databases: its databases, locks and sessions.

Beside a database `x` hctui keeps `x__hctui_new` (a restore under way) and `x__hctui_undo` (what the last restore replaced);
during a swap there are also `x__hctui_old` (an undo that is no longer kept) and `x__hctui_none` (an empty database that becomes
the undo where there was no database). The comment of each holds its `Record`. Name and comment change in one transaction, so
that a killed restore leaves no database of unknown purpose.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import psycopg
from msgspec import Struct, field

from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.errors import hctui_error
from hctui.databases.postgresql.identifiers import companion, literal, quoted
from hctui.databases.postgresql.sessions import named, read_sessions
from hctui.errors import (
    DatabaseError,
    DatabaseInUse,
    DatabaseUnreadable,
    HctuiError,
    MissingRights,
    ServerUnreachable,
)
from hctui.messages import N_
from hctui.model import Session

PATIENCE = 1.0
"""Seconds for which a session that has just ended may still be listed."""
_POLL_SECONDS = 0.02
_RESTART_SECONDS = 20
"""How long a rollback waits for a server that restarts."""
_OTHER_DATABASES = ("postgres", "template1")
"""Databases that nearly every server has, to connect to in place of the live one."""


class Record(Struct, frozen=True):
    """The content of the comment of a database that hctui made, as JSON."""

    hctui: str
    """`new`, `undo` or `old`."""
    database: str
    """The live database that it belongs to."""
    made: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    origin: str = ""
    kind: str = ""
    """Of an undo: `whole`, `tables` or `absent` (there was no database before)."""
    tables: tuple[str, ...] = ()
    comment: str | None = None
    """Of a whole undo: the comment of the database before the swap."""
    closed: bool = False
    """Of `new`: the live database was closed to others for the swap, and has to be opened again."""
    created: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of `tables`: those that the restore created, with the statements that create them before and after their rows."""
    dropped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of `tables`: those that an undo dropped."""


class DatabaseInfo(Struct, frozen=True):
    """A database of the server."""

    name: str
    open: bool
    comment: str | None
    size: int
    tablespace: str
    owner: str

    @property
    def record(self) -> Record | None:
        """Return the record in its comment, None for a database that is not hctui's own."""
        try:
            return msgspec.json.decode(self.comment or "", type=Record)
        except msgspec.MsgspecError:
            return None


class Server:
    """The server of one live database; connected to another database, so that the live one can be renamed."""

    def __init__(self, address: Address) -> None:
        """Connect. Raises `ServerUnreachable`."""
        self.address = address
        self.name = address.name
        self.new, self.undo, self.old, self.none = (companion(address.name, each) for each in ("new", "undo", "old", "none"))
        self.connection = _connect(address)
        self.own_processes: set[int] = {self.connection.process}
        """Server processes of hctui's own connections."""
        self.closed = False
        """Whether `close_and_disconnect` closed the live database, and nothing opened it since."""

    def open_live(self) -> Connection:
        """Connect to the live database, which must exist.

        Raises `DatabaseUnreadable` if it is damaged: the server answers, and no right, limit or access rule refuses this role.
        Otherwise `MissingRights`, `ServerUnreachable` or `DatabaseError`.
        """
        try:
            connection = Connection(self.address)
        except ServerUnreachable as error:
            reason = self._why_closed(error)
            if reason is None:
                raise
            raise reason from error
        self.own_processes.add(connection.process)
        return connection

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def find(self, name: str) -> DatabaseInfo | None:
        """Return a database by its exact name, None if there is none."""
        sql = (
            "SELECT datname, datallowconn, shobj_description(oid, 'pg_database'),"
            " CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END,"
            " (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace), pg_get_userbyid(datdba)"
            " FROM pg_database WHERE datname = %s"
        )
        rows = self.connection.query(sql, (name,))
        return DatabaseInfo(*rows[0]) if rows else None

    def sessions(self, *, patience: float = 0.2) -> tuple[Session, ...]:
        """Return the other sessions on the live database that stay for `patience` seconds."""
        until = time.monotonic() + patience
        while (found := self._other_sessions()) and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        return found

    def refuse_sessions(self, *, disconnect: bool) -> None:
        """Raise `DatabaseInUse` with the names of other sessions, if any; with `disconnect` end them first."""
        until = time.monotonic() + PATIENCE * (10 if disconnect else 1)
        while found := self._other_sessions():
            if time.monotonic() >= until:
                raise DatabaseInUse(alias=self.address.alias, who=named(found))
            for session in found if disconnect else ():
                self.connection.query("SELECT pg_terminate_backend(%s)", (session.process,))
            time.sleep(_POLL_SECONDS)

    def close_and_disconnect(self, *, disconnect: bool) -> None:
        """Close the live database to new sessions, then refuse or end the others: nobody writes to it before the swap.

        The comment of `new` records it, so that `recover` opens the database after a kill. Raises `DatabaseInUse`.
        """
        record = Record("new", self.name, closed=True)
        self.closed = True
        try:
            closing = allow_connections_statement(self.name, allow=False)
            self.run_in_transaction((self.comment_statement(self.new, record), closing))
        except MissingRights:
            self.closed = False  # if the connection was lost instead, it may be closed
            raise
        self.refuse_sessions(disconnect=disconnect)

    def roll_back(self) -> None:
        """Drop an unfinished restore and open the live database again; wait some seconds for a server that restarts.

        Raises `DatabaseError` if it does not come back; then `recover` does this at the next start.
        """
        if not self._answers():
            self._connect_again()
            if not self.try_lock():
                return  # another hctui does it
        if self.closed:
            self.allow_connections()
        self.closed = False
        for name in (self.new, self.none):
            self.drop(name)

    def allow_connections(self) -> None:
        """Open the live database to others again."""
        self.connection.run(allow_connections_statement(self.name, allow=True))

    def lock(self) -> None:
        """Take the lock on restores of the live database, on any machine. Raises `DatabaseInUse` if another hctui has it."""
        if not self.try_lock():
            raise DatabaseInUse(alias=self.address.alias, who=N_("another restore by hctui"))

    def try_lock(self) -> bool:
        """Take the lock and return whether it was free; the server releases it when the connection ends."""
        return bool(self.connection.query("SELECT pg_try_advisory_lock(%s)", (self._key(),))[0][0])

    def unlock(self) -> None:
        """Release the lock."""
        self.connection.query("SELECT pg_advisory_unlock(%s)", (self._key(),))

    def comment_statement(self, name: str, record: Record) -> str:
        """Return the statement that writes `record` into the comment of a database."""
        return f"COMMENT ON DATABASE {quoted(name)} IS {literal(msgspec.json.encode(record).decode())};"

    def drop(self, name: str) -> None:
        """Drop a database of hctui's own, if it exists."""
        force = " WITH (FORCE)" if self.connection.major >= 13 else ""
        self.connection.run(f"DROP DATABASE IF EXISTS {quoted(name)}{force}")

    def run_in_transaction(self, statements: Iterable[str]) -> None:
        """Run statements as one transaction. Raises `DatabaseInUse` with the names of sessions on the live database."""
        try:
            with self.connection.driver.transaction():
                for statement in statements:
                    self.connection.driver.execute(statement.encode())
        except psycopg.errors.ObjectInUse as error:
            who = named(self._other_sessions()) or N_("another program")
            raise DatabaseInUse(alias=self.address.alias, who=who) from error
        except psycopg.Error as error:
            raise hctui_error(error, self.address) from error

    def _why_closed(self, error: ServerUnreachable) -> DatabaseError | None:
        """Return the reason why the live database refuses this role, None if `error` states it already."""
        address = self.address
        allowed, granted, limit, connected = self.connection.query(
            "SELECT datallowconn, has_database_privilege(oid, 'CONNECT'), datconnlimit,"
            " (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) FROM pg_database d WHERE datname = %s",
            (self.name,),
        )[0]
        if not allowed:
            reason = N_("it is closed to everybody (ALLOW_CONNECTIONS false). Open it, or start hctui's restore or undo again.")
            return DatabaseError(alias=address.alias, reason=reason)
        if not granted:
            return MissingRights(alias=address.alias, user=self.connection.user, reason=N_("it may not connect."))
        if 0 <= int(limit) <= int(connected) or not _is_damage(error):
            return None
        return DatabaseUnreadable(alias=address.alias, location=address.shown, reason=error.message.values["reason"])

    def _other_sessions(self) -> tuple[Session, ...]:
        return read_sessions(self.connection, self.name, self.own_processes)

    def _answers(self) -> bool:
        try:
            return bool(self.connection.query("SELECT 1"))
        except DatabaseError:
            return False

    def _connect_again(self) -> None:
        self.connection.close()
        until = time.monotonic() + _RESTART_SECONDS
        while True:
            try:
                self.connection = _connect(self.address)
            except ServerUnreachable as error:
                if time.monotonic() < until:
                    time.sleep(_POLL_SECONDS)
                    continue
                reason = N_(
                    "the server went away while a restore was under way, and has not come back. The database is as it was;"
                    " hctui puts the rest in order when it next looks at it."
                )
                raise DatabaseError(alias=self.address.alias, reason=reason) from error
            self.own_processes.add(self.connection.process)
            return

    def _key(self) -> int:
        digest = hashlib.blake2b(f"hctui restore {self.name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def allow_connections_statement(database: str, *, allow: bool) -> str:
    """Return the statement that opens a database to sessions, or closes it."""
    return f"ALTER DATABASE {quoted(database)} WITH ALLOW_CONNECTIONS {str(allow).lower()}"


def _connect(address: Address) -> Connection:
    failure: HctuiError | None = None
    for name in _OTHER_DATABASES:
        if name != address.name:
            try:
                return Connection(address, name)
            except ServerUnreachable as error:
                failure = failure or error
    assert failure is not None
    raise failure


def _is_damage(error: ServerUnreachable) -> bool:
    """Return whether the server answered and refused for another reason than its access rules; libpq gives only its text."""
    answer = str(error.__cause__)
    return "FATAL" in answer and "pg_hba.conf" not in answer
