"""Opening the live database, or saying why it can't be."""

from __future__ import annotations

from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.server import Server
from hctui.errors import DatabaseError, DatabaseUnreadable, MissingRights, ServerUnreachable
from hctui.messages import N_


def open_live(server: Server) -> Link:
    """Connect to the database that `server` is about, which must be there.

    Raises `DatabaseUnreadable` where it is damaged: nothing else keeps the role that asks about it out of it. Otherwise
    `MissingRights`, `ServerUnreachable` or `DatabaseError`.
    """
    address = server.address
    try:
        link = Link(address)
    except ServerUnreachable as error:
        allowed, granted, limit, connected = server.link.ask(
            "SELECT datallowconn, has_database_privilege(oid, 'CONNECT'), datconnlimit,"
            " (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) FROM pg_database d WHERE datname = %s",
            (server.name,),
        )[0]
        if not allowed:
            reason = N_("it is closed to everybody (ALLOW_CONNECTIONS false). Open it, or start hctui's restore or undo again.")
            raise DatabaseError(alias=address.alias, reason=reason) from error
        if not granted:
            raise MissingRights(alias=address.alias, user=server.link.user, reason=N_("it may not connect.")) from error
        if 0 <= int(limit) <= int(connected) or not _is_damage(error):
            raise
        raise DatabaseUnreadable(alias=address.alias, location=address.shown, reason=error.message.values["reason"]) from error
    server.own.add(link.process)
    return link


def _is_damage(error: ServerUnreachable) -> bool:
    """Tell whether the server answered, and not that it lets nobody of this name in: it said FATAL in its own language."""
    said = str(error.__cause__)
    return "FATAL" in said and "pg_hba.conf" not in said
