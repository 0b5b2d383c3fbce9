"""Connections: how database files are opened, how pages are copied, and what SQLite's errors mean to a person."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from hctui.disk.errors import write_error
from hctui.disk.paths import printable
from hctui.errors import (
    DatabaseDamaged,
    DatabaseError,
    DatabaseInUse,
    DatabaseUnreadable,
    DiskFull,
    HctuiError,
    NotWritable,
    ReadFailed,
)
from hctui.messages import N_

READ_PATIENCE = 30.0
"""Seconds a reader waits for writers in rollback-journal mode."""
LOCK_PATIENCE = 5.0
"""Seconds a restore waits for the lock before it names who holds the database."""
PAGES_AT_ONCE = 1000
UNKNOWN_HERE = ("no such", "unknown function", "unknown tokenizer")
"""How SQLite begins to say that something needs what only its application has."""
_STEPS = 1_000_000
"""Instructions of SQLite's machine between two looks, some tens of milliseconds."""
SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database file."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNREADABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def mapped(alias: str, location: Path) -> Iterator[None]:
    """Turn what SQLite and the disk raise into leaves of `hctui.errors` that name `alias` or `location`."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:  # Warning: two statements in one, before Python 3.12
        raise _of_sqlite(error, alias, location) from error
    except OSError as error:
        raise write_error(error, location) from error


def _of_sqlite(error: sqlite3.Error | sqlite3.Warning, alias: str, location: Path) -> HctuiError:
    code = primary_code(error)
    if code in _BUSY:
        return DatabaseInUse(alias=alias, who=N_("another program"))
    if code == sqlite3.SQLITE_NOTADB:
        return DatabaseDamaged(alias=alias, reason=N_("the file is no SQLite database, or an encrypted one."))
    if code == sqlite3.SQLITE_CORRUPT:
        return DatabaseDamaged(alias=alias, reason=f"{error}.")
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(path=printable(location))
    if code == sqlite3.SQLITE_READONLY:
        return NotWritable(path=printable(location), reason=N_("it may only be read."))
    if code == sqlite3.SQLITE_IOERR:
        return ReadFailed(path=printable(location), reason=str(error))
    if code in _UNREADABLE:
        return DatabaseUnreadable(alias=alias, location=printable(location), reason=str(error))
    return DatabaseError(alias=alias, reason=f"{error}.")


def primary_code(error: sqlite3.Error | sqlite3.Warning) -> int:
    """Return SQLite's primary result code, or 0 where Python itself raised `error`."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether `error` says that the file itself is broken."""
    return primary_code(error) in _DAMAGED


def opened(path: Path, mode: str, *, patience: float | None = None) -> sqlite3.Connection:
    """Open `path` with the URI `mode` (`ro`, `rw`, `rwc`, or `ro&immutable=1`); every statement is its own transaction.

    The schema of the file is not trusted: its triggers and views can't call what has side effects. Raises `sqlite3.Error`.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    timeout = LOCK_PATIENCE if patience is None else patience
    connection = sqlite3.connect(uri, timeout=timeout, isolation_level=None, check_same_thread=False, uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open `path` so that nothing is written to it that a reader need not write. Raises `sqlite3.Error`.

    Read-only where that works. A journal that a killed writer left has to be rolled back first, which takes the right to
    write. On read-only media, with nothing left in a journal, the file is read as the immutable file it is.
    """
    clean = not os.path.lexists(f"{path}-wal")
    try:
        with closing(_opened_to_read(path)) as connection:
            yield connection
    finally:
        if clean and os.path.lexists(f"{path}-wal"):
            # A read-only connection makes these files and may not delete them; the last one that may write does, safely.
            with suppress(sqlite3.Error), closing(opened(path, "rw")) as last:
                last.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _opened_to_read(path: Path) -> sqlite3.Connection:
    failure: sqlite3.Error | None = None
    for mode in ("ro", "rw", "ro&immutable=1"):
        if "immutable" in mode and any(_holds_something(path, suffix) for suffix in ("-wal", "-journal")):
            break
        connection = None
        try:
            connection = opened(path, mode, patience=READ_PATIENCE)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            failure = failure or error
            if primary_code(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise
    assert failure is not None
    raise failure


def _holds_something(path: Path, suffix: str) -> bool:
    try:
        return os.stat(f"{path}{suffix}").st_size > 0
    except OSError:
        return False


def pragma(connection: sqlite3.Connection, name: str, schema: str = "main") -> int:
    """Return the whole number that `PRAGMA name` answers."""
    return int(connection.execute(f"PRAGMA {schema}.{name}").fetchone()[0])


def use_memory(connection: sqlite3.Connection) -> None:
    """Give a connection that makes indexes more memory than the two megabytes SQLite allows itself: 32."""
    connection.execute("PRAGMA cache_size = -32768")


def journal_mode(connection: sqlite3.Connection) -> str:
    """Return `wal`, `delete`, …"""
    return str(connection.execute("PRAGMA main.journal_mode").fetchone()[0])


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, advance: Callable[[int], None]) -> int:
    """Copy every page of `source` into `target` as one transaction of the target; `advance` is told bytes and may raise.

    Returns the bytes that `advance` was not told of: those after which the target was committed and nothing may fail.
    The caller holds a read transaction on the source, without which every write of others would start it anew. A target
    that stays locked ends it after `LOCK_PATIENCE` seconds: left alone, Python would try for ever.
    """
    page_size = pragma(source, "page_size")
    whole = pragma(source, "page_count") * page_size
    done = 0
    blocked_since: float | None = None

    def progress(status: int, remaining: int, total: int) -> None:
        nonlocal done, blocked_since
        if status in _BUSY:
            blocked_since = blocked_since or time.monotonic()
            if time.monotonic() - blocked_since > LOCK_PATIENCE:
                raise _Blocked("the target stayed locked")
            return
        blocked_since = None
        if status != sqlite3.SQLITE_DONE:
            copied, done = (total - remaining) * page_size - done, (total - remaining) * page_size
            advance(max(copied, 0))

    advance(0)
    source.backup(target, pages=PAGES_AT_ONCE, progress=progress, sleep=0.05)
    return max(whole - done, 0)


@contextmanager
def interruptible(connection: sqlite3.Connection, advance: Callable[[int], None]) -> Iterator[None]:
    """Look now and then, in the middle of long statements too, whether `advance` raises; then they are rolled back."""
    raised: list[HctuiError] = []

    def look() -> int:
        try:
            advance(0)
        except HctuiError as error:
            raised.append(error)
        return len(raised)

    connection.set_progress_handler(look, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if not raised:
            raise
        raise raised[0] from error
    finally:
        connection.set_progress_handler(None, 0)


class _Blocked(sqlite3.OperationalError):
    """The target of a copy stayed locked."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY
