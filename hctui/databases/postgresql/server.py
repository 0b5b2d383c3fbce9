"""A server seen from another of its databases: which databases there are, who is connected, and swaps by rename.

Beside a database `x` hctui keeps `x__hctui_new` (a restore under way), `x__hctui_undo` (what the last one replaced) and for
a moment `x__hctui_old` (an undo that is no longer kept) and `x__hctui_none` (an empty one, which stands for none). What each is
stands in its comment, which changes with its name in one transaction.
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
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.errors import as_ours
from hctui.databases.postgresql.identifiers import beside, literal, quoted
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
"""Seconds for which whoever just disconnected may still be seen."""
_LOOK_SECONDS = 0.02
_RESTART_SECONDS = 20
"""How long a server that went away is waited for, to put in order what was begun on it."""
_FROM = ("postgres", "template1")
"""Databases that nearly every server has, to look at the others from."""


class Record(Struct, frozen=True):
    """What hctui notes in the comment of a database of its own."""

    hctui: str
    """`new`, `undo` or `old`."""
    database: str
    """The one it stands beside."""
    made: datetime = field(default_factory=lambda: datetime.now(UTC).astimezone())
    origin: str = ""
    kind: str = ""
    """Of an undo: `whole`, `tables` or `absent` (there was no database)."""
    tables: tuple[str, ...] = ()
    comment: str | None = None
    """The comment that the database had."""
    closed: bool = False
    """Of `new`: the live database was closed to others for the swap, and is to be opened again."""
    created: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of `tables`: those that the restore made, with the statements that make them before and after their rows."""
    dropped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of `tables`: those that an undo dropped."""


class Found(Struct, frozen=True):
    """A database of the server."""

    name: str
    open: bool
    comment: str | None
    size: int
    tablespace: str
    owner: str

    @property
    def record(self) -> Record | None:
        """Return what hctui noted, where the database is hctui's own."""
        try:
            return msgspec.json.decode(self.comment or "", type=Record)
        except msgspec.MsgspecError:
            return None


