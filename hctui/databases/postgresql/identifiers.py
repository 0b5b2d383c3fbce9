"""Names: of tables as people see them, in SQL, and as files of a backup."""

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
"""Bytes of a file name; the limit of most file systems is 255."""
LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL."""


def quoted(*names: str) -> str:
    """Return a name, or one qualified by others before it, as SQL has it."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'" if "\\" not in escaped else " E'" + escaped.replace("\\", "\\\\") + "'"


def shown(schema: str, table: str) -> str:
    """Return a table's name as people see it: `public.` left out; quotes only where a dot would be taken for another."""
    named = [quoted(each) if "." in each or '"' in each else each for each in (schema, table)]
    return named[1] if schema == "public" else ".".join(named)


def split(name: str) -> tuple[str, str]:
    """Return (schema, table) of a shown name."""
    found = _SHOWN.fullmatch(name)
    if found is None:
        return "public", name
    return plain(found.group(1) or "public"), plain(found.group(2))


def copy_header(schema: str, table: str, columns: Iterable[str]) -> str:
    """Return the statement that a file of rows begins with."""
    listed = ", ".join(map(quoted, columns))
    return f"COPY {quoted(schema, table)}{f' ({listed})' if listed else ''} FROM stdin;"


def read_copy_header(line: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return (schema, table, columns) of such a statement, None for anything else."""
    found = _COPY.fullmatch(line)
    if found is None:
        return None
    columns = tuple(plain(each) for each in re.findall(_IDENTIFIER, found.group(3) or ""))
    return plain(found.group(1)), plain(found.group(2)), columns


def file_names(tables: Iterable[str]) -> dict[str, str]:
    """Return a file name for each table: no two alike, capitals not counted, and none that a system could not have."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for table in tables:
        name = _file_name(table)
        found[table] = f"{name}~{_hash(table)}" if name.casefold() in taken else name
        taken.add(found[table].casefold())
    return found


def table_of_file(name: str) -> str:
    """Return the table that a file name was made of, as far as it tells."""
    return unquote(name.partition("~")[0])


def beside(database: str, ending: str) -> str:
    """Return the name of a database of hctui's own that stands beside `database`."""
    suffix = f"__hctui_{ending}"
    name = database.encode()
    room = LONGEST_NAME - len(suffix)
    if len(name) <= room:
        return database + suffix
    mark = f"_{_hash(database)}"
    return name[: room - len(mark)].decode(errors="ignore") + mark + suffix


def _file_name(table: str) -> str:
    if unicodedata.normalize("NFC", table) != table:
        return _shortened(quote(table, safe=" "), table)
    return _shortened(_ODD.sub(lambda odd: quote(odd.group(), safe=""), table), table)


def _shortened(name: str, table: str) -> str:
    return name if len(name.encode()) <= _LONGEST else f"{name.encode()[:_LONGEST].decode(errors='ignore')}~{_hash(table)}"


def _hash(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


def plain(identifier: str) -> str:
    """Return the name that is meant by one written in SQL."""
    return identifier[1:-1].replace('""', '"') if identifier.startswith('"') else identifier
