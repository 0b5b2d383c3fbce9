"""Starting a job: its locks, its folder, its process, and what it is to do through a pipe."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import fields, replace

import hctui
from hctui import codec, prefork
from hctui.config import Configuration, state_folder
from hctui.config.paths import STATE_VARIABLE
from hctui.disk.errors import write_error
from hctui.disk.locks import try_lock
from hctui.disk.work_dirs import make_folder
from hctui.jobs import locks
from hctui.jobs.history import prune
from hctui.jobs.job import ALIVE, LOG, RECORD, Job, Record
from hctui.plans import Plan

WORKER: Sequence[str] = ("-m", "hctui.jobs.worker")
"""What Python runs."""
_SOURCES = Path(hctui.__file__).parents[1]
"""The folder that holds the package: `-m` looks for modules in the current folder first, which must not be just any."""


class Order(Struct, frozen=True):
    """The first line that the process reads; the plan is the second, the password the rest."""

    configuration: Path
    password_length: int | None
    """Bytes, so that a pipe that broke is not taken for a short password; None for no password."""


def start(plan: Plan, configuration: Configuration, password: str | None) -> Job:
    """Start an operation in a process of its own and return at once.

    Raises `DatabaseBusy` where another job works on one of its databases, `WriteFailed` or `NotWritable` where the state
    folder can't be used.
    """
    prune()
    folder = _new_folder()
    plan = _absolute(plan)
    taken: tuple[int, ...] = ()
    try:
        alive = locks.open_lock(folder / ALIVE)
        try:
            try_lock(alive)
            taken = locks.take(locks.lock_names(plan, configuration), folder.name)
            return _launch(folder, plan, configuration, password, (alive, *taken))
        finally:
            locks.release((alive, *taken))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise write_error(error, folder) from error
    finally:
        if not (folder / RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _launch(folder: Path, plan: Plan, configuration: Configuration, password: str | None, handed: tuple[int, ...]) -> Job:
    """Start the process; it does nothing before it has read its whole order, which comes after the record is on disk."""
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        process, line = _appoint(folder, log, handed) or _spawn(folder, log, handed)
    finally:
        os.close(log)
    threading.Thread(target=process.wait, name=f"wait for {folder.name}", daemon=True).start()
    record = Record(datetime.now().astimezone(), process.pid, configuration.path)
    try:
        _write_record(folder, record, plan)
    except OSError:
        process.kill()
        os.close(line)
        raise
    _send(line, plan, configuration, password)
    return Job(folder, plan, record)


def _appoint(folder: Path, log: int, handed: tuple[int, ...]) -> tuple[prefork.Ahead, int] | None:
    """Give the job to the process that was split off ahead; None where there is none, or no more."""
    ready = prefork.take() if len(handed) < prefork.MOST_HANDED else None
    if ready is None:
        return None
    try:
        return ready, ready.appoint(state_folder(), folder, log, handed)
    except OSError:
        return None


def _spawn(folder: Path, log: int, handed: tuple[int, ...]) -> tuple[subprocess.Popen[bytes], int]:
    """Start a process for the job, which gets a state folder that any current folder finds; return what it reads, too."""
    theirs, ours = os.pipe()
    try:
        process = subprocess.Popen(
            [sys.executable, *WORKER, str(folder), *map(str, handed)],
            stdin=theirs,
            stdout=log,
            stderr=log,
            cwd=_SOURCES,
            env=_environment(),
            start_new_session=True,
            pass_fds=handed,
        )
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    return process, ours


def _environment() -> dict[str, str]:
    """Return this process's environment, without the password and with the state folder."""
    kept = {name: value for name, value in os.environ.items() if name != prefork.PASSWORD_VARIABLE}
    return {**kept, STATE_VARIABLE: str(state_folder())}


def _send(line: int, plan: Plan, configuration: Configuration, password: str | None) -> None:
    """Hand over plan and password; a process that is gone already is found dead by whoever follows it."""
    secret = (password or "").encode("utf-8", "surrogateescape")
    order = Order(configuration.path, None if password is None else len(secret))
    with suppress(BrokenPipeError), open(line, "wb") as stream:
        stream.write(b"%b\n%b\n%b" % (codec.encode(order), codec.encode_tagged(plan), secret))


def _write_record(folder: Path, record: Record, plan: Plan) -> None:
    part = folder / f"{RECORD}.part"
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(b"%b\n%b\n" % (codec.encode(record), codec.encode_tagged(plan)))
    part.rename(folder / RECORD)


def _new_folder() -> Path:
    """Make the job's folder; its name, the job's id, sorts by time."""
    while True:
        folder = locks.jobs_folder() / f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        try:
            make_folder(folder)
        except FileExistsError:
            continue
        except OSError as error:
            raise write_error(error, folder) from error
        return folder


def _absolute(plan: Plan) -> Plan:
    """Return the plan with its paths made independent of the current folder."""
    changed: dict[str, Any] = {}
    for field in fields(plan):
        value = getattr(plan, field.name)
        if isinstance(value, Path):
            changed[field.name] = value.expanduser().absolute()
        elif isinstance(value, tuple) and value and all(isinstance(item, Path) for item in value):
            changed[field.name] = tuple(item.expanduser().absolute() for item in value)
    return replace(plan, **changed)
