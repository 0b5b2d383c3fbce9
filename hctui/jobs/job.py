"""A job, as any process sees it: its plan, its state, its events, and cancelling it.

The state is never stored, so that no crash can leave a wrong one. It follows from two facts: the job's process locks the file
`alive` as long as it runs, and the last line of a complete journal is the result.

    result   lock    state
    yes      any     done, failed or cancelled
    no       held    running
    no       free    died, or cancelled where it was cancelled before its process wrote an event
"""

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
from hctui.events import Done, Event, Failed
from hctui.jobs import journal
from hctui.jobs.locks import RUNNING
from hctui.operation_kinds import operation_of
from hctui.plans import Plan

State = Literal["running", "done", "failed", "cancelled", "died"]
JOURNAL, LOG, RECORD, SEEN, CANCEL = "events.jsonl", "log", "job.jsonl", "seen", "cancel"
"""The files in a job's folder; RECORD has a line with a `Record` and a line with the plan."""
_CHECK_SHARE = 1 / 50
"""The seconds between two checks whether a job has ended, as a share of the time that it has been followed."""
_CHECK_MIN, _CHECK_MAX = 0.002, 0.02
"""The limits of these seconds."""


class Record(Struct, frozen=True):
    """The facts about a job that are written when it starts."""

    started: datetime
    process: int
    configuration: Path


class Job(Struct, frozen=True):
    """An operation in a process of its own that runs or has ended."""

    folder: Path
    plan: Plan
    record: Record

    @classmethod
    def load(cls, folder: Path) -> Job:
        """Return the job in `folder`. Raises `UnknownJob` where there is none, or its record is not written yet."""
        try:
            record, plan = (folder / RECORD).read_bytes().splitlines()
            return cls(folder, codec.decode_plan(plan), codec.decode(record, Record))
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise UnknownJob(job=folder.name) from error

    @property
    def id(self) -> str:
        """The id, as in `hctui jobs cancel ID`."""
        return self.folder.name

    @property
    def started(self) -> datetime:
        """The time when it was started, with time zone."""
        return self.record.started

    @property
    def operation(self) -> str:
        """The name of its operation (`hctui.operation_kinds`)."""
        return operation_of(self.plan).name

    @property
    def databases(self) -> tuple[str, ...]:
        """The aliases in its plan; none for files, verifications and restores of everything in a backup."""
        return self.plan.aliases

    @property
    def result(self) -> Done | Failed | None:
        """The event it ended with; None while it runs, and where its process ended without one."""
        result = journal.last(self.folder / JOURNAL)
        if result is None and self._was_cancelled_before_start():
            return Failed.of(Cancelled())
        return result

    @property
    def state(self) -> State:
        """The state, from its journal and the lock of its process."""
        running = self._is_running()  # before the journal is read: it may end in between
        result = self.result
        if result is None:
            return "running" if running else "died"
        if isinstance(result, Failed):
            return "cancelled" if result.exit_code == Cancelled.exit_code else "failed"
        return "done"

    async def events(self, poll: float = 0.25) -> AsyncIterator[Event]:
        """Yield its events from the first to the last, polling every `poll` seconds; the last one comes at once.

        Raises `JobCrashed` if it ends without a result.
        """
        async for batch in self.event_batches(poll):
            for event in batch:
                yield event

    async def event_batches(self, poll: float = 0.25) -> AsyncIterator[tuple[Event, ...]]:
        """Yield what `events` yields; events that are read together come together."""
        position, followed_since = 0, time.monotonic()
        while True:
            state, batch, position = await asyncio.to_thread(self._read_new, position)
            if batch:
                yield batch
                if isinstance(batch[-1], journal.LAST):
                    return
            if state == "died":
                raise JobCrashed(job=self.id)
            if state == "cancelled":
                yield (Failed.of(Cancelled()),)
                return
            await self._wait_for_events(poll, followed_since)

    def _read_new(self, position: int) -> tuple[State, tuple[Event, ...], int]:
        """Return the state, then what `snapshot_events` returns: a job that has ended by then has written its last event."""
        state = self.state
        return state, *self.snapshot_events(position)

    async def _wait_for_events(self, seconds: float, followed_since: float) -> None:
        """Sleep for `seconds`, or less where the job ends before."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until and journal.last(self.folder / JOURNAL) is None:
            await asyncio.sleep(min(until - now, _CHECK_MAX, max(_CHECK_MIN, _CHECK_SHARE * (now - followed_since))))

    def snapshot_events(self, position: int = 0) -> tuple[tuple[Event, ...], int]:
        """Return the events after `position`, and the position to read from next time."""
        return journal.read(self.folder / JOURNAL, position)

    def cancel(self) -> None:
        """Ask it to stop: it cleans up and ends with `Failed`. An ended job stays as it is."""
        if not self._is_running():
            return
        (self.folder / CANCEL).touch(0o600)
        with suppress(ProcessLookupError):
            os.kill(self.record.process, signal.SIGTERM)

    def mark_seen(self) -> None:
        """Record that a person has seen its result."""
        with suppress(FileNotFoundError):
            (self.folder / SEEN).touch(0o600)

    @property
    def was_seen(self) -> bool:
        """Whether a person has seen its result."""
        return (self.folder / SEEN).exists()

    def forget(self) -> None:
        """Delete the folder of an ended job. Raises `DatabaseBusy` while it runs."""
        if self._is_running():
            raise DatabaseBusy(alias=", ".join(self.databases) or self.operation, job=self.id)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_running(self) -> bool:
        return is_locked(self.folder / RUNNING)

    def _was_cancelled_before_start(self) -> bool:
        """Return whether it was cancelled before its process could write an event."""
        if not (self.folder / CANCEL).exists() or self._is_running():
            return False
        path = self.folder / JOURNAL
        return not path.exists() or path.stat().st_size == 0
