"""Where a database is: a location as people write it, taken apart; the password in it is never shown and never in argv."""

from __future__ import annotations

import getpass
import os
from configparser import ConfigParser, Error
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from hctui.errors import DatabaseError
from hctui.locations import masked
from hctui.messages import N_, message

SCHEMES = ("postgresql://", "postgres://")


class Address:
    """One database of one server, by a URL that libpq understands. Raises `DatabaseError` where it does not."""

    def __init__(self, alias: str, location: str) -> None:
        self.alias = alias
        self.shown = masked(location)
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(location).items() if value not in (None, "")}
        except psycopg.ProgrammingError as error:
            reason = message(N_("the location is no valid PostgreSQL URL ({problem})."), problem=_safe(str(error), location))
            raise DatabaseError(alias=alias, reason=reason) from error
        self.password = given.pop("password", "") or None
        self.parameters = given
        self.name = given.get("dbname") or _default_name(given)

    def conninfo(self, database: str | None = None) -> str:
        """Return what libpq connects with, without the password, to this database or another of the server."""
        return make_conninfo("", **{**self.parameters, "dbname": database or self.name})


def _safe(text: str, location: str) -> str:
    return " ".join(text.replace(location, masked(location)).split())


def _default_name(given: dict[str, str]) -> str:
    """Return the database that libpq would take: the service's, else PGDATABASE, else the user's name."""
    defaults = {each.keyword.decode(): (each.val or b"").decode() for each in Conninfo.get_defaults()}
    service = given.get("service") or os.environ.get("PGSERVICE", "")
    described = _service(service) if service else {}
    candidates = (
        described.get("dbname"),
        defaults.get("dbname"),
        given.get("user"),
        described.get("user"),
        defaults.get("user"),
    )
    return next(filter(None, candidates), None) or getpass.getuser()


def _service(name: str) -> dict[str, str]:
    """Return what the service file says of `name`; nothing where it is not there, which libpq then says itself."""
    system = Path(os.environ.get("PGSYSCONFDIR", "/etc/postgresql-common"), "pg_service.conf")
    places = (Path(os.environ.get("PGSERVICEFILE", "~/.pg_service.conf")).expanduser(), system)
    for place in places:
        parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
        try:
            parser.read_string(place.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, Error):
            continue
        if parser.has_section(name):
            return dict(parser.items(name))
    return {}


def located(location: str, database: str) -> str:
    """Return the location of another database of the same server."""
    address = urlsplit(location)
    rest = urlunsplit(address._replace(scheme="", netloc="", path=f"/{quote(database, safe='')}"))
    return f"{address.scheme}://{address.netloc}{rest}"
