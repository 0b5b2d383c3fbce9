"""Discovery of the databases on a server, with the reason for those that can't be backed up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from hctui.databases.engine import Discovered
from hctui.databases.postgresql import catalogue, pgpass
from hctui.databases.postgresql.address import SCHEMES, Address, Identity, location_of
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.server import DatabaseInfo, Server
from hctui.errors import DatabaseError
from hctui.messages import N_, Message, message
from hctui.model import Database

_DATABASES = """
SELECT datname, datallowconn, shobj_description(oid, 'pg_database'), 0, '', pg_get_userbyid(datdba)
FROM pg_database WHERE NOT datistemplate ORDER BY datname
"""
_SERVER = "PostgreSQL"
"""The alias in a sentence about the server itself."""
_MAINTENANCE = "postgres"
"""A database that every server has; it is not listed while it is empty."""


def discover(location: str, registered: Sequence[Database], password: str | None) -> tuple[Discovered, ...]:
    """Return the databases of the server at `location`. Raises what connecting raises."""
    address = Address(_SERVER, location, password)
    with closing(Server(address)) as server:
        found = [DatabaseInfo(*row) for row in server.connection.query(_DATABASES)]
    known = {identity: database.alias for database in registered if (identity := _identity(database)) is not None}
    return tuple(_inspected(location, address.password, [each for each in found if each.record is None], known))


def keep_password(location: str, password: str) -> Path:
    """Store a password that the server accepts in libpq's password file; return its path. Raises what connecting raises."""
    with closing(Server(Address(_SERVER, location, password))) as server:
        return pgpass.store(server.connection, password)


def _identity(database: Database) -> Identity | None:
    try:
        return Address(database.alias, database.location).identity if database.location.startswith(SCHEMES) else None
    except DatabaseError:
        return None


def _inspected(
    location: str, password: str | None, found: Sequence[DatabaseInfo], known: Mapping[Identity, str]
) -> Iterator[Discovered]:
    for each in found:
        place = location_of(location, each.name)
        address = Address(each.name, place, password)
        alias = known.get(address.identity, "")
        if not each.open:
            yield Discovered(each.name, place, message(N_("it is closed to everybody.")), alias)
            continue
        try:
            with Connection(address) as connection:
                tables = catalogue.read_tables(connection)
                user = connection.user
        except DatabaseError as error:
            yield Discovered(each.name, place, error.message, alias)
            continue
        if each.name != _MAINTENANCE or tables or alias:
            refusal = _refusal(user, [table.name for table in tables if not table.readable])
            yield Discovered(each.name, place, refusal, alias, len(tables), sum(table.size for table in tables))


def _refusal(user: str, unreadable: list[str]) -> Message | None:
    if not unreadable:
        return None
    return message(N_("“{user}” may not read {tables}."), user=user, tables=", ".join(unreadable))
