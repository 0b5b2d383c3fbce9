"""Putting other content in a database's place: page by page inside SQLite's own transaction, or file for file by renames."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hctui.databases.sqlite.connection import SIDE_SUFFIXES, copy_pages, journal_mode, opened, pragma, use_memory
from hctui.databases.sqlite.locking import refuse_sessions
from hctui.databases.sqlite.undo_store import Kind, UndoRecord, UndoStore, new_record
from hctui.disk.locks import lock_record
from hctui.disk.sync import sync_file, sync_folder
from hctui.disk.work_dirs import make_folder
from hctui.errors import DatabaseInUse
from hctui.events import Reporter
from hctui.messages import N_, message

_LOCK_BYTES = (0x40000000, 512)
"""Where SQLite locks a database file, and over how many bytes."""
_INCOMING = "incoming"


def write_fast(connection: sqlite3.Connection, *, journal: bool = False) -> None:
    """Let `connection` write a file that is thrown away if anything fails: it needs not wait for the disk."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
    if not journal:
        connection.execute("PRAGMA journal_mode = OFF").fetchone()
    connection.execute("PRAGMA synchronous = OFF")
    use_memory(connection)
    connection.execute("PRAGMA secure_delete = OFF").fetchone()


class Copied(Struct, frozen=True):
    """What is known of a copy."""

    taken: datetime
    journal_mode: str
    """Of the database it was taken of: a connection to a file that can't change does not tell."""


def copy_to_file(source: sqlite3.Connection, path: Path, advance: Callable[[int], None]) -> Copied:
    """Copy the database that `source` holds open into the new file `path`, 0600, which needs no journal to be opened.

    The pages are all of one instant; others go on writing (in rollback-journal mode they wait).
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(opened(path, "rw")) as target:
        write_fast(target)
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        taken = datetime.now(UTC).astimezone()
        advance(copy_pages(source, target, advance))
        source.execute("COMMIT")
    with closing(opened(path, "rw")) as target:
        target.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
        mode = journal_mode(target)
        target.execute("PRAGMA journal_mode = DELETE").fetchone()
    return Copied(taken, mode)


def state(live: sqlite3.Connection) -> str:
    """Return what tells the database as it is now from what it will be: every change we make raises its schema version."""
    return str(pragma(live, "schema_version"))


def mark_changed(live: sqlite3.Connection) -> None:
    """Raise the schema version inside a transaction that may change nothing but rows, so that `state` tells it from before."""
    live.execute(f"PRAGMA main.schema_version = {pragma(live, 'schema_version') + 1}")


def overwrite(live: sqlite3.Connection, path: Path, advance: Callable[[int], None]) -> None:
    """Write the database file `path` over the one that `live` holds locked: one transaction, its journal mode stays.

    A kill leaves a journal, or log frames without a commit, and SQLite rolls back when the file is next opened.
    """
    wal = journal_mode(live) == "wal"
    with closing(opened(path, "ro&immutable=1")) as source:
        page_size = pragma(live, "page_size")
        if wal and pragma(source, "page_size") != page_size and pragma(live, "page_count") > 0:
            path = _with_page_size(path, page_size)
    with closing(opened(path, "ro&immutable=1")) as source:
        copy_pages(source, live, advance)
    if wal:
        with suppress(sqlite3.Error):  # it is done; the log will be emptied another time
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def replace_whole(live: sqlite3.Connection, store: UndoStore, path: Path, record: UndoRecord, reporter: Reporter) -> None:
    """Write `path` over the locked database; what it was becomes the undo."""
    with undoable(live, store, reporter) as undo:
        copy_to_file(live, undo, reporter.advance)
        store.write(new_record(record.origin, Kind.WHOLE, record.tables, before=state(live)))
        overwrite(live, path, reporter.advance)


@contextmanager
def undoable(live: sqlite3.Connection, store: UndoStore, reporter: Reporter) -> Iterator[Path]:
    """Give the place of a new undo, and let `live` be changed inside: once it is, no failure makes that undone or untold.

    The undo is kept where the database has changed, and deleted where not. Where the disk does not let itself be asked, it is
    left to `recover`, and the failure stands.
    """
    with ExitStack() as ended:
        ended.push(partial(_settle, live, store, reporter))
        yield store.begin()


def _settle(
    live: sqlite3.Connection, store: UndoStore, reporter: Reporter, kind: object, error: BaseException | None, trace: object
) -> bool:
    """Keep the undo where the database has changed; tell whether the failure after that, if there was one, is told of."""
    if error is not None and not _has_changed(live, store):
        return False
    keep(store, reporter)
    return _told(error, reporter)


def keep(store: UndoStore, reporter: Reporter) -> None:
    """Keep the undo of a change that is in place; what fails now is only told, for `recover` will see to it."""
    with in_place(reporter):
        store.keep()


@contextmanager
def in_place(reporter: Reporter) -> Iterator[None]:
    """Do what comes after the database has changed: a disk that fails then is told of, and nothing else comes of it."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        _told(error, reporter)


def _told(error: BaseException | None, reporter: Reporter) -> bool:
    """Tell of a disk that failed, and whether it was that."""
    if not isinstance(error, sqlite3.Error | OSError):
        return False
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    text = N_("The restore is in place, but something of it could not be tidied up: {reason}")
    reporter.warn(message(text, reason=reason))
    return True


