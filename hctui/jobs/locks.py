"""Locks that a dead process does not keep: `flock` on files of the state folder.

A lock belongs to the open file, so whoever starts a job takes its locks and hands the open files to the job's process:
between the two there is no moment in which another could slip in.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from hctui.config import Configuration, state_folder
from hctui.config.paths import private_folder
from hctui.disk.errors import writing
from hctui.disk.locks import is_locked, try_lock
from hctui.engine_kinds import FILE_ENGINES
from hctui.errors import DatabaseBusy, UnknownDatabase
from hctui.model import Database
from hctui.plans import BackupPlan, Plan, RestorePlan, UndoPlan

_PATIENCE_SECONDS = 1.0
"""How long to wait for the holder of a lock to write its name into it."""


def aliases_of(plan: Plan) -> tuple[str, ...]:
    """Return the aliases of the databases that a plan names; a restore of all that a backup holds names none."""
    match plan:
        case BackupPlan():
            return plan.databases
        case RestorePlan():
            return (plan.into,) if plan.into else plan.databases
        case UndoPlan():
            return (plan.database,)
        case _:
            return ()


def lock_names(plan: Plan, configuration: Configuration) -> Mapping[str, str]:
    """Return the lock names of the databases a plan works on, each with its alias; a restore of all takes every database."""
    aliases = aliases_of(plan)
    if isinstance(plan, RestorePlan) and not aliases:
        aliases = tuple(database.alias for database in configuration.databases)
    return {_name(alias, configuration): alias for alias in aliases}


def take(names: Mapping[str, str], job: str) -> tuple[int, ...]:
    """Take every lock for a job and return the open files. Raises `DatabaseBusy` naming the first that is taken."""
    folder = private_folder(state_folder() / "locks")
    taken: list[int] = []
    with ExitStack() as given_back:
        for name, alias in sorted(names.items()):
            lock = open_lock(folder / name)
            given_back.callback(os.close, lock)
            if not try_lock(lock):
                raise DatabaseBusy(alias=alias, job=_holder(lock))
            os.truncate(lock, 0)
            os.pwrite(lock, job.encode(), 0)
            taken.append(lock)
        given_back.pop_all()
    return tuple(taken)


def open_lock(path: Path) -> int:
    """Open a lock file. Raises `DestinationError`."""
    with writing(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def release(locks: Iterable[int]) -> None:
    """Give locks back by closing their files."""
    for lock in locks:
        os.close(lock)


def _name(alias: str, configuration: Configuration) -> str:
    """Return the lock's file name: the place of a registered database, so that two configurations mean the same one."""
    try:
        place = _place(configuration.database(alias))
    except UnknownDatabase:
        place = f"{configuration.path}\0{alias.casefold()}"
    return hashlib.blake2b(place.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest() + ".lock"


def _place(database: Database) -> str:
    return os.path.realpath(database.location) if database.engine in FILE_ENGINES else database.location


def _holder(lock: int) -> str:
    """Return the job that holds a lock; a holder that has only just taken it gets time to write its name."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        job = os.pread(lock, 200, 0).decode(errors="replace")
        if (job and is_locked(alive_lock(job))) or time.monotonic() > deadline:
            return job or "?"
        time.sleep(0.02)


def alive_lock(job: str) -> Path:
    """Return the lock that a job's process holds as long as it lives."""
    return jobs_folder() / job / "alive"


def jobs_folder() -> Path:
    """Return the folder with one folder per job."""
    return private_folder(state_folder() / "jobs")
