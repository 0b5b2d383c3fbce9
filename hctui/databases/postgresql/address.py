"""Where a database is: a location as people write it, taken apart; the password in it is never shown and never in argv."""

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

from hctui.engine_kinds import masked
from hctui.errors import DatabaseError
from hctui.messages import N_, message

SCHEMES = ("postgresql://", "postgres://")
Identity = tuple[str, str, str]
_SECRETS = frozenset(each.keyword.decode() for each in Conninfo.get_defaults() if each.dispchar == b"*") - {"password"} | {
    "scram_client_key",
    "scram_server_key",
}
"""Parameters that would be seen in the command line of pg_dump, which has no other way in for them."""
_USER_INFO = re.compile(r"([^@/]*)(@)(.*)")
"""As libpq has it: whatever stands before the first `@` that no `/` comes before."""
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "/tmp", "/var/run/postgresql", "/run/postgresql")
"""Hosts that mean a server here, as no host at all does."""


class Address:
    """One database of one server, by a URL that libpq understands. Raises `DatabaseError` where it does not."""

    def __init__(self, alias: str, location: str, password: str | None = None) -> None:
        """Take a location apart; `password` is one that was typed, in place of that in the location."""
        self.alias = alias
        self.shown = masked(location)
        try:
            given = {key: str(value) for key, value in conninfo_to_dict(location).items() if value not in (None, "")}
        except psycopg.ProgrammingError as error:
            # What libpq says of it may quote a piece of the password.
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
        """Return what libpq connects with, without the password, to this database or another of the server."""
        return make_conninfo("", **{**self.parameters, "dbname": database or self.name})

    @property
    def passfile(self) -> Path:
        """Return the file that libpq looks for the password in."""
        return Path(self._known.get("passfile") or Path("~/.pgpass").expanduser())

    @property
    def identity(self) -> Identity:
        """Return what tells whether two locations are the same database, whoever connects and however it is written."""
        host = self._known.get("host") or self._known.get("hostaddr") or ""
        return "" if host in _THIS_MACHINE else host, self._known.get("port") or "5432", self.name


def _with_defaults(given: dict[str, str]) -> dict[str, str]:
    """Return what libpq would connect with: what is given, else what the service says, else the environment."""
    defaults = {each.keyword.decode(): (each.val or b"").decode() for each in Conninfo.get_defaults()}
    service = given.get("service") or os.environ.get("PGSERVICE", "")
    return {**defaults, **(_service(service) if service else {}), **given}


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
    """Return the location of another database of the same server, without a password."""
    scheme, _, rest = location.partition("://")
    user, at, rest = matched.groups() if (matched := _USER_INFO.fullmatch(rest)) else ("", "", rest)
    address = urlsplit(f"//{rest}")
    kept = [(name, value) for name, value in parse_qsl(address.query) if name != "password"]
    query = address.query if len(kept) == len(parse_qsl(address.query)) else urlencode(kept, quote_via=quote)
    place = urlunsplit(("", address.netloc, f"/{quote(database, safe='')}", query, "")).removeprefix("//")
    return f"{scheme}://{user.partition(':')[0]}{at}{place}"
