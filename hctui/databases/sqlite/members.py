"""What the names of a backup's members tell where it has no manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from hctui.databases.sqlite.connection import SIDE_SUFFIXES
from hctui.model import DatabaseManifest, Part, PartKind

_ENDINGS = (".db", ".db3", ".s3db", ".sl3", ".sdb", ".sqlite", ".sqlite2", ".sqlite3", ".gpkg")


def is_side_file(path: str) -> bool:
    """Tell whether `path` is what SQLite keeps beside a database, not the database."""
    return path.endswith(SIDE_SUFFIXES)


def from_members(alias: str, members: Sequence[tuple[str, int]]) -> DatabaseManifest | None:
    """Return what is to be known of a backup that another program made, or None where it is no single SQLite database.

    A write-ahead log or a journal that was packed beside the database belongs to it; the shared-memory file does not.
    """
    databases = [(path, size) for path, size in members if PurePosixPath(path).suffix.lower() in _ENDINGS]
    if len(databases) != 1:
        return None
    path, _ = databases[0]
    beside = {f"{path}{suffix}" for suffix in SIDE_SUFFIXES}
    if any(other != path and other not in beside for other, _ in members):
        return None
    parts = [
        Part(name, PartKind.DATA if name == path else PartKind.OTHER, size=size)
        for name, size in members
        if not name.endswith("-shm")
    ]
    return DatabaseManifest(alias, "sqlite", parts=tuple(parts))
