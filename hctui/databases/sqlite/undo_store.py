"""The undo copy of a database: what the last restore replaced, in a folder beside it until the person drops it.

The promise: if the live database has changed, there is an undo copy of what it was before, also after a kill at any moment.

    folder                                       state                            the next start
    .hctui-undo-NAME.pending, locked             a process makes an undo copy     leaves it alone
    .hctui-undo-NAME.pending, unlocked           the process has ended, and
                                                 the database has not changed     deletes the folder
                                                 the database has changed         renames it to .hctui-undo-NAME
    .hctui-undo-NAME                             the undo copy                    changes nothing
    .hctui-undo-NAME.retired                     the copy before it               deletes the folder

Why it holds: the pending folder is complete and synced before the live database changes, and is renamed only after that.
`UndoRecord.before` has a value that every change of ours alters; compared with the live database it shows whether a killed
process had changed it.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from msgspec import Struct

from hctui import codec
from hctui.databases.engine import Undo
from hctui.databases.sqlite.work_dirs import undo_folder
from hctui.disk import atomic_file
from hctui.disk.descriptors import open_private
from hctui.disk.locks import is_locked, try_lock
from hctui.disk.sync import sync_file, sync_folder
from hctui.disk.work_dirs import make_folder
from hctui.model import IndexDefinition


class Kind(StrEnum):
    """The content of an undo copy."""

    WHOLE = "whole"
    """`database` is the whole database as it was."""
    TABLES = "tables"
    """`database` holds the tables that were replaced or dropped, as they were."""
    FILES = "files"
    """`files/` holds the files of a database that SQLite could not read."""
    ABSENT = "absent"
    """There was no database."""


class UndoRecord(Struct, frozen=True):
    """The content of `undo.json`."""

    made: datetime
    origin: str
    kind: Kind
    tables: tuple[str, ...]
    """Shown to the person: the tables that an undo restores or drops."""
    created: tuple[str, ...] = ()
    """Tables that the restore made; an undo drops them."""
    before: str = ""
    """`swap.schema_version` or `swap.file_identity` of the live database before its change."""
    indexes: tuple[IndexDefinition, ...] = ()
    """Definitions of the indexes of the kept tables, for those that must be made again with their table."""


def new_record(origin: str, kind: Kind, tables: tuple[str, ...], *, before: str = "") -> UndoRecord:
    """Return the record of a change that begins now."""
    return UndoRecord(datetime.now(UTC).astimezone(), origin, kind, tables, before=before)


class UndoStore:
    """The undo copy of the database at one path."""

    def __init__(self, database: Path) -> None:
        self._folder = undo_folder(database)
        self.pending = undo_folder(database, ".pending")
        self._retired = undo_folder(database, ".retired")
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """The database file in the undo copy."""
        return self._folder / "database"

    def kept_files(self) -> dict[str, Path]:
        """Return the files in the undo copy by suffix ("" for the database itself); none if there was no database."""
        return {path.name.removeprefix("database"): path for path in sorted(self._folder.glob("files/database*"))}

    def read(self) -> UndoRecord | None:
        """Return the record of the undo copy; None if there is none, or none that is readable."""
        return _read(self._folder)

    def read_pending(self) -> UndoRecord | None:
        """Return the record of the pending undo copy."""
        return _read(self.pending)

    def describe(self) -> Undo | None:
        """Return what a person sees of the undo copy."""
        record = self.read()
        if record is None:
            return None
        size = sum(
            each.stat().st_size for each in self._folder.rglob("*") if each.is_file() and each.name.startswith("database")
        )
        return Undo(record.made, record.origin, record.tables, size)

    def begin(self) -> Path:
        """Make an empty pending folder, lock it, and return the path for the database in it."""
        if is_locked(self.pending / "lock"):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(self.pending))
        self.discard()
        make_folder(self.pending)
        self._lock = open_private(self.pending / "lock", os.O_WRONLY)
        try_lock(self._lock)
        return self.pending / "database"

    def is_abandoned(self) -> bool:
        """Return whether there is a pending undo copy whose process has ended."""
        return self.pending.is_dir() and not is_locked(self.pending / "lock")

    def write(self, record: UndoRecord) -> None:
        """Write the record and sync the pending undo copy; only then may the live database change."""
        for path in (self.pending / "database", *self.pending.glob("files/*")):
            if path.exists():
                sync_file(path)
        atomic_file.replace(self.pending / "undo.json", codec.encode(record))
        sync_folder(self.pending.parent)

    def keep(self) -> None:
        """Replace the undo copy by the pending one, because the live database has changed.

        Raises `OSError`; the pending one then stays, and the next start repeats this.
        """
        try:
            if self._folder.exists():
                shutil.rmtree(self._retired, ignore_errors=True)
                self._folder.rename(self._retired)
            self.pending.rename(self._folder)
            with suppress(OSError):  # after a loss of power it is found under either name
                sync_folder(self._folder.parent)
        finally:
            self.release()
        shutil.rmtree(self._retired, ignore_errors=True)

    def discard(self) -> None:
        """Delete the pending undo copy, because the live database has not changed."""
        try:
            if os.path.lexists(self.pending):
                shutil.rmtree(self.pending)
        finally:
            self.release()

    def release(self) -> None:
        """End the lock on the pending undo copy; if it still exists, the next start decides what it is."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def drop(self) -> None:
        """Delete the undo copy."""
        if os.path.lexists(self._folder):
            self._folder.rename(self._retired)
        self.delete_retired()

    def delete_retired(self) -> None:
        """Delete the undo copy before this one, if a killed process left it."""
        if os.path.lexists(self._retired):
            shutil.rmtree(self._retired)


def _read(folder: Path) -> UndoRecord | None:
    try:
        return codec.decode((folder / "undo.json").read_bytes(), UndoRecord)
    except (OSError, msgspec.MsgspecError):
        return None
