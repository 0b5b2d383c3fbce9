"""The events of a running operation: frozen structs, each one JSON line in the journal of a job (`hctui.codec`).

The tag of a class is the `kind` of its line; scripts and journals depend on tags and on the names of fields (docs/EVENTS.md).
A journal begins with `JobStarted`. The last event is always a `Done` or `Failed`.
`total` and `done` are bytes of data read or written in the whole operation; speed and time left are computed from them.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from hctui.errors import ExitCode, HctuiError
from hctui.messages import Message
from hctui.model import Consistency, Encryption

SCHEMA = 1
"""The version of the events' form. It changes when a kind or a field is removed or renamed, not when one is added."""


class Step(StrEnum):
    """The current kind of work on a database or a file."""

    CHECK = "check"
    SNAPSHOT = "snapshot"
    PACK = "pack"
    STAGE = "stage"
    VERIFY = "verify"
    REBUILD = "rebuild"
    SWAP = "swap"


class Event(Struct, frozen=True, tag_field="kind"):
    """Something that happened in an operation."""


class JobStarted(Event, frozen=True, tag="job-started"):
    """The process of a job runs; the first event of its journal. It is absent if the job fails before, or is of version 0.1."""

    job: str
    """The id, as in `hctui jobs cancel ID`."""
    version: str
    """The version of hctui."""
    schema: int = SCHEMA


class Started(Event, frozen=True, tag="started"):
    """The operation begins, and knows how much work it has."""

    operation: str
    """Name of the operation (`hctui.operation_kinds`)."""
    databases: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    """(alias, table), in the order in which they are processed."""
    total: int


class StepStarted(Event, frozen=True, tag="step-started"):
    """The next step of the work on one database begins."""

    alias: str
    step: Step


class TableStarted(Event, frozen=True, tag="table-started"):
    """Work on a table begins; in an operation on files, work on a file."""

    alias: str
    table: str
    size: int


class Progress(Event, frozen=True, tag="progress"):
    """The amount of work done; sent a few times per second at most."""

    done: int
    total: int


class TableDone(Event, frozen=True, tag="table-done"):
    """A table was stored, verified or restored."""

    alias: str
    table: str
    size: int
    rows: int | None = None


class Warned(Event, frozen=True, tag="warning"):
    """The result is less than what was asked for, though the work goes on; makes the exit code 3."""

    message: Message


class Advised(Event, frozen=True, tag="advice"):
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


class Done(Event, frozen=True, kw_only=True):
    """The operation is complete; each has a class of its own for its result."""

    operation: str
    seconds: float
    warnings: tuple[Message, ...] = ()
    """The messages of all `Warned` events; the exit code is 3 if there are any."""
    advice: tuple[Message, ...] = ()
    """The messages of all `Advised` events."""

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the job."""
        return ExitCode.INCOMPLETE if self.warnings else ExitCode.DONE


class BackupDone(Done, frozen=True, tag="backup-done"):
    """The backup is complete, at its destination."""

    file: Path
    size: int
    data_size: int
    encryption: Encryption | None
    databases: tuple[DatabaseOutcome, ...]


class RestoreDone(Done, frozen=True, tag="restore-done"):
    """The restore (or undo) is complete."""

    databases: tuple[DatabaseOutcome, ...]


class VerifyDone(Done, frozen=True, tag="verify-done"):
    """Every byte of the backup was read and is right."""

    file: Path
    members: int
    size: int
    created: datetime | None
    databases: tuple[DatabaseOutcome, ...]


class FilesDone(Done, frozen=True, tag="files-done"):
    """Files were backed up or restored."""

    path: Path
    """The backup that was made, or the folder that was restored to."""
    files: int
    size: int
    stored_size: int


class Failed(Event, frozen=True, tag="failed"):
    """The operation failed; everything is as it was before."""

    message: Message
    exit_code: int
    error: str
    """The tag of the error; empty if version 0.1 wrote the event."""
    schema: int = SCHEMA
    """Here too, because a failure can be the first event."""

    @classmethod
    def of(cls, error: HctuiError) -> Failed:
        """Return the event for an error."""
        return cls(error.message, error.exit_code, error.tag)


COMMON_EVENTS = (JobStarted, Started, StepStarted, TableStarted, Progress, TableDone, Warned, Advised, Failed)
"""The events of every operation; each has its own `Done` besides (`hctui.operation_kinds`)."""


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
