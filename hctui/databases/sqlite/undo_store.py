"""What the last restore replaced, kept in a folder beside the database until the person drops it.

The folder is made under another name before the live database changes, and gets its own once it has: `recover` tells by
`UndoRecord.before` on which side of the change a killed run stopped.
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
from hctui.disk.locks import is_locked, try_lock
from hctui.disk.sync import sync_file, sync_folder
from hctui.disk.work_dirs import make_folder
from hctui.model import IndexDefinition


class Kind(StrEnum):
    """What is kept."""

    WHOLE = "whole"
    """`database` is the whole database as it was."""
    TABLES = "tables"
    """`database` holds the tables that were replaced or dropped, as they were."""
    FILES = "files"
    """`files/` holds the bytes of a database that SQLite could not read, and of what lay beside it."""
    ABSENT = "absent"
    """There was no database."""


class UndoRecord(Struct, frozen=True):
    """The whole of `undo.json`."""

    made: datetime
    origin: str
    kind: Kind
    tables: tuple[str, ...]
    """For the person: what an undo puts back or drops."""
    created: tuple[str, ...] = ()
    """Tables that the restore made, so an undo drops them."""
    before: str = ""
    """What told the live database, before it was changed, from what it was to be (`replacing.state` or `identity`)."""
    indexes: tuple[IndexDefinition, ...] = ()
    """Indexes of the kept tables, by definition only: they are made again where their table has to be."""


def new_record(origin: str, kind: Kind, tables: tuple[str, ...], *, before: str = "") -> UndoRecord:
    """Return the record of a change that is about to be made."""
    return UndoRecord(datetime.now(UTC).astimezone(), origin, kind, tables, before=before)


class UndoStore:
    """The undo of the database at one path."""

    def __init__(self, database: Path) -> None:
        self._folder = undo_folder(database)
        self.pending = undo_folder(database, ".pending")
        self._retired = undo_folder(database, ".retired")
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """The kept database file."""
        return self._folder / "database"

    def kept_files(self) -> dict[str, Path]:
        """Return the kept bytes by suffix, "" the database itself; none where there was no database."""
        return {path.name.removeprefix("database"): path for path in sorted(self._folder.glob("files/database*"))}

    def read(self) -> UndoRecord | None:
        """Return what is kept; None where nothing is, or nothing readable."""
        return _read(self._folder)

    def read_pending(self) -> UndoRecord | None:
        """Return what a restore that did not end was about to keep."""
        return _read(self.pending)

    def described(self) -> Undo | None:
        """Return what is kept, for a person."""
        record = self.read()
        if record is None:
            return None
        size = sum(
            each.stat().st_size for each in self._folder.rglob("*") if each.is_file() and each.name.startswith("database")
        )
        return Undo(record.made, record.origin, record.tables, size)

    def begin(self) -> Path:
        """Make the folder for another undo, empty, and return where its database goes."""
        if is_locked(self.pending / "lock"):
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(self.pending))
        self.discard()
        make_folder(self.pending)
        self._lock = os.open(self.pending / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try_lock(self._lock)
        return self.pending / "database"

    def left_by_the_dead(self) -> bool:
        """Tell whether there is a pending undo whose process is gone."""
        return self.pending.is_dir() and not is_locked(self.pending / "lock")

    def write(self, record: UndoRecord) -> None:
        """Make the pending undo durable; only then may the live database change."""
        for path in (self.pending / "database", *self.pending.glob("files/*")):
            if path.exists():
                sync_file(path)
        atomic_file.replace(self.pending / "undo.json", codec.encode(record))
        sync_folder(self.pending.parent)

    def keep(self) -> None:
        """Put the pending undo in place of the one before it: the live database has changed.

        Raises `OSError`; then `recover` does it, and until then nothing of it is lost.
        """
        try:
            if self._folder.exists():
                shutil.rmtree(self._retired, ignore_errors=True)
                self._folder.rename(self._retired)
            self.pending.rename(self._folder)
            with suppress(OSError):  # whichever name a loss of power leaves, it is found
                sync_folder(self._folder.parent)
        finally:
            self.release()
        shutil.rmtree(self._retired, ignore_errors=True)

    def discard(self) -> None:
        """Delete the pending undo: the live database has not changed."""
        try:
            if os.path.lexists(self.pending):
                shutil.rmtree(self.pending)
        finally:
            self.release()

    def release(self) -> None:
        """Leave the pending undo as it is to `recover`, which tells what it is."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def drop(self) -> None:
        """Delete what is kept."""
        if os.path.lexists(self._folder):
            self._folder.rename(self._retired)
        self.tidy()

    def tidy(self) -> None:
        """Delete what was thrown away."""
        if os.path.lexists(self._retired):
            shutil.rmtree(self._retired)


def _read(folder: Path) -> UndoRecord | None:
    try:
        return codec.decode((folder / "undo.json").read_bytes(), UndoRecord)
    except (OSError, msgspec.MsgspecError):
        return None
