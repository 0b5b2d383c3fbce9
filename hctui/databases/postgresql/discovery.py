"""Which databases of a server a role may back up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from hctui.databases.engine import Discovered
from hctui.databases.postgresql import catalogue, pgpass
from hctui.databases.postgresql.address import SCHEMES, Address, Identity, located
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.server import Found, Server
from hctui.errors import DatabaseError
from hctui.messages import N_, Message, message
from hctui.model import Database

_DATABASES = """
SELECT datname, datallowconn, shobj_description(oid, 'pg_database'), 0, '', pg_get_userbyid(datdba)
FROM pg_database WHERE NOT datistemplate ORDER BY datname
"""
_SERVER = "PostgreSQL"
"""What stands for an alias in a sentence about the server itself."""
_MAINTENANCE = "postgres"
"""The database that every server has, which is left out while there is nothing in it."""


def discover(location: str, registered: Sequence[Database], password: str | None) -> tuple[Discovered, ...]:
    """Return the databases of the server at `location`, those that can't be backed up with the reason. Raises as connecting."""
    asked = Address(_SERVER, location, password)
    with closing(Server(asked)) as server:
        found = [Found(*row) for row in server.link.ask(_DATABASES)]
    known = {identity: database.alias for database in registered if (identity := _identity(database)) is not None}
    return tuple(_looked_into(location, asked.password, [each for each in found if each.record is None], known))


def keep_password(location: str, password: str) -> Path:
    """Put a password that the server takes into the file where libpq finds it; return the file. Raises as connecting."""
    with closing(Server(Address(_SERVER, location, password))) as server:
        return pgpass.keep(server.link, password)


def _identity(database: Database) -> Identity | None:
    try:
        return Address(database.alias, database.location).identity if database.location.startswith(SCHEMES) else None
    except DatabaseError:
        return None


def _looked_into(
    location: str, password: str | None, found: Sequence[Found], known: Mapping[Identity, str]
) -> Iterator[Discovered]:
    for each in found:
        place = located(location, each.name)
        address = Address(each.name, place, password)
        alias = known.get(address.identity, "")
        if not each.open:
            yield Discovered(each.name, place, message(N_("it is closed to everybody.")), alias)
            continue
        try:
            with Link(address) as link:
                tables = catalogue.read_tables(link)
                user = link.user
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
