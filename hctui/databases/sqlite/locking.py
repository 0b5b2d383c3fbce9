"""Exclusive access: nobody else reads or writes until it is given back, and those who come meanwhile wait and lose nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hctui.databases.open_files import named, open_files
from hctui.databases.sqlite.connection import SIDE_SUFFIXES, mapped, opened, use_memory
from hctui.errors import DatabaseInUse
from hctui.messages import N_
from hctui.model import Session


@contextmanager
def exclusive(alias: str, path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the database locked for this one connection, over as many transactions as it makes.

    In WAL mode the lock is refused while anybody is connected; in rollback-journal mode an idle connection holds no lock, so
    open files are looked for, before, so that nobody waits in vain, and once the lock is there, when it counts. Raises
    `DatabaseInUse` with names, `DatabaseDamaged`.
    """
    refuse_sessions(alias, path)
    with mapped(alias, path):
        connection = opened(path, "rw")
    try:
        try:
            with mapped(alias, path):
                connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
                use_memory(connection)
                # What is overwritten is reused at once and kept as the undo: zeroing it in between would double the writing.
                connection.execute("PRAGMA secure_delete = FAST").fetchone()
                connection.execute("BEGIN EXCLUSIVE")
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
                connection.execute("COMMIT")
        except DatabaseInUse as error:
            raise DatabaseInUse(alias=alias, who=named(sessions_of(path)) or N_("another program")) from error
        refuse_sessions(alias, path)
        yield connection
    finally:
        connection.close()


def sessions_of(path: Path) -> tuple[Session, ...]:
    """Return the programs, ours apart, that have the database or a file that SQLite keeps beside it open or locked."""
    return open_files([path, *(Path(f"{path}{suffix}") for suffix in SIDE_SUFFIXES)])


def refuse_sessions(alias: str, path: Path) -> None:
    """Raise `DatabaseInUse` naming whoever else has the database open."""
    if sessions := sessions_of(path):
        raise DatabaseInUse(alias=alias, who=named(sessions))
