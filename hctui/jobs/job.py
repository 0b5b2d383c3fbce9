"""One job, as any process sees it: its plan, its events, whether it lives, and how to cancel it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from hctui import codec
from hctui.disk.locks import is_locked
from hctui.errors import Cancelled, DatabaseBusy, JobCrashed, UnknownJob
from hctui.events import Event, Failed
from hctui.jobs import journal
from hctui.jobs.locks import aliases_of
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan, VerifyPlan

State = Literal["running", "done", "failed", "cancelled", "died"]
JOURNAL, LOG, RECORD, ALIVE, SEEN, CANCEL = "events.jsonl", "log", "job.jsonl", "alive", "seen", "cancel"
"""The files in a job's folder: RECORD is a `Record`, then the plan; ALIVE is locked while the process lives."""
_PATIENCE = 1 / 50
"""How long whoever follows a job waits between two looks whether it has ended, as a share of the time it has taken so far."""
_SOONEST, _LATEST = 0.002, 0.02
"""Seconds between two such looks."""
OPERATIONS: dict[type, str] = {
    BackupPlan: "backup",
    RestorePlan: "restore",
    VerifyPlan: "verify",
    UndoPlan: "undo",
    FilesBackupPlan: "files-backup",
    FilesRestorePlan: "files-restore",
}


class Record(Struct, frozen=True):
    """What is written down of a job when it starts."""

    started: datetime
    process: int
    configuration: Path


class Job(Struct, frozen=True):
    """An operation in a process of its own, running or ended."""

    folder: Path
    plan: Plan
    record: Record

    @classmethod
    def load(cls, folder: Path) -> Job:
        """Return the job whose folder this is. Raises `UnknownJob` where there is none, or not yet."""
        try:
            record, plan = (folder / RECORD).read_bytes().splitlines()
            decoded = codec.decode_tagged(plan)
            if not isinstance(decoded, Plan):
                raise UnknownJob(job=folder.name)
            return cls(folder, decoded, codec.decode(record, Record))
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise UnknownJob(job=folder.name) from error

    @property
    def id(self) -> str:
        """The name to call it by, as in `hctui jobs cancel ID`."""
        return self.folder.name

    @property
    def started(self) -> datetime:
        """When it was started, with time zone."""
        return self.record.started

    @property
    def operation(self) -> str:
        """`backup`, `restore`, `verify`, `undo`, `files-backup` or `files-restore`."""
        return OPERATIONS[type(self.plan)]

    @property
    def databases(self) -> tuple[str, ...]:
        """The aliases its plan names; none for files, verifications and restores of all that a backup holds."""
        return aliases_of(self.plan)

    @property
    def result(self) -> Event | None:
        """The event it ended with; None while it runs, and where it died."""
        ended = journal.last(self.folder / JOURNAL)
        if ended is None and self._cancelled_unborn():
            return Failed(Cancelled().message, Cancelled.exit_code)
        return ended

    @property
    def state(self) -> State:
        """How it is doing, from its journal and the lock its process holds."""
        alive = is_locked(self.folder / ALIVE)
        ended = self.result
        if ended is None:
            return "running" if alive else "died"
        if isinstance(ended, Failed):
            return "cancelled" if ended.exit_code == Cancelled.exit_code else "failed"
        return "done"

    async def events(self, poll: float = 0.25) -> AsyncIterator[Event]:
        """Yield its events from the beginning and follow it to the end, which is seen at once.

        Raises `JobCrashed` if it ends without a result.
        """
        async for news in self.news(poll):
            for event in news:
                yield event

    async def news(self, poll: float = 0.25) -> AsyncIterator[tuple[Event, ...]]:
        """Yield what `events` does, those together that came together."""
        position, since = 0, time.monotonic()
        while True:
            state, found, position = await asyncio.to_thread(self._news, position)
            if found:
                yield found
                if isinstance(found[-1], journal.LAST):
                    return
            if state == "died":
                raise JobCrashed(job=self.id)
            if state == "cancelled":
                yield (Failed(Cancelled().message, Cancelled.exit_code),)
                return
            await self._pause(poll, since)

    def _news(self, since: int) -> tuple[State, tuple[Event, ...], int]:
        """Return the state, and what `snapshot_events` tells after it."""
        state = self.state
        return state, *self.snapshot_events(since)

    async def _pause(self, seconds: float, since: float) -> None:
        """Sleep until it is time for more news, or the journal, followed since then, has ended."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until and journal.last(self.folder / JOURNAL) is None:
            await asyncio.sleep(min(until - now, _LATEST, max(_SOONEST, _PATIENCE * (now - since))))

    def snapshot_events(self, since: int = 0) -> tuple[tuple[Event, ...], int]:
        """Return what happened after position `since`, and the position to ask from next time."""
        return journal.read(self.folder / JOURNAL, since)

    def cancel(self) -> None:
        """Ask it to stop; it cleans up and says so with its last event. An ended job is left alone."""
        if not is_locked(self.folder / ALIVE):
            return
        (self.folder / CANCEL).touch(0o600)
        with suppress(ProcessLookupError):
            os.kill(self.record.process, signal.SIGTERM)

    def seen(self) -> None:
        """Note that a person has seen how it ended."""
        with suppress(FileNotFoundError):
            (self.folder / SEEN).touch(0o600)

    @property
    def was_seen(self) -> bool:
        """Whether a person has seen how it ended."""
        return (self.folder / SEEN).exists()

    def forget(self) -> None:
        """Delete what is kept of an ended job. Raises `DatabaseBusy` while it runs."""
        if is_locked(self.folder / ALIVE):
            raise DatabaseBusy(alias=", ".join(self.databases) or self.operation, job=self.id)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _cancelled_unborn(self) -> bool:
        """Tell whether it was cancelled before its process was far enough to say so."""
        if not (self.folder / CANCEL).exists() or is_locked(self.folder / ALIVE):
            return False
        journalled = self.folder / JOURNAL
        return not journalled.exists() or journalled.stat().st_size == 0
