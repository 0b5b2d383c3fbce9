"""The address of a database, parsed from its location; a password in it is never shown and never in a command line."""

from __future__ import annotations

import getpass
import os
import re
from configparser import ConfigParser, Error
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from hctui.engine_kinds import BUILT_IN, masked
from hctui.errors import DatabaseError
from hctui.messages import N_, message

SCHEMES = tuple(f"{scheme}://" for scheme in BUILT_IN["postgresql"].schemes)
Identity = tuple[str, str, str]
_SECRETS = frozenset(each.keyword.decode() for each in Conninfo.get_defaults() if each.dispchar == b"*") - {"password"} | {
    "scram_client_key",
    "scram_server_key",
}
"""Secret parameters that a program such as pg_dump can only get in its command line, where others see them."""
_USER_INFO = re.compile(r"([^@/]*)(@)(.*)")
"""As in libpq: everything before the first `@`, if no `/` comes before it."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "/tmp", "/var/run/postgresql", "/run/postgresql")
"""Hosts that mean a server on this machine, as does a location without a host."""


class Address:
    """One database of one server, named by a URL that libpq understands."""

    def __init__(self, alias: str, location: str, password: str | None = None) -> None:
        """Parse a location; a typed `password` replaces the one in it. Raises `DatabaseError` if it is no valid URL."""
        self.alias = alias
        self.shown = masked(location)
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(location).items() if value not in (None, "")}
        except psycopg.ProgrammingError as error:
            # libpq's own message may quote a piece of the password
            problem = " ".join(str(error).split()) if "@" not in location and self.shown == location else self.shown
            reason = message(N_("the location is no valid PostgreSQL URL ({problem})."), problem=problem)
            raise DatabaseError(alias=alias, reason=reason) from None
        self.password = password or given.pop("password", "") or None
        given.pop("password", None)
        self.parameters = given
        for secret in _SECRETS & given.keys():
            text = N_(
                "{parameter} in a location can't be kept secret. Put it into a service of ~/.pg_service.conf, and name that"
                " instead: postgresql:///?service=NAME"
            )
            raise DatabaseError(alias=alias, reason=message(text, parameter=secret))
        self._known = _with_defaults(given)
        self.user = self._known.get("user") or getpass.getuser()
        self.name = self._known.get("dbname") or self.user

    def conninfo(self, database: str | None = None) -> str:
        """Return libpq's connection string for this database, or another of the server, without the password."""
        return make_conninfo("", **{**self.parameters, "dbname": database or self.name})

    @property
    def passfile(self) -> Path:
        """Return the password file that libpq reads."""
        return Path(self._known.get("passfile") or Path("~/.pgpass").expanduser())

    @property
    def identity(self) -> Identity:
        """Return a value that is equal for two locations of the same database, whatever their user and notation."""
        host = self._known.get("host") or self._known.get("hostaddr") or ""
        return "" if host in _THIS_MACHINE else host, self._known.get("port") or "5432", self.name


def _with_defaults(given: dict[str, str]) -> dict[str, str]:
    """Return the parameters that libpq would use: those given, else those of the service, else those of the environment."""
    defaults = {each.keyword.decode(): (each.val or b"").decode() for each in Conninfo.get_defaults()}
    service = given.get("service") or os.environ.get("PGSERVICE", "")
    return {**defaults, **(_service(service) if service else {}), **given}


def _service(name: str) -> dict[str, str]:
    """Return the parameters of a service; none if no file has it, which libpq reports when it connects."""
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


def location_of(location: str, database: str) -> str:
    """Return the location of another database on the server of `location`, without a password."""
    scheme, _, rest = location.partition("://")
    user, at, rest = matched.groups() if (matched := _USER_INFO.fullmatch(rest)) else ("", "", rest)
    address = urlsplit(f"//{rest}")
    kept = [(name, value) for name, value in parse_qsl(address.query) if name != "password"]
    query = address.query if len(kept) == len(parse_qsl(address.query)) else urlencode(kept, quote_via=quote)
    place = urlunsplit(("", address.netloc, f"/{quote(database, safe='')}", query, "")).removeprefix("//")
    return f"{scheme}://{user.partition(':')[0]}{at}{place}"
