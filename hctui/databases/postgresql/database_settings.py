"""Properties of a database apart from its content: encoding, sort order, owner, rights, settings and comment.

pg_dump writes them only with `--create`, under the database's own name; a restore needs them under the name of a new database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import psycopg
from msgspec import Struct

from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.identifiers import literal, quoted, unquoted

_LIST_SETTINGS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")
"""Settings whose value is a list of names, which are quoted one by one (as in pg_dump)."""
_ITEM = re.compile(r'\s*("(?:[^"]|"")*"|[^,]+?)\s*(?:,|$)')
_PRIVILEGES = ("CREATE", "CONNECT", "TEMPORARY")


class Privilege(Struct, frozen=True):
    """A right on the database."""

    grantee: str
    """Empty for PUBLIC."""
    privilege: str
    grantable: bool


class Setting(Struct, frozen=True):
    """A setting of the database, or of one role in the database."""

    role: str
    name: str
    value: str


class Properties(Struct, frozen=True):
    """A database without its content; stored in the manifest as JSON."""

    encoding: str
    collate: str
    ctype: str
    provider: str = "c"
    """Of the sort order: `c` (the system's library), `i` (ICU) or `b` (PostgreSQL's own)."""
    locale: str = ""
    rules: str = ""
    owner: str = ""
    tablespace: str = ""
    connections: int = -1
    comment: str | None = None
    privileges: tuple[Privilege, ...] | None = None
    """None if they were never changed."""
    settings: tuple[Setting, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return JSON values."""
        found: dict[str, object] = msgspec.json.decode(msgspec.json.encode(self))
        return found

    @classmethod
    def from_json(cls, values: object) -> Properties | None:
        """Return the properties from JSON values, None if `values` are something else."""
        try:
            return msgspec.convert(values, cls)
        except msgspec.ValidationError:
            return None


def read_properties(connection: Connection, database: str) -> Properties:
    """Return the properties of a database on the server of `connection`."""
    provider = "d.datlocprovider" if connection.major >= 15 else "'c'"
    locale = "d.datlocale" if connection.major >= 17 else "d.daticulocale" if connection.major >= 15 else "NULL"
    rules = "d.daticurules" if connection.major >= 16 else "NULL"
    row = connection.query(
        f"SELECT pg_encoding_to_char(encoding), datcollate, datctype, {provider}::text, coalesce({locale}, ''),"
        f" coalesce({rules}, ''), pg_get_userbyid(datdba), (SELECT spcname FROM pg_tablespace WHERE oid = dattablespace),"
        " datconnlimit, shobj_description(oid, 'pg_database'), datacl IS NULL FROM pg_database d WHERE datname = %s",
        (database,),
    )[0]
    rights = connection.query(
        "SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable FROM pg_database d, aclexplode(d.datacl) a"
        " LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.datname = %s ORDER BY 1, 2",
        (database,),
    )
    settings = connection.query(
        "SELECT coalesce(r.rolname, ''), unnest(s.setconfig) FROM pg_db_role_setting s"
        " JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = %s",
        (database,),
    )
    return Properties(
        encoding=str(row[0]),
        collate=str(row[1]),
        ctype=str(row[2]),
        provider=str(row[3]),
        locale=str(row[4]),
        rules=str(row[5]),
        owner=str(row[6]),
        tablespace=str(row[7]),
        connections=max(int(row[8]), -1),
        comment=row[9],
        privileges=None if row[10] else tuple(Privilege(str(who), str(what), bool(more)) for who, what, more in rights),
        settings=tuple(Setting(str(role), *str(text).split("=", 1)) for role, text in settings),
    )


def create_statement(name: str, properties: Properties, *, exact: bool = True) -> str:
    """Return the statement that creates an empty database; without `exact`, with the server's default sort order."""
    parts = [f"CREATE DATABASE {quoted(name)} TEMPLATE template0 ENCODING {literal(properties.encoding)}"]
    if exact:
        parts.append(f"LC_COLLATE {literal(properties.collate)} LC_CTYPE {literal(properties.ctype)}")
        if properties.provider == "i":
            parts.append(f"LOCALE_PROVIDER icu ICU_LOCALE {literal(properties.locale)}")
            parts += [f"ICU_RULES {literal(properties.rules)}"] if properties.rules else []
        elif properties.provider == "b":
            parts.append(f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {literal(properties.locale)}")
    return " ".join(parts)


def property_statements(properties: Properties, database: str) -> Iterator[str]:
    """Yield the statements that set all properties but the comment; `database` is a quoted name or psql's `:"DBNAME"`."""
    if properties.owner:
        yield f"ALTER DATABASE {database} OWNER TO {quoted(properties.owner)};"
    if properties.privileges is not None:
        yield f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;"
        if properties.owner:
            yield f"REVOKE ALL ON DATABASE {database} FROM {quoted(properties.owner)};"
        for right in properties.privileges:
            if right.privilege in _PRIVILEGES:
                grantee = quoted(right.grantee) if right.grantee else "PUBLIC"
                more = " WITH GRANT OPTION" if right.grantable else ""
                yield f"GRANT {right.privilege} ON DATABASE {database} TO {grantee}{more};"
    for setting in properties.settings:
        scope = f"ROLE {quoted(setting.role)} IN DATABASE {database}" if setting.role else f"DATABASE {database}"
        yield f"ALTER {scope} SET {quoted(*setting.name.split('.'))} TO {_value(setting)};"
    if properties.connections >= 0:
        yield f"ALTER DATABASE {database} CONNECTION LIMIT {properties.connections};"


def comment_statement(database: str, text: str | None) -> str:
    """Return the statement that sets the comment; `database` as in `property_statements`."""
    return f"COMMENT ON DATABASE {database} IS {'NULL' if text is None else literal(text)};"


def apply(connection: Connection, properties: Properties, database: str) -> list[str]:
    """Set all properties of `database` but the comment; return the server's messages about those it refused."""
    refused = []
    for statement in property_statements(properties, quoted(database)):
        try:
            connection.driver.execute(statement.encode())
        except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue,
                psycopg.errors.CantChangeRuntimeParam) as error:  # fmt: skip
            refused.append(str(error.diag.message_primary))
    return refused


def psql_script(properties: Properties) -> str:
    """Return a script for psql that sets the properties of the database that it is connected to."""
    name = ':"DBNAME"'
    return "".join(
        f"{line}\n" for line in (*property_statements(properties, name), comment_statement(name, properties.comment))
    )


def _value(setting: Setting) -> str:
    if setting.name.lower() not in _LIST_SETTINGS:
        return literal(setting.value)
    items = [found.group(1) for found in _ITEM.finditer(setting.value) if found.group(1)]
    return ", ".join(literal(unquoted(item)) for item in items) or "''"
