"""Which databases of a server a role may back up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from hctui.databases.engine import Discovered
from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.address import Address, located
from hctui.databases.postgresql.link import Link
from hctui.databases.postgresql.server import Found, Server
from hctui.errors import DatabaseError
from hctui.messages import N_, Message, message

_DATABASES = """
SELECT datname, datallowconn, shobj_description(oid, 'pg_database'), 0, '', pg_get_userbyid(datdba)
FROM pg_database WHERE NOT datistemplate ORDER BY datname
"""
_MAINTENANCE = "postgres"
"""The database that every server has, which is left out while there is nothing in it."""


def discover(location: str) -> tuple[Discovered, ...]:
    """Return the databases of the server at `location`, those that can't be backed up with the reason. Raises as connecting."""
    with closing(Server(Address(location, location))) as server:
        found = [Found(*row) for row in server.link.ask(_DATABASES)]
    return tuple(_looked_into(location, [each for each in found if each.record is None]))


def _looked_into(location: str, found: list[Found]) -> Iterator[Discovered]:
    for each in found:
        place = located(location, each.name)
        if not each.open:
            yield Discovered(each.name, place, message(N_("it is closed to everybody.")))
            continue
        try:
            with Link(Address(each.name, place)) as link:
                tables = catalogue.tables_of_snapshot(link)
                user = link.user
        except DatabaseError as error:
            yield Discovered(each.name, place, error.message)
            continue
        if each.name != _MAINTENANCE or tables:
            yield Discovered(each.name, place, _refusal(user, [table.name for table in tables if not table.readable]))


def _refusal(user: str, unreadable: list[str]) -> Message | None:
    if not unreadable:
        return None
    return message(N_("“{user}” may not read {tables}."), user=user, tables=", ".join(unreadable))
