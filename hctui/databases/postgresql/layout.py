"""The parts of a database in a backup: SQL scripts, which psql can load one after another in the order of their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from hctui.databases.postgresql.identifiers import file_names, table_of_file
from hctui.model import DatabaseManifest, Part, PartKind, Table

BEFORE = "1-schema.sql"
ROWS = "2-data/"
LARGE_OBJECTS = "3-large-objects.sql"
SEQUENCES = "4-sequences.sql"
AFTER = "5-schema.sql"
DATABASE = "6-database.sql"
SCRIPTS = (BEFORE, LARGE_OBJECTS, SEQUENCES, AFTER, DATABASE)
SETTINGS_LINE = (
    "SET client_encoding = '{encoding}'; SET xmloption = content; SET row_security = off;"
    " SELECT pg_catalog.set_config('search_path', '', false) \\g /dev/null"
)
"""The first line of each file of rows; the second is the COPY statement."""
END_OF_ROWS = b"\\.\n"


def row_files(tables: Iterable[str]) -> dict[str, str]:
    """Return the path of each table's file of rows."""
    return {table: f"{ROWS}{name}.sql" for table, name in file_names(tables).items()}


def is_rows(part: Part) -> bool:
    """Return whether a part is a file of rows."""
    return _is_rows(part.path)


def _is_rows(path: str) -> bool:
    return path.startswith(ROWS) and path.endswith(".sql") and path.count("/") == 1


def from_members(alias: str, members: Sequence[tuple[str, int]]) -> DatabaseManifest | None:
    """Return a manifest inferred from the paths and sizes of members, None if they are no PostgreSQL backup."""
    paths = [path for path, _ in members]
    if BEFORE not in paths or AFTER not in paths or not all(path in SCRIPTS or _is_rows(path) for path in paths):
        return None
    parts = tuple(_part(path, size) for path, size in sorted(members))
    tables = tuple(Table(part.table, size=part.size) for part in parts if part.table)
    return DatabaseManifest(alias, "postgresql", tables=tables, parts=parts)


def _part(path: str, size: int) -> Part:
    if _is_rows(path):
        return Part(path, PartKind.DATA, table_of_file(PurePosixPath(path).stem), size)
    kinds = {BEFORE: PartKind.SCHEMA, AFTER: PartKind.SCHEMA, LARGE_OBJECTS: PartKind.BLOBS}
    return Part(path, kinds.get(path, PartKind.OTHER), size=size)
