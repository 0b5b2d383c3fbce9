"""Connections to database files, the copy of all pages of one, and the mapping of SQLite's errors to ours."""

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

READ_TIMEOUT = 30.0
"""Seconds that a reader waits for writers in rollback-journal mode."""
LOCK_TIMEOUT = 5.0
"""Seconds that a restore waits for the lock before it names the programs that hold the database."""
PAGES_AT_ONCE = 1000
UNKNOWN_HERE = ("no such", "unknown function", "unknown tokenizer")
"""The first words of SQLite's errors for a statement that needs a function, sort order or module of the application."""
_STEPS = 1_000_000
"""Instructions of SQLite's virtual machine between two calls of a progress handler: some tens of milliseconds."""
SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
"""The suffixes of the files that SQLite keeps beside a database file: write-ahead log, shared memory, rollback journal."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_UNREADABLE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH)


def quoted(name: str) -> str:
    """Return `name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def mapped(alias: str, location: Path) -> Iterator[None]:
    """Map what SQLite and the disk raise to leaves of `hctui.errors` that name `alias` or `location`."""
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning) as error:  # before Python 3.12 two statements in one raise `Warning`
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
    """Return SQLite's primary result code, or 0 if Python itself raised `error`."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether `error` means that the file itself is damaged."""
    return primary_code(error) in _DAMAGED


def connect(path: Path, mode: str, *, timeout: float | None = None) -> sqlite3.Connection:
    """Open `path` with the URI `mode` (`ro`, `rw`, `rwc`, or `ro&immutable=1`); every statement is its own transaction.

    The schema of the file is not trusted: its triggers and views can't call functions with side effects. Raises
    `sqlite3.Error`.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    wait = LOCK_TIMEOUT if timeout is None else timeout
    connection = sqlite3.connect(uri, timeout=wait, isolation_level=None, check_same_thread=False, uri=True)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open `path` to read, and write no more to it than SQLite needs for that. Raises `sqlite3.Error`.

    It is opened read-only if possible; for writing if a killed writer left a journal, which must be rolled back first; as an
    immutable file on read-only media, if log and journal are empty.
    """
    without_log = not os.path.lexists(f"{path}-wal")
    try:
        with closing(_connect_to_read(path)) as connection:
            yield connection
    finally:
        if without_log and os.path.lexists(f"{path}-wal"):
            # A read-only connection makes a log and may not delete it. The last connection that may write deletes it.
            with suppress(sqlite3.Error), closing(connect(path, "rw")) as last:
                last.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _connect_to_read(path: Path) -> sqlite3.Connection:
    failure: sqlite3.Error | None = None
    for mode in ("ro", "rw", "ro&immutable=1"):
        if "immutable" in mode and any(_has_content(path, suffix) for suffix in ("-wal", "-journal")):
            break
        connection = None
        try:
            connection = connect(path, mode, timeout=READ_TIMEOUT)
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


def _has_content(path: Path, suffix: str) -> bool:
    try:
        return os.stat(f"{path}{suffix}").st_size > 0
    except OSError:
        return False


def pragma(connection: sqlite3.Connection, name: str, schema: str = "main") -> int:
    """Return the value of `PRAGMA name`, a whole number."""
    return int(connection.execute(f"PRAGMA {schema}.{name}").fetchone()[0])


def use_memory(connection: sqlite3.Connection) -> None:
    """Let a connection that makes indexes use 32 MB of memory instead of SQLite's two."""
    connection.execute("PRAGMA cache_size = -32768")


def journal_mode(connection: sqlite3.Connection) -> str:
    """Return `wal`, `delete`, …"""
    return str(connection.execute("PRAGMA main.journal_mode").fetchone()[0])


def copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, advance: Callable[[int], None]) -> int:
    """Copy every page of `source` to `target` in one transaction of the target; `advance` gets bytes and may raise.

    Returns the bytes that `advance` did not get: those of the last step, which committed the target. The caller holds a read
    transaction on the source; without it each write of another program would restart the copy. If the target stays locked for
    `LOCK_TIMEOUT` seconds the copy fails; without that Python would try for ever.
    """
    page_size = pragma(source, "page_size")
    whole = pragma(source, "page_count") * page_size
    done = 0
    blocked_since: float | None = None

    def progress(status: int, remaining: int, total: int) -> None:
        nonlocal done, blocked_since
        if status in _BUSY:
            blocked_since = blocked_since or time.monotonic()
            if time.monotonic() - blocked_since > LOCK_TIMEOUT:
                raise _TargetLocked("the target stayed locked")
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
    """Call `advance(0)` regularly, also during a long statement; if it raises, the statement is rolled back and ends."""
    raised: list[HctuiError] = []

    def check() -> int:
        try:
            advance(0)
        except HctuiError as error:
            raised.append(error)
        return len(raised)

    connection.set_progress_handler(check, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if not raised:
            raise
        raise raised[0] from error
    finally:
        connection.set_progress_handler(None, 0)


class _TargetLocked(sqlite3.OperationalError):
    """The target of a copy stayed locked."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY
