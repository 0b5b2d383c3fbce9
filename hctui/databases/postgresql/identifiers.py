"""Names of tables and databases: as shown to people, quoted for SQL, and as file names in a backup."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, unquote

_PART = r'"(?:[^"]|"")+"|[^".]+'
_SHOWN = re.compile(rf"(?:({_PART})\.)?({_PART})")
_IDENTIFIER = r'"(?:[^"\0\n]|"")+"|[A-Za-z_][A-Za-z0-9_$]*'
_COPY = re.compile(rf"COPY ({_IDENTIFIER})\.({_IDENTIFIER})(?: \(((?:{_IDENTIFIER})(?:, (?:{_IDENTIFIER}))*)\))? FROM stdin;")
_ODD = re.compile(r"[^\w. -]|^[. ]|[. ]$")
_LONGEST = 160
"""Bytes of a file name; most file systems allow 255."""
LONGEST_NAME = 63
"""Bytes of a name that PostgreSQL allows."""


def quoted(*names: str) -> str:
    """Return a name in SQL, quoted and qualified: `"public"."produtos"`."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """Return `text` as a string literal of SQL."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'" if "\\" not in escaped else " E'" + escaped.replace("\\", "\\\\") + "'"


def display_name(schema: str, table: str) -> str:
    """Return a table's name for people: without `public.`, and with quotes only if a part of it holds a dot or a quote."""
    named = [quoted(each) if "." in each or '"' in each else each for each in (schema, table)]
    return named[1] if schema == "public" else ".".join(named)


def split_name(name: str) -> tuple[str, str]:
    """Return (schema, table) of a name that `display_name` returned."""
    found = _SHOWN.fullmatch(name)
    if found is None:
        return "public", name
    return unquoted(found.group(1) or "public"), unquoted(found.group(2))


def column_list(columns: Iterable[str]) -> str:
    """Return the list of columns after a table in SQL, empty for a table without columns."""
    listed = ", ".join(map(quoted, columns))
    return f" ({listed})" if listed else ""


def copy_header(schema: str, table: str, columns: Iterable[str]) -> str:
    """Return the COPY statement in the second line of a file of rows."""
    return f"COPY {quoted(schema, table)}{column_list(columns)} FROM stdin;"


def read_copy_header(line: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return (schema, table, columns) of a COPY statement that `copy_header` returned, None for anything else."""
    found = _COPY.fullmatch(line)
    if found is None:
        return None
    columns = tuple(unquoted(each) for each in re.findall(_IDENTIFIER, found.group(3) or ""))
    return unquoted(found.group(1)), unquoted(found.group(2)), columns


def file_names(tables: Iterable[str]) -> dict[str, str]:
    """Return a file name for each table: different even where case does not count, and valid on every system."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for table in tables:
        name = _file_name(table)
        found[table] = f"{name}~{_hash(table)}" if name.casefold() in taken else name
        taken.add(found[table].casefold())
    return found


def table_of_file(name: str) -> str:
    """Return the table whose file name this is; for a shortened file name, the beginning of the table's name."""
    return unquote(name.partition("~")[0])


def companion(database: str, purpose: str) -> str:
    """Return the name of the database that hctui makes beside `database` for a purpose: `loja__hctui_undo`."""
    suffix = f"__hctui_{purpose}"
    encoded = database.encode()
    room = LONGEST_NAME - len(suffix)
    if len(encoded) <= room:
        return database + suffix
    mark = f"_{_hash(database)}"
    return encoded[: room - len(mark)].decode(errors="ignore") + mark + suffix


def _file_name(table: str) -> str:
    if unicodedata.normalize("NFC", table) != table:
        return _shortened(quote(table, safe=" "), table)
    return _shortened(_ODD.sub(lambda odd: quote(odd.group(), safe=""), table), table)


def _shortened(name: str, table: str) -> str:
    return name if len(name.encode()) <= _LONGEST else f"{name.encode()[:_LONGEST].decode(errors='ignore')}~{_hash(table)}"


def _hash(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


def unquoted(identifier: str) -> str:
    """Return a name of SQL without its quotes."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier
