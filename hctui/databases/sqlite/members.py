"""Backups without a manifest: the database that their member names show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from hctui.databases.sqlite.connection import SIDE_SUFFIXES
from hctui.model import DatabaseManifest, Part, PartKind

_ENDINGS = (".db", ".db3", ".s3db", ".sl3", ".sdb", ".sqlite", ".sqlite2", ".sqlite3", ".gpkg")


def is_side_file(path: str) -> bool:
    """Return whether `path` is a file that SQLite keeps beside a database."""
    return path.endswith(SIDE_SUFFIXES)


def from_members(alias: str, members: Sequence[tuple[str, int]]) -> DatabaseManifest | None:
    """Return a manifest for the backup of another program, or None if it is not one single SQLite database.

    A write-ahead log or a journal beside the database belongs to it; the shared-memory file does not.
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
