"""The locks of jobs: `flock` on files in the state folder, one for each database and one for each job's process.

The promise: one job per database at a time, and no lock outlives the job's process. A lock belongs to the open file: the
process that starts a job acquires the locks and passes the open files to the job's process, so that the database is never
unlocked in between.
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
from hctui.disk.descriptors import open_private
from hctui.disk.errors import writing
from hctui.disk.locks import is_locked, try_lock
from hctui.errors import DatabaseBusy, RefusedDatabase, UnknownDatabase
from hctui.model import Database
from hctui.plans import Plan

RUNNING = "alive"
"""The file in a job's folder that its process locks as long as it runs."""
_HOLDER_TIMEOUT = 1.0
"""Seconds to wait for the holder of a lock to write its job's id into the file."""


def lock_names(plan: Plan, configuration: Configuration) -> Mapping[str, str]:
    """Return the names of the lock files of a plan's databases, each with its alias."""
    aliases = tuple(database.alias for database in configuration.databases) if plan.locks_all else plan.aliases
    return {_name(alias, configuration): alias for alias in aliases}


def acquire(names: Mapping[str, str], job: str) -> tuple[int, ...]:
    """Acquire all of these locks for a job, or none; return the open files.

    Raises `DatabaseBusy`, which names the first database that another job has locked.
    """
    folder = private_folder(state_folder() / "locks")
    acquired: list[int] = []
    with ExitStack() as on_failure:
        for name, alias in sorted(names.items()):
            lock = open_lock(folder / name)
            on_failure.callback(os.close, lock)
            if not try_lock(lock):
                raise DatabaseBusy(alias=alias, job=_holder(lock))
            os.truncate(lock, 0)
            os.pwrite(lock, job.encode(), 0)
            acquired.append(lock)
        on_failure.pop_all()
    return tuple(acquired)


def open_lock(path: Path) -> int:
    """Open a lock file. Raises `DestinationError`."""
    with writing(path):
        return open_private(path, os.O_RDWR)


def release(locks: Iterable[int]) -> None:
    """Release locks by closing their files."""
    for lock in locks:
        os.close(lock)


def _name(alias: str, configuration: Configuration) -> str:
    """Return the name of the lock file: a hash of the location, so that two configurations use one lock for one database."""
    try:
        location = _real_location(configuration.database(alias))
    except (RefusedDatabase, UnknownDatabase):
        location = f"{configuration.path}\0{alias.casefold()}"
    return hashlib.blake2b(location.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest() + ".lock"


def _real_location(database: Database) -> str:
    return os.path.realpath(database.location) if database.kind.local else database.location


def _holder(lock: int) -> str:
    """Return the id of the job that holds a lock; a holder that has only just acquired it gets time to write the id."""
    deadline = time.monotonic() + _HOLDER_TIMEOUT
    while True:
        job = os.pread(lock, 200, 0).decode(errors="replace")
        if (job and is_locked(jobs_folder() / job / RUNNING)) or time.monotonic() > deadline:
            return job or "?"
        time.sleep(0.02)


def jobs_folder() -> Path:
    """Return the folder that holds one folder for each job."""
    return private_folder(state_folder() / "jobs")
