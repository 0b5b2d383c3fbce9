"""Starting a job and following it to its end: signals, and the exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from hctui.cli.context import Invocation
from hctui.cli.output import can_draw, discard_output
from hctui.cli.progress.lines import Follower, JsonFollower, PlainFollower
from hctui.errors import Cancelled, ExitCode, Interrupted
from hctui.events import Done, Event, Failed
from hctui.messages import N_, message
from hctui.plans import Plan

if TYPE_CHECKING:
    from hctui.jobs import Job

POLL_INTERVAL = 0.1
"""Seconds between two reads of the journal: the command ends soon after a short job, and bars are drawn less often."""


def run_job(plan: Plan, invocation: Invocation, password: str | None, *, as_json: bool) -> int:
    """Start a job that runs `plan`, follow it to its end, and return the exit code."""
    from hctui.jobs import start

    follower = choose_follower(as_json=as_json, plain=invocation.plain)
    return follow(lambda: start(plan, invocation.configuration, password), follower)


def choose_follower(*, as_json: bool, plain: bool) -> Follower:
    """Return the follower for standard output and the options of the command."""
    if as_json:
        return JsonFollower()
    if plain or not can_draw():
        return PlainFollower()
    from hctui.cli.progress.bars import BarsFollower

    return BarsFollower()


def follow(start: Callable[[], Job], follower: Follower, *, ours: bool = True) -> int:
    """Start (or find) a job with `start`, show it until it ends, and return the exit code.

    Ctrl-C and SIGTERM cancel the job and wait for its clean-up; a job that is not `ours` goes on. Where the reader of
    standard output goes away, the job is followed without output. Raises `JobCrashed` and the errors of `start`.
    """
    import asyncio

    return asyncio.run(_Following(start, follower, ours=ours).run())


class _Following:
    def __init__(self, start: Callable[[], Job], follower: Follower, *, ours: bool) -> None:
        self._start = start
        self._follower = follower
        self._ours = ours
        self._signal: signal.Signals | None = None
        self._job: Job | None = None
        self._has_reader = True

    async def run(self) -> int:
        import asyncio

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM) if self._ours else ():
            loop.add_signal_handler(number, self._cancel, number)
        self._job = self._start()
        if self._signal is not None:
            self._job.cancel()
        last: Event | None = None
        try:
            async for *earlier, last in self._job.event_batches(POLL_INTERVAL):
                last = self._as_ended_here(last)
                self._show((*earlier, last))
        finally:
            self._follower.close()
        self._job.mark_seen()
        return last.exit_code if isinstance(last, Done | Failed) else ExitCode.FAILED

    def _as_ended_here(self, event: Event) -> Event:
        """Return the last event with the exit code of this command: a job that Ctrl-C cancelled was interrupted."""
        if self._signal is signal.SIGINT and isinstance(event, Failed) and event.error == Cancelled.tag:
            return replace(event, exit_code=Interrupted.exit_code)
        return event

    def _cancel(self, number: signal.Signals) -> None:
        if self._signal is None:
            self._follower.report(message(N_("cancelling; waiting for the job to clean up …")))
        self._signal = number
        if self._job is not None:
            self._job.cancel()

    def _show(self, events: tuple[Event, ...]) -> None:
        if not self._has_reader:
            return
        try:
            for event in events:
                self._follower.show(event)
            self._follower.flush()
        except BrokenPipeError:
            self._has_reader = False
            discard_output(sys.stdout)
