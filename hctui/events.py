"""What an operation says while it works: frozen structures, one JSON line each in a job's journal (`hctui.codec`).

`total` and `done` are bytes of data read or written over the whole operation, so that speed and time left can be told.
The last event is always one of `BackupDone`, `RestoreDone`, `VerifyDone`, `FilesDone`, `Failed`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from hctui.messages import Message
from hctui.model import Consistency, Encryption


class Step(StrEnum):
    """What is being done to a database or a file just now."""

    CHECK = "check"
    SNAPSHOT = "snapshot"
    PACK = "pack"
    STAGE = "stage"
    VERIFY = "verify"
    REBUILD = "rebuild"
    SWAP = "swap"


class Started(Struct, frozen=True):
    """The operation knows what lies before it."""

    operation: str
    """`backup`, `restore`, `verify`, `undo`, `files-backup`, `files-restore`."""
    databases: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    """(alias, table) in the order of work."""
    total: int


class StepStarted(Struct, frozen=True):
    """Another step of the work on one database begins."""

    alias: str
    step: Step


class TableStarted(Struct, frozen=True):
    """Work on a table (or, in a files job, a file) begins."""

    alias: str
    table: str
    size: int


class Progress(Struct, frozen=True):
    """So much is done; sent a few times a second at the most."""

    done: int
    total: int


class TableDone(Struct, frozen=True):
    """A table is stored, verified or put back."""

    alias: str
    table: str
    size: int
    rows: int | None = None


class Warned(Struct, frozen=True):
    """Something the person must know though the work goes on; makes the exit code 3."""

    message: Message


class DatabaseOutcome(Struct, frozen=True):
    """What came of one database."""

    alias: str
    tables: int
    rows: int
    size: int
    consistency: Consistency | None = None
    kept: tuple[str, ...] = ()
    """Restore: tables that stayed as they were."""
    reindex: tuple[str, ...] = ()
    """Restore: tables whose indexes the application must rebuild."""
    undo: bool = False
    """Restore: what was replaced is kept."""


class BackupDone(Struct, frozen=True):
    """The backup lies whole at its place."""

    file: Path
    size: int
    data_size: int
    seconds: float
    encryption: Encryption | None
    databases: tuple[DatabaseOutcome, ...]
    warnings: tuple[Message, ...] = ()


class RestoreDone(Struct, frozen=True):
    """The restore (or undo) is in place."""

    operation: str
    databases: tuple[DatabaseOutcome, ...]
    seconds: float
    warnings: tuple[Message, ...] = ()


class VerifyDone(Struct, frozen=True):
    """Every byte was read and is what was written."""

    file: Path
    members: int
    size: int
    seconds: float
    created: datetime | None
    databases: tuple[DatabaseOutcome, ...]
    warnings: tuple[Message, ...] = ()


class FilesDone(Struct, frozen=True):
    """Files were backed up or restored."""

    operation: str
    path: Path
    """The backup made, or the folder restored to."""
    files: int
    size: int
    stored_size: int
    seconds: float
    warnings: tuple[Message, ...] = ()


class Failed(Struct, frozen=True):
    """The operation ended without doing what was asked; everything is as it was before."""

    message: Message
    exit_code: int


Done = BackupDone | RestoreDone | VerifyDone | FilesDone
Event = Started | StepStarted | TableStarted | Progress | TableDone | Warned | Done | Failed


class Reporter(Protocol):
    """How synchronous code in a worker thread tells of its work. Every method raises `Cancelled` once the job is cancelled."""

    def step(self, alias: str, step: Step) -> None:
        """Another step begins."""

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Work on a table begins."""

    def advance(self, size: int) -> None:
        """`size` more bytes are done; cheap, call it per chunk. `advance(0)` only looks whether to stop."""

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """A table is done."""

    def warn(self, message: Message) -> None:
        """Something the person must know."""
