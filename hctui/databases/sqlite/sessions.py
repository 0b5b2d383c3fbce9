"""Who else has a database open."""

from __future__ import annotations

from pathlib import Path

from hctui.databases.sessions import named, open_files
from hctui.databases.sqlite.connection import SIDE_SUFFIXES
from hctui.model import Session

__all__ = ["named", "sessions_of"]


def sessions_of(database: Path) -> tuple[Session, ...]:
    """Return the programs, ours apart, that have `database` or a file that SQLite keeps beside it open, or locked."""
    return open_files([database, *(Path(f"{database}{suffix}") for suffix in SIDE_SUFFIXES)])