def _has_changed(live: sqlite3.Connection, store: UndoStore) -> bool:
    """Tell whether the transaction came to be; where it did not, the pending undo is deleted."""
    try:
        if live.in_transaction:
            live.execute("ROLLBACK")
        record = store.read_pending()
        changed = record is not None and state(live) != record.before
    except sqlite3.Error:
        store.release()
        return False
    if not changed:
        _discard(store)
    return changed


def _with_page_size(path: Path, page_size: int) -> Path:
    """A log holds pages of one size: make the file over in pages of the size that the live database has."""
    converted = path.with_name(f"{path.name}-{page_size}")
    converted.unlink(missing_ok=True)
    with closing(opened(path, "rw")) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("VACUUM INTO ?", (str(converted),))
    return converted


@contextmanager
def refuse_locked(alias: str, live: Path) -> Iterator[None]:
    """Hold all of SQLite's locks on a file that SQLite itself may not be able to open. Raises `DatabaseInUse`."""
    refuse_sessions(alias, live)
    if not live.exists():
        yield
        return
    with open(live, "r+b") as file:
        try:
            lock_record(file.fileno(), *_LOCK_BYTES)
        except OSError as error:
            raise DatabaseInUse(alias=alias, who=N_("another program")) from error
        yield


def swap_files(store: UndoStore, live: Path, incoming: Mapping[str, Path], record: UndoRecord, reporter: Reporter) -> None:
    """Put the files `incoming` (by suffix, "" the database) in the place of `live` and what lies beside it.

    What was there is kept as the undo. A log or journal must never stay beside another database: SQLite would play it into
    it. `finish_swap` or `roll_back_swap` does the rest after a kill.
    """
    before = identity(live)
    with ExitStack() as unfinished:
        unfinished.callback(_discard, store)
        store.begin()
        _prepare_swap(store, live, incoming)
        store.write(replace(record, before=before))
        unfinished.pop_all()
    with ExitStack() as ended:
        ended.push(partial(_take_back, store, live, before))
        for suffix in SIDE_SUFFIXES:
            Path(f"{live}{suffix}").unlink(missing_ok=True)
        if "" in incoming:
            os.replace(store.pending / _INCOMING / "database", live)
        else:
            live.unlink(missing_ok=True)
    with in_place(reporter), _left_to_recovery(store):
        finish_swap(store, live)


def _take_back(store: UndoStore, live: Path, before: str, kind: object, error: BaseException | None, trace: object) -> bool:
    """Roll back a swap that failed before the file was in place; tell whether it failed after that, which does not matter."""
    if error is None:
        return False
    with _left_to_recovery(store):
        if identity(live) != before:
            return True
        roll_back_swap(store, live)
    return False


@contextmanager
def _left_to_recovery(store: UndoStore) -> Iterator[None]:
    """Let `recover` find the pending undo whatever comes."""
    try:
        yield
    finally:
        store.release()


def _discard(store: UndoStore) -> None:
    with suppress(OSError):  # then `recover` deletes it
        store.discard()


def _prepare_swap(store: UndoStore, live: Path, incoming: Mapping[str, Path]) -> None:
    """Put what leaves and what comes, durably, into the folder of the undo."""
    kept, coming = store.pending / "files", store.pending / _INCOMING
    make_folder(kept)
    make_folder(coming)
    for suffix in ("", *SIDE_SUFFIXES):
        if os.path.lexists(f"{live}{suffix}"):
            _duplicate(Path(f"{live}{suffix}"), kept / f"database{suffix}")
    for suffix, path in incoming.items():
        _duplicate(path, coming / f"database{suffix}")
        sync_file(coming / f"database{suffix}")
    _dress(coming / "database", live)
    sync_folder(coming)
    sync_folder(kept)


def finish_swap(store: UndoStore, live: Path) -> None:
    """Put what is still to come beside the new database, and keep the undo."""
    coming = store.pending / _INCOMING
    for path in sorted(coming.iterdir()) if coming.exists() else ():
        os.replace(path, f"{live}{path.name.removeprefix('database')}")
    sync_folder(live.parent)
    shutil.rmtree(coming, ignore_errors=True)
    store.keep()


def roll_back_swap(store: UndoStore, live: Path) -> None:
    """Put back what lay beside the old database, and forget the rest."""
    for path in store.pending.glob("files/database-*"):
        beside = Path(f"{live}{path.name.removeprefix('database')}")
        if not beside.exists():
            _duplicate(path, beside)
    sync_folder(live.parent)
    store.discard()


def identity(live: Path) -> str:
    """Return which file lies at `live`; empty where none does."""
    try:
        status = live.stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def _duplicate(path: Path, place: Path) -> None:
    """Give the file a second name, or copy it where the file system has no links."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)


def _dress(path: Path, live: Path) -> None:
    """Give a file that takes the place of `live` its owner and permissions; where there was none, the folder's owner.

    Root restores what an application has to be able to write.
    """
    if not path.exists():
        return
    status = (live if live.exists() else live.parent).stat()
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)
    if live.exists():
        os.chmod(path, status.st_mode & 0o7777)
