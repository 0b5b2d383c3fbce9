"""Starting a job and following it to its end: what signals do, and the exit code that comes of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from hctui.cli.context import Invocation
from hctui.cli.exit_codes import CANCELLED, DONE, FAILED, INTERRUPTED, WARNED
from hctui.cli.output import drawable, silence
from hctui.cli.progress.lines import Follower, JsonFollower, PlainFollower
from hctui.events import BackupDone, Event, Failed, FilesDone, RestoreDone, VerifyDone, Warned
from hctui.messages import N_, message
from hctui.plans import Plan

if TYPE_CHECKING:
    from hctui.jobs import Job

POLLED = 0.1
"""Seconds between two looks at the journal: short jobs end at once, and bars are drawn less often than this."""


def run_job(plan: Plan, invocation: Invocation, password: str | None, *, as_json: bool) -> int:
    """Start a job that carries out `plan`, tell of it as it was asked for, and return the exit code."""
    from hctui.jobs import start

    follower = choose_follower(as_json=as_json, plain=invocation.plain)
    return follow(lambda: start(plan, invocation.configuration, password), follower)


def choose_follower(*, as_json: bool, plain: bool) -> Follower:
    """Return what suits standard output and what the person asked for."""
    if as_json:
        return JsonFollower()
    if plain or not drawable():
        return PlainFollower()
    from hctui.cli.progress.bars import BarsFollower

    return BarsFollower()


def follow(start: Callable[[], Job], follower: Follower, *, ours: bool = True) -> int:
    """Start a job, or find one, tell of it until it ends, and return the exit code.

    Ctrl-C and SIGTERM cancel the job and wait for its clean-up; one that is not `ours` goes on without us. A reader that
    goes away is no reason to stop: the job is followed silently. Raises `JobCrashed`, and what `start` raises.
    """
    import asyncio

    return asyncio.run(_Following(start, follower, ours=ours).run())


class _Following:
    def __init__(self, start: Callable[[], Job], follower: Follower, *, ours: bool) -> None:
        self._start = start
        self._follower = follower
        self._ours = ours
        self._asked: signal.Signals | None = None
        self._job: Job | None = None
        self._warned = False
        self._deaf = False

    async def run(self) -> int:
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM) if self._ours else ():
            loop.add_signal_handler(number, self._cancel, number)
        self._job = self._start()
        if self._asked is not None:
            self._job.cancel()
        last: Event | None = None
        try:
            async for news in self._job.event_batches(POLLED):
                self._tell(news)
                last = news[-1]
        finally:
            self._follower.close()
        self._job.mark_seen()
        return self._exit_code(last)

    def _cancel(self, number: signal.Signals) -> None:
        if self._asked is None:
            self._follower.notice(message(N_("cancelling; waiting for the job to clean up …")))
        self._asked = number
        if self._job is not None:
            self._job.cancel()

    def _tell(self, news: tuple[Event, ...]) -> None:
        self._warned = self._warned or any(isinstance(event, Warned) for event in news)
        if self._deaf:
            return
        try:
            for event in news:
                self._follower.see(event)
            self._follower.pause()
        except BrokenPipeError:
            self._deaf = True
            silence(sys.stdout)

    def _exit_code(self, last: Event | None) -> int:
        match last:
            case Failed(exit_code=code) if code == CANCELLED and self._asked is signal.SIGINT:
                return INTERRUPTED
            case Failed(exit_code=code):
                return code
            case BackupDone() | RestoreDone() | VerifyDone() | FilesDone():
                return WARNED if self._warned or last.warnings else DONE
        return FAILED
