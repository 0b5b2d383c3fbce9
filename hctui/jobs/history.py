"""The jobs that are known, and how long an ended one is remembered."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hctui.errors import UnknownJob
from hctui.jobs.job import Job
from hctui.jobs.locks import jobs_folder

KEPT_JOBS = 50
KEPT_FAILURES = timedelta(days=30)
"""How long a failure that nobody has seen is remembered at least."""


def jobs() -> tuple[Job, ...]:
    """Return every job that is remembered, the newest first."""
    return tuple(_loaded(0))


def find(id: str) -> Job:
    """Return the job with this id, or with the only id that ends in it. Raises `UnknownJob`."""
    known = jobs()
    found = [job for job in known if job.id == id] or [job for job in known if id and job.id.endswith(id)]
    if len(found) != 1:
        raise UnknownJob(job=id)
    return found[0]


def unattended() -> tuple[Job, ...]:
    """Return the jobs that run, or have ended without anybody having seen how; the newest first."""
    return tuple(job for job in jobs() if not job.was_seen)


def prune() -> None:
    """Forget old jobs: all but the last fifty, unless they run, or failed within a month and nobody has seen it."""
    now = datetime.now(UTC)
    for job in _loaded(KEPT_JOBS):
        state = job.state
        unseen = state in ("failed", "died") and not job.was_seen and now - job.started < KEPT_FAILURES
        if state != "running" and not unseen:
            job.forget()


def _loaded(newer: int) -> Iterator[Job]:
    """Yield the jobs, the newest first, but for so many folders of newer ones, which are not even looked into."""
    folder = jobs_folder()
    for name in sorted(os.listdir(folder), reverse=True)[newer:]:
        with suppress(UnknownJob):
            yield Job.load(folder / name)
