"""The destination of a backup, as operations and pages check it and report about it."""

from __future__ import annotations

from pathlib import Path

from hctui.databases.engine import Engine
from hctui.destinations import FolderDestination
from hctui.errors import InsideDatabase, ReadFailed
from hctui.messages import N_, Message, message
from hctui.operations.names import validate_name
from hctui.plans import BackupPlan, FilesBackupPlan


def free_space(folder: Path) -> int | None:
    """Return the bytes free in `folder`; None where they can't be read."""
    try:
        return FolderDestination(folder).free()
    except ReadFailed:
        return None


def refuse_existing(plan: BackupPlan | FilesBackupPlan) -> None:
    """Raise `AlreadyExists` where the name that the plan gives is taken; `InvalidName`."""
    if plan.name:
        FolderDestination(plan.destination).refuse_taken(validate_name(plan.name))


def refuse_inside(destination: FolderDestination, engine: Engine) -> None:
    """Raise `InsideDatabase` where a backup in the folder would become a file of the database."""
    if any(path.is_dir() and destination.is_inside(path) for path in engine.paths()):
        raise InsideDatabase(path=destination.address, alias=engine.database.alias)


def same_disk_advice(destination: FolderDestination) -> Message:
    """Return the advice for a backup on the disk of its database."""
    text = N_("{folder} is on the same disk as the database: if it fails, the backup is lost too.")
    return message(text, folder=destination.address)
