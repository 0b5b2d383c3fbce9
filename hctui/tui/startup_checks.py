"""Checks at the start and at each return to the menu: last backups, abandoned restores, jobs to show.

The functions read the disk: call them in a thread. The module loads operations and jobs: import it once the menu is drawn.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from hctui import jobs
from hctui.config import Configuration
from hctui.i18n.language import age
from hctui.jobs import Job, State
from hctui.messages import N_, Message, message
from hctui.operations import last_backup, recover_all

OLD = timedelta(days=1)
"""A last backup older than this is worth a word."""


class LastBackup(Struct, frozen=True):
    """When a database was last backed up, as far as hctui knows."""

    alias: str
    made: datetime | None = None
    file: Path | None = None

    def worry(self, now: datetime) -> Message | None:
        """Return what should be said of it in words."""
        if self.made is None:
            return message(N_("{alias} has never been backed up."), alias=self.alias)
        if now - self.made.astimezone(UTC) > OLD:
            text = N_("{alias}: the last backup was {age}; what was recorded since is in none.")
            return message(text, alias=self.alias, age=age(self.made))
        return None


def last_backups(configuration: Configuration) -> tuple[LastBackup, ...]:
    """Look up the last backup of every registered database."""
    found = []
    for database in configuration.databases:
        last = last_backup(configuration, database.alias)
        found.append(LastBackup(database.alias, *last) if last else LastBackup(database.alias))
    return tuple(found)


class Unattended(Struct, frozen=True):
    """A job that runs, or has ended without anybody having seen how."""

    job: Job
    state: State


def recover(configuration: Configuration) -> tuple[Message, ...]:
    """Bring to an end what killed restores left; say what was done. What living processes work on is left alone."""
    return recover_all(configuration)


def unattended_jobs() -> tuple[Unattended, ...]:
    """Look up the jobs that somebody should look at, the newest first."""
    return tuple(Unattended(job, job.state) for job in jobs.unattended())
