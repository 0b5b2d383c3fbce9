"""Checks at the start and at each return to the menu: last backups, abandoned restores, jobs that nobody has seen end.

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

RECENT = timedelta(days=1)
"""There is a warning for a database whose last backup is older."""


class LastBackup(Struct, frozen=True):
    """The last known backup of a database."""

    alias: str
    made: datetime | None = None
    file: Path | None = None

    def warning(self, now: datetime) -> Message | None:
        """Return a warning if there is no recent backup."""
        if self.made is None:
            return message(N_("{alias} has never been backed up."), alias=self.alias)
        if now - self.made.astimezone(UTC) > RECENT:
            text = N_("{alias}: the last backup was {age}; what was recorded since is in none.")
            return message(text, alias=self.alias, age=age(self.made))
        return None


def last_backups(configuration: Configuration) -> tuple[LastBackup, ...]:
    """Return the last backup of every registered database."""
    found = []
    for database in configuration.databases:
        last = last_backup(configuration, database.alias)
        found.append(LastBackup(database.alias, *last) if last else LastBackup(database.alias))
    return tuple(found)


class Unattended(Struct, frozen=True):
    """A job that runs, or whose end nobody has seen."""

    job: Job
    state: State


def recover(configuration: Configuration) -> tuple[Message, ...]:
    """Finish or roll back restores whose process was killed; return what was done. Running restores are left alone."""
    return recover_all(configuration)


def unattended_jobs() -> tuple[Unattended, ...]:
    """Return the jobs that a person should see, the newest first."""
    return tuple(Unattended(job, job.state) for job in jobs.unattended())
