"""Exclusive access to a database: other programs that open it meanwhile wait until it ends, and lose nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hctui.databases.open_files import named, open_files
from hctui.databases.sqlite.connection import SIDE_SUFFIXES, connect, mapped, use_memory
from hctui.errors import DatabaseInUse
from hctui.messages import N_
from hctui.model import Session


@contextmanager
def exclusive(alias: str, path: Path) -> Iterator[sqlite3.Connection]:
    """Lock the database for this one connection, over all its transactions.

    In WAL mode SQLite refuses the lock while anybody is connected. In rollback-journal mode an idle connection holds no lock:
    programs that have the file open are searched for, once before, so that a restore does not wait for the lock in vain, and
    once with the lock, when no other can begin. Raises `DatabaseInUse` with their names, `DatabaseDamaged`.
    """
    refuse_sessions(alias, path)
    with mapped(alias, path):
        connection = connect(path, "rw")
    try:
        try:
            with mapped(alias, path):
                connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
                use_memory(connection)
                # FAST: to overwrite freed pages with zeros would double the writing, and they are in the undo copy anyway.
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
    """Return the other programs that have the database, or a file that SQLite keeps beside it, open or locked."""
    return open_files([path, *(Path(f"{path}{suffix}") for suffix in SIDE_SUFFIXES)])


def refuse_sessions(alias: str, path: Path) -> None:
    """Raise `DatabaseInUse` with the programs that have the database open."""
    if sessions := sessions_of(path):
        raise DatabaseInUse(alias=alias, who=named(sessions))
