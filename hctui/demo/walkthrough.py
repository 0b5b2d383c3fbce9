"""How the demo tells what it does, and how it has a job done."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from msgspec import Struct

from hctui.config import Configuration
from hctui.errors import DemoFailed, JobDied
from hctui.events import Done, Event, Failed
from hctui.jobs import start
from hctui.plans import Plan

Result = TypeVar("Result", bound=Done)
POLLED = 0.05
"""Seconds between two looks at a job: the demo is short."""


class Chapter(Struct, frozen=True):
    """A heading; what follows belongs to it."""

    title: str
    """English, a key of the catalogues."""


def job_done(plan: Plan, configuration: Configuration, password: str | None, kind: type[Result]) -> Result:
    """Run a plan as a job, as every screen and command does, and return its result. Raises `DemoFailed`, `JobError`."""
    return asyncio.run(_job_done(plan, configuration, password, kind))


async def _job_done(plan: Plan, configuration: Configuration, password: str | None, kind: type[Result]) -> Result:
    job = start(plan, configuration, password)
    last: Event | None = None
    try:
        async for event in job.events(POLLED):
            last = event
    finally:
        job.cancel()  # does nothing to a job that has ended
    job.seen()
    if isinstance(last, Failed):
        raise DemoFailed(reason=last.message)
    if not isinstance(last, kind):
        raise JobDied(job=job.id)
    return last
