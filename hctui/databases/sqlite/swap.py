"""The swap: other content takes the place of a database's, page by page in one transaction, or file by file with renames.

The promise: after a kill or a loss of power at any moment the database is the old one or the new one, whole, and if it is the
new one its undo copy exists (`undo_store` has the states of that).

Pages, if SQLite can read the live database: SQLite's own journal makes the transaction whole or not at all. `keeping_undo`
makes the undo copy before and keeps it if the database has changed after.

Files, if the live database is missing or damaged (`swap_files`):

    1. the old files and the new ones are put into the pending undo copy and synced; nothing live has changed
    2. log and journal of the old database are deleted: SQLite would apply them to the new one
    3. one rename puts the new database in place
    4. log and journal of the new database are renamed to their places, and the undo copy is kept

After a kill before step 3, `roll_back_swap` puts the files of step 2 back; after it, `finish_swap` does step 4. Which one is
right is known from `file_identity`, which is not the same before and after step 3.
"""

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

from hctui.databases.sqlite.connection import SIDE_SUFFIXES, connect, copy_pages, journal_mode, pragma, use_memory
from hctui.databases.sqlite.locking import refuse_sessions
from hctui.databases.sqlite.undo_store import Kind, UndoRecord, UndoStore, new_record
from hctui.disk.descriptors import open_private
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
    """Let `connection` write without waiting for the disk: the file is deleted if anything fails."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
    if not journal:
        connection.execute("PRAGMA journal_mode = OFF").fetchone()
    connection.execute("PRAGMA synchronous = OFF")
    use_memory(connection)
    connection.execute("PRAGMA secure_delete = OFF").fetchone()


class CopyInfo(Struct, frozen=True):
    """Facts about a copy."""

    taken: datetime
    journal_mode: str
    """The mode of the original; a connection to an immutable file does not show it."""


def copy_to_file(source: sqlite3.Connection, path: Path, advance: Callable[[int], None]) -> CopyInfo:
    """Copy the database of `source` to the new file `path`, 0600, which opens without a journal.

    All pages are of one moment. Other programs go on writing; in rollback-journal mode they wait.
    """
    os.close(open_private(path, os.O_WRONLY | os.O_EXCL))
    with closing(connect(path, "rw")) as target:
        write_fast(target)
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        taken = datetime.now(UTC).astimezone()
        advance(copy_pages(source, target, advance))
        source.execute("COMMIT")
    with closing(connect(path, "rw")) as target:
        target.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
        mode = journal_mode(target)
        target.execute("PRAGMA journal_mode = DELETE").fetchone()
    return CopyInfo(taken, mode)


def schema_version(live: sqlite3.Connection) -> str:
    """Return the schema version, which every change of ours raises, so that it shows whether the database has changed."""
    return str(pragma(live, "schema_version"))


def raise_schema_version(live: sqlite3.Connection) -> None:
    """Raise the schema version in a transaction which may otherwise change only rows."""
    live.execute(f"PRAGMA main.schema_version = {pragma(live, 'schema_version') + 1}")


def overwrite(live: sqlite3.Connection, path: Path, advance: Callable[[int], None]) -> None:
    """Write the database file `path` over the one that `live` holds locked, in one transaction; its journal mode stays.

    After a kill there is a journal, or a log without a commit, and SQLite rolls back when the file is opened next.
    """
    wal = journal_mode(live) == "wal"
    with closing(connect(path, "ro&immutable=1")) as source:
        page_size = pragma(live, "page_size")
        if wal and pragma(source, "page_size") != page_size and pragma(live, "page_count") > 0:
            path = _with_page_size(path, page_size)
    with closing(connect(path, "ro&immutable=1")) as source:
        copy_pages(source, live, advance)
    if wal:
        with suppress(sqlite3.Error):  # the restore is done; another connection will empty the log
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def replace_whole(live: sqlite3.Connection, store: UndoStore, path: Path, record: UndoRecord, reporter: Reporter) -> None:
    """Write `path` over the locked database; its old content becomes the undo copy."""
    with keeping_undo(live, store, reporter) as undo:
        copy_to_file(live, undo, reporter.advance)
        store.write(new_record(record.origin, Kind.WHOLE, record.tables, before=schema_version(live)))
        overwrite(live, path, reporter.advance)


@contextmanager
def keeping_undo(live: sqlite3.Connection, store: UndoStore, reporter: Reporter) -> Iterator[Path]:
    """Give the path for the database of a new undo copy; the block writes it, then changes `live`.

    If the block fails before `live` has changed, the undo copy is deleted. If `live` has changed, the undo copy is kept, and
    a failure of the disk after that is only a warning. If the disk can't be read to find out, the next start decides.
    """
    with ExitStack() as ended:
        ended.push(partial(_end_change, live, store, reporter))
        yield store.begin()


def _end_change(
    live: sqlite3.Connection, store: UndoStore, reporter: Reporter, kind: object, error: BaseException | None, trace: object
) -> bool:
    """Keep the undo copy if the database has changed; return whether `error` came after that and was only a warning."""
    if error is not None and not _has_changed(live, store):
        return False
    with warning_of_disk_errors(reporter):
        store.keep()
    return _warned(error, reporter)


@contextmanager
def warning_of_disk_errors(reporter: Reporter) -> Iterator[None]:
    """Run a block after the database has changed: a failure of the disk is only a warning then."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        _warned(error, reporter)