class Server:
    """A connection to another database of the server that holds one; a context manager through its link."""

    def __init__(self, address: Address) -> None:
        """Connect. Raises `ServerUnreachable`."""
        self.address = address
        self.name = address.name
        self.new, self.undo, self.old, self.none = (beside(address.name, each) for each in ("new", "undo", "old", "none"))
        self.link = _connect(address)
        self.own: set[int] = {self.link.process}
        """Processes of the server that work for hctui itself."""
        self.closed = False
        """Whether this is what keeps others out of the live database now."""

    def open_live(self) -> Link:
        """Connect to the live database, which must exist.

        Raises `DatabaseUnreadable` where it is damaged: the server answers, and nothing else keeps this role out of it.
        Otherwise `MissingRights`, `ServerUnreachable` or `DatabaseError`.
        """
        try:
            link = Link(self.address)
        except ServerUnreachable as error:
            reason = self._why_closed(error)
            if reason is None:
                raise
            raise reason from error
        self.own.add(link.process)
        return link

    def close(self) -> None:
        """Close the connection."""
        self.link.close()

    def find(self, name: str) -> Found | None:
        """Return a database by its exact name."""
        question = (
            "SELECT datname, datallowconn, shobj_description(oid, 'pg_database'),"
            " CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) ELSE 0 END,"
            " (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace), pg_get_userbyid(datdba)"
            " FROM pg_database WHERE datname = %s"
        )
        rows = self.link.ask(question, (name,))
        return Found(*rows[0]) if rows else None

    def sessions(self, *, patience: float = 0.2) -> tuple[Session, ...]:
        """Return who else is connected; whoever leaves within `patience` seconds is none."""
        until = time.monotonic() + patience
        while (found := self._other_sessions()) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        return found

    def refuse_sessions(self, *, disconnect: bool) -> None:
        """Raise `DatabaseInUse` with names unless nobody else is connected; with `disconnect` end sessions until nobody is."""
        until = time.monotonic() + PATIENCE * (10 if disconnect else 1)
        while found := self._other_sessions():
            if time.monotonic() >= until:
                raise DatabaseInUse(alias=self.address.alias, who=named(found))
            for session in found if disconnect else ():
                self.link.ask("SELECT pg_terminate_backend(%s)", (session.process,))
            time.sleep(_LOOK_SECONDS)

    def keep_others_out(self, *, disconnect: bool) -> None:
        """Let nobody connect to the live database any more, then refuse or end who is: nobody gets in before the swap.

        It is noted at the database `new`, so that `recover` lets others in again after a kill. Raises `DatabaseInUse`.
        """
        noted = Record("new", self.name, closed=True)
        self.closed = True
        try:
            self.together((self.note(self.new, noted), f"ALTER DATABASE {quoted(self.name)} WITH ALLOW_CONNECTIONS false"))
        except MissingRights:
            self.closed = False  # where the connection was lost instead, nobody knows
            raise
        self.refuse_sessions(disconnect=disconnect)

    def give_up(self) -> None:
        """Drop what was begun and let others in again; a server that went away is waited for a moment.

        Raises `DatabaseError` where it does not come back: then that is left to `recover`.
        """
        if not self._answers():
            self._connect_again()
            if not self.try_hold():
                return  # another hctui is at it
        if self.closed:
            self.close_to_others(closed=False)
        self.closed = False
        for name in (self.new, self.none):
            self.drop(name)

    def close_to_others(self, *, closed: bool) -> None:
        """Let nobody connect any more to the live database, or let them again."""
        self.link.run(f"ALTER DATABASE {quoted(self.name)} WITH ALLOW_CONNECTIONS {str(not closed).lower()}")

    def hold(self) -> None:
        """Make sure that no other hctui restores this database now, from wherever. Raises `DatabaseInUse`."""
        if not self.try_hold():
            raise DatabaseInUse(alias=self.address.alias, who=N_("another restore by hctui"))

    def try_hold(self) -> bool:
        """Take the lock that a restore holds, and the server gives back when the connection ends; tell whether it was free."""
        return bool(self.link.ask("SELECT pg_try_advisory_lock(%s)", (self._key(),))[0][0])

    def let_go(self) -> None:
        """Give the lock back."""
        self.link.ask("SELECT pg_advisory_unlock(%s)", (self._key(),))

    def note(self, name: str, record: Record) -> str:
        """Return the statement that puts `record` into the comment of a database."""
        return f"COMMENT ON DATABASE {quoted(name)} IS {literal(msgspec.json.encode(record).decode())};"

    def drop(self, name: str) -> None:
        """Drop a database of hctui's own, if it is there."""
        force = " WITH (FORCE)" if self.link.major >= 13 else ""
        self.link.run(f"DROP DATABASE IF EXISTS {quoted(name)}{force}")

    def together(self, statements: Iterable[str]) -> None:
        """Run statements as one transaction. Raises `DatabaseInUse` by name where somebody is connected after all."""
        try:
            with self.link.connection.transaction():
                for statement in statements:
                    self.link.connection.execute(statement.encode())
        except psycopg.errors.ObjectInUse as error:
            who = named(self._other_sessions()) or N_("another program")
            raise DatabaseInUse(alias=self.address.alias, who=who) from error
        except psycopg.Error as error:
            raise as_ours(error, self.address) from error

    def _why_closed(self, error: ServerUnreachable) -> DatabaseError | None:
        """Return a more exact reason why the live database does not let this role in, if there is one."""
        address = self.address
        allowed, granted, limit, connected = self.link.ask(
            "SELECT datallowconn, has_database_privilege(oid, 'CONNECT'), datconnlimit,"
            " (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) FROM pg_database d WHERE datname = %s",
            (self.name,),
        )[0]
        if not allowed:
            reason = N_("it is closed to everybody (ALLOW_CONNECTIONS false). Open it, or start hctui's restore or undo again.")
            return DatabaseError(alias=address.alias, reason=reason)
        if not granted:
            return MissingRights(alias=address.alias, user=self.link.user, reason=N_("it may not connect."))
        if 0 <= int(limit) <= int(connected) or not _is_damage(error):
            return None
        return DatabaseUnreadable(alias=address.alias, location=address.shown, reason=error.message.values["reason"])

    def _other_sessions(self) -> tuple[Session, ...]:
        return read_sessions(self.link, self.name, self.own)

    def _answers(self) -> bool:
        try:
            return bool(self.link.ask("SELECT 1"))
        except DatabaseError:
            return False

    def _connect_again(self) -> None:
        self.link.close()
        until = time.monotonic() + _RESTART_SECONDS
        while True:
            try:
                self.link = _connect(self.address)
            except ServerUnreachable as error:
                if time.monotonic() < until:
                    time.sleep(_LOOK_SECONDS)
                    continue
                reason = N_(
                    "the server went away while a restore was under way, and has not come back. The database is as it was;"
                    " hctui puts the rest in order when it next looks at it."
                )
                raise DatabaseError(alias=self.address.alias, reason=reason) from error
            self.own.add(self.link.process)
            return

    def _key(self) -> int:
        digest = hashlib.blake2b(f"hctui restore {self.name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def _connect(address: Address) -> Link:
    failure: HctuiError | None = None
    for name in _FROM:
        if name != address.name:
            try:
                return Link(address, name)
            except ServerUnreachable as error:
                failure = failure or error
    assert failure is not None
    raise failure


def _is_damage(error: ServerUnreachable) -> bool:
    """Return whether the server answered and refused for another reason than its access rules; libpq gives only its text."""
    answer = str(error.__cause__)
    return "FATAL" in answer and "pg_hba.conf" not in answer
