"""The jobs that are known, and how long an ended one is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hctui.errors import UnknownJob
from hctui.jobs.job import Job
from hctui.jobs.locks import jobs_folder

KEPT_JOBS = 50
KEPT_FAILURES = timedelta(days=30)
"""How long a failure that nobody has seen is remembered at least."""
_HALF_STARTED = timedelta(minutes=10)


def jobs() -> tuple[Job, ...]:
    """Return every job that is remembered, the newest first."""
    found = (_load(name) for name in sorted((entry.name for entry in jobs_folder().iterdir()), reverse=True))
    return tuple(job for job in found if job is not None)


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
    for job in jobs()[KEPT_JOBS:]:
        state = job.state
        unseen = state in ("failed", "died") and not job.was_seen and now - job.started < KEPT_FAILURES
        if state != "running" and not unseen:
            job.forget()


def _load(name: str) -> Job | None:
    try:
        return Job.load(jobs_folder() / name)
    except UnknownJob:
        return None