def _warned(error: BaseException | None, reporter: Reporter) -> bool:
    """Warn of a failure of the disk; return whether `error` is one."""
    if not isinstance(error, sqlite3.Error | OSError):
        return False
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
    text = N_("The restore is in place, but something of it could not be tidied up: {reason}")
    reporter.warn(message(text, reason=reason))
    return True


def _has_changed(live: sqlite3.Connection, store: UndoStore) -> bool:
    """Return whether the transaction was committed; if it was not, delete the pending undo copy."""
    try:
        if live.in_transaction:
            live.execute("ROLLBACK")
        record = store.read_pending()
        changed = record is not None and schema_version(live) != record.before
    except sqlite3.Error:
        store.release()
        return False
    if not changed:
        _discard(store)
    return changed


def _with_page_size(path: Path, page_size: int) -> Path:
    """Return a copy of the file with the page size of the live database: a log can't hold pages of two sizes."""
    converted = path.with_name(f"{path.name}-{page_size}")
    converted.unlink(missing_ok=True)
    with closing(connect(path, "rw")) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.execute("VACUUM INTO ?", (str(converted),))
    return converted


@contextmanager
def file_lock(alias: str, live: Path) -> Iterator[None]:
    """Hold all of SQLite's locks on a file which SQLite itself may not be able to open. Raises `DatabaseInUse`."""
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
    """Replace the file `live`, its log and its journal by the files `incoming` (by suffix, "" for the database).

    The old files become the undo copy. The module describes the steps.
    """
    before = file_identity(live)
    with ExitStack() as unfinished:
        unfinished.callback(_discard, store)
        store.begin()
        _prepare_swap(store, live, incoming)
        store.write(replace(record, before=before))
        unfinished.pop_all()
    with ExitStack() as ended:
        ended.push(partial(_roll_back_failed, store, live, before))
        for suffix in SIDE_SUFFIXES:
            Path(f"{live}{suffix}").unlink(missing_ok=True)
        if "" in incoming:
            os.replace(store.pending / _INCOMING / "database", live)
        else:
            live.unlink(missing_ok=True)
    with warning_of_disk_errors(reporter), _releasing(store):
        finish_swap(store, live)


def _roll_back_failed(
    store: UndoStore, live: Path, before: str, kind: object, error: BaseException | None, trace: object
) -> bool:
    """Roll back a swap that failed before the new file was in place; return True, to ignore the failure, if it came later."""
    if error is None:
        return False
    with _releasing(store):
        if file_identity(live) != before:
            return True
        roll_back_swap(store, live)
    return False


@contextmanager
def _releasing(store: UndoStore) -> Iterator[None]:
    """End the lock on the pending undo copy in any case, so that `recover` may take it."""
    try:
        yield
    finally:
        store.release()


def _discard(store: UndoStore) -> None:
    with suppress(OSError):  # the next start deletes it
        store.discard()


def _prepare_swap(store: UndoStore, live: Path, incoming: Mapping[str, Path]) -> None:
    """Put the old files and the new ones into the pending undo copy, and sync them."""
    kept, incoming_folder = store.pending / "files", store.pending / _INCOMING
    make_folder(kept)
    make_folder(incoming_folder)
    for suffix in ("", *SIDE_SUFFIXES):
        if os.path.lexists(f"{live}{suffix}"):
            _duplicate(Path(f"{live}{suffix}"), kept / f"database{suffix}")
    for suffix, path in incoming.items():
        _duplicate(path, incoming_folder / f"database{suffix}")
        sync_file(incoming_folder / f"database{suffix}")
    _copy_owner_and_mode(incoming_folder / "database", live)
    sync_folder(incoming_folder)
    sync_folder(kept)


def finish_swap(store: UndoStore, live: Path) -> None:
    """Move the log and journal of the new database to their places, and keep the undo copy."""
    incoming = store.pending / _INCOMING
    for path in sorted(incoming.iterdir()) if incoming.exists() else ():
        os.replace(path, f"{live}{path.name.removeprefix('database')}")
    sync_folder(live.parent)
    shutil.rmtree(incoming, ignore_errors=True)
    store.keep()


def roll_back_swap(store: UndoStore, live: Path) -> None:
    """Put the log and journal of the old database back, and delete the pending undo copy."""
    for path in store.pending.glob("files/database-*"):
        beside = Path(f"{live}{path.name.removeprefix('database')}")
        if not beside.exists():
            _duplicate(path, beside)
    sync_folder(live.parent)
    store.discard()


def file_identity(live: Path) -> str:
    """Return device and inode of the file at `live`; empty if there is none."""
    try:
        status = live.stat()
    except FileNotFoundError:
        return ""
    return f"{status.st_dev}:{status.st_ino}"


def _duplicate(path: Path, place: Path) -> None:
    """Give the file a second name, or copy it if the file system has no links."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)


def _copy_owner_and_mode(path: Path, live: Path) -> None:
    """Give a file that replaces `live` its owner and mode, or the owner of the folder if there is no such file.

    The application must be able to write to it, also if root restores it.
    """
    if not path.exists():
        return
    status = (live if live.exists() else live.parent).stat()
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)
    if live.exists():
        os.chmod(path, status.st_mode & 0o7777)
