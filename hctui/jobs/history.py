"""The list of jobs, and the removal of old ones."""

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
"""The least time that a failure which nobody has seen is kept."""


def jobs() -> tuple[Job, ...]:
    """Return every job that is kept, the newest first; the names of folders sort by the second only."""
    return tuple(sorted(_load_jobs(), key=lambda job: job.started, reverse=True))


def find(id: str) -> Job:
    """Return the job with this id, or the only job whose id ends in it. Raises `UnknownJob`."""
    known = jobs()
    found = [job for job in known if job.id == id] or [job for job in known if id and job.id.endswith(id)]
    if len(found) != 1:
        raise UnknownJob(job=id)
    return found[0]


def unattended() -> tuple[Job, ...]:
    """Return the jobs that run, and those that have ended and whose result nobody has seen; the newest first."""
    return tuple(job for job in jobs() if not job.was_seen)


def prune() -> None:
    """Delete all but the newest `KEPT_JOBS` jobs, except those that run and recent failures that nobody has seen."""
    now = datetime.now(UTC)
    for job in _load_jobs(skip=KEPT_JOBS):
        state = job.state
        unseen = state in ("failed", "died") and not job.was_seen and now - job.started < KEPT_FAILURES
        if state != "running" and not unseen:
            job.forget()


def _load_jobs(skip: int = 0) -> Iterator[Job]:
    """Yield the jobs, the newest first, without those in the `skip` newest folders."""
    folder = jobs_folder()
    for name in sorted(os.listdir(folder), reverse=True)[skip:]:
        with suppress(UnknownJob):
            yield Job.load(folder / name)
