"""Starting a job from a page, which stays as it is, passwords and all, where the job is refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hctui.config import Configuration
from hctui.plans import BackupPlan, FilesBackupPlan, Plan
from hctui.tui.menu_entries import IMPORTING

if TYPE_CHECKING:
    from hctui.jobs import Job


def start(plan: Plan, configuration: Configuration, password: str | None) -> Job:
    """Start a job. Reads the disk: call it in a thread. Raises what `jobs.start` does, and `AlreadyExists`, `InvalidName`."""
    with IMPORTING:
        from hctui import jobs
        from hctui.operations.destination import refuse_existing
        from hctui.operations.names import validate_name

    if isinstance(plan, BackupPlan | FilesBackupPlan) and plan.name:
        refuse_existing(plan.destination / validate_name(plan.name))
    return jobs.start(plan, configuration, password)
