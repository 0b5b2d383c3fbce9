"""The events of a running operation: frozen structs, each one JSON line in the journal of a job (`hctui.codec`).

`total` and `done` are bytes of data read or written in the whole operation; speed and time left are computed from them.
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
    """The current kind of work on a database or a file."""

    CHECK = "check"
    SNAPSHOT = "snapshot"
    PACK = "pack"
    STAGE = "stage"
    VERIFY = "verify"
    REBUILD = "rebuild"
    SWAP = "swap"


class Started(Struct, frozen=True):
    """The operation begins, and knows how much work it has."""

    operation: str
    """`backup`, `restore`, `verify`, `undo`, `files-backup`, `files-restore`."""
    databases: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    """(alias, table), in the order in which they are processed."""
    total: int


class StepStarted(Struct, frozen=True):
    """The next step of the work on one database begins."""

    alias: str
    step: Step


class TableStarted(Struct, frozen=True):
    """Work on a table begins; in an operation on files, work on a file."""

    alias: str
    table: str
    size: int


class Progress(Struct, frozen=True):
    """The amount of work done; sent a few times per second at most."""

    done: int
    total: int


class TableDone(Struct, frozen=True):
    """A table was stored, verified or restored."""

    alias: str
    table: str
    size: int
    rows: int | None = None


class Warned(Struct, frozen=True):
    """The result is less than what was asked for, though the work goes on; makes the exit code 3."""

    message: Message


class Advised(Struct, frozen=True):
    """Something the person should know; what was asked for is done, so the exit code stays 0."""

    message: Message


class DatabaseOutcome(Struct, frozen=True):
    """The result for one database."""

    alias: str
    tables: int
    rows: int
    size: int
    consistency: Consistency | None = None
    kept: tuple[str, ...] = ()
    """Restore: tables that were kept as they were."""
    reindex: tuple[str, ...] = ()
    """Restore: tables whose indexes the application must rebuild."""
    undo: bool = False
    """Restore: whether an undo copy of what was replaced exists."""


class BackupDone(Struct, frozen=True):
    """The backup is complete, at its destination."""

    file: Path
    size: int
    data_size: int
    seconds: float
    encryption: Encryption | None
    databases: tuple[DatabaseOutcome, ...]
    warnings: tuple[Message, ...] = ()
    advice: tuple[Message, ...] = ()


class RestoreDone(Struct, frozen=True):
    """The restore (or undo) is complete."""

    operation: str
    databases: tuple[DatabaseOutcome, ...]
    seconds: float
    warnings: tuple[Message, ...] = ()
    advice: tuple[Message, ...] = ()


class VerifyDone(Struct, frozen=True):
    """Every byte of the backup was read and is right."""

    file: Path
    members: int
    size: int
    seconds: float
    created: datetime | None
    databases: tuple[DatabaseOutcome, ...]
    warnings: tuple[Message, ...] = ()
    advice: tuple[Message, ...] = ()


class FilesDone(Struct, frozen=True):
    """Files were backed up or restored."""

    operation: str
    path: Path
    """The backup that was made, or the folder that was restored to."""
    files: int
    size: int
    stored_size: int
    seconds: float
    warnings: tuple[Message, ...] = ()
    advice: tuple[Message, ...] = ()


class Failed(Struct, frozen=True):
    """The operation failed; everything is as it was before."""

    message: Message
    exit_code: int


Done = BackupDone | RestoreDone | VerifyDone | FilesDone
Event = Started | StepStarted | TableStarted | Progress | TableDone | Warned | Advised | Done | Failed


class Reporter(Protocol):
    """Reports the work of synchronous code in a thread. Every method raises `Cancelled` after the job is cancelled."""

    def step(self, alias: str, step: Step) -> None:
        """Report that the next step begins."""

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Report that work on a table begins."""

    def advance(self, size: int) -> None:
        """Report `size` more bytes as done. Cheap: call it for each chunk. `advance(0)` only checks for a cancellation."""

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """Report that a table is done."""

    def warn(self, message: Message) -> None:
        """Report that the result will be less than what was asked for."""

    def advise(self, message: Message) -> None:
        """Report something the person should know, though nothing less than what was asked for is done."""
