"""The engine `sqlite`."""

from __future__ import annotations

from pathlib import Path

from hctui.databases.sqlite.engine import SqliteEngine
from hctui.databases.sqlite.members import from_members
from hctui.databases.sqlite.verify import inspect
from hctui.model import Database

__all__ = ["from_members", "inspect", "open_database", "recognises"]

_HEADER = b"SQLite format 3\0"


def open_database(database: Database) -> SqliteEngine:
    """Return the engine that works on `database`."""
    return SqliteEngine(database)


def recognises(location: str) -> bool:
    """Return whether the file at `location` is an SQLite database."""
    path = Path(location).expanduser()
    try:
        if not path.is_file():
            return False
        with open(path, "rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except (OSError, ValueError):
        return False
