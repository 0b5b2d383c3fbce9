"""Starting a job: its locks, its folder, its process, and its plan and password, which go through a pipe.

The promise: no other job can take a lock between `start` and the process, which inherits the locked files; the password is
never in an argument, in the environment or on disk; and a process works only after it has read the whole request, which is
sent when the job's record is on disk.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import fields, replace

import hctui
from hctui import codec, prefork
from hctui.child_process import clean_environment, worker_command
from hctui.config import Configuration, state_folder
from hctui.config.paths import STATE_VARIABLE
from hctui.disk.descriptors import open_private
from hctui.disk.errors import write_error
from hctui.disk.locks import try_lock
from hctui.disk.paths import refuse_address
from hctui.disk.work_dirs import make_folder
from hctui.jobs import locks
from hctui.jobs.history import prune
from hctui.jobs.job import LOG, RECORD, Job, Record
from hctui.plans import Plan

_SOURCES = Path(hctui.__file__).parents[1]
"""The folder of the package, the current one of a job: `-m` looks for modules there first, so it must be one we trust."""


class Request(Struct, frozen=True):
    """The first line that the process reads; the second is the plan, the rest the password."""

    configuration: Path
    password_length: int | None
    """In bytes, so that a broken pipe is not taken for a short password; None without a password."""


def start(plan: Plan, configuration: Configuration, password: str | None) -> Job:
    """Start an operation in a process of its own and return at once.

    Raises `DatabaseBusy` where another job works on one of its databases, `UnknownDestination` where the plan's destination
    is an address, `WriteFailed` or `NotWritable` where the state folder can't be used.
    """
    plan = _absolute(plan)
    prune()
    folder = _new_folder()
    databases: tuple[int, ...] = ()
    try:
        running = locks.open_lock(folder / locks.RUNNING)
        try:
            try_lock(running)
            databases = locks.acquire(locks.lock_names(plan, configuration), folder.name)
            return _launch(folder, plan, configuration, password, (running, *databases))
        finally:
            locks.release((running, *databases))
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise write_error(error, folder) from error
    finally:
        if not (folder / RECORD).exists():
            shutil.rmtree(folder, ignore_errors=True)


def _launch(folder: Path, plan: Plan, configuration: Configuration, password: str | None, inherited: tuple[int, ...]) -> Job:
    """Start the process, write the job's record and then send the request."""
    log = open_private(folder / LOG, os.O_WRONLY | os.O_APPEND)
    try:
        process, pipe = _use_waiting_process(folder, log, inherited) or _start_process(folder, log, inherited)
    finally:
        os.close(log)
    threading.Thread(target=process.wait, name=f"wait for {folder.name}", daemon=True).start()
    record = Record(datetime.now().astimezone(), process.pid, configuration.path)
    try:
        _write_record(folder, record, plan)
    except OSError:
        process.kill()
        os.close(pipe)
        raise
    _send_request(pipe, plan, configuration, password)
    return Job(folder, plan, record)


def _use_waiting_process(folder: Path, log: int, inherited: tuple[int, ...]) -> tuple[prefork.WaitingProcess, int] | None:
    """Give the job to the process that was forked ahead (`hctui.prefork`); return None where none waits.

    The number is the descriptor that the request is written to.
    """
    waiting = prefork.take() if len(inherited) < prefork.MAX_FILES else None
    if waiting is None:
        return None
    try:
        return waiting, waiting.assign(state_folder(), folder, log, inherited)
    except OSError:
        return None


def _start_process(folder: Path, log: int, inherited: tuple[int, ...]) -> tuple[subprocess.Popen[bytes], int]:
    """Start a process for the job; return it with the descriptor that the request is written to."""
    read_end, write_end = os.pipe()
    try:
        process = subprocess.Popen(
            worker_command(str(folder), *map(str, inherited)),
            stdin=read_end,
            stdout=log,
            stderr=log,
            cwd=_SOURCES,
            env=clean_environment(**{STATE_VARIABLE: str(state_folder())}),
            start_new_session=True,
            pass_fds=inherited,
        )
    except OSError:
        os.close(write_end)
        raise
    finally:
        os.close(read_end)
    return process, write_end


def _send_request(pipe: int, plan: Plan, configuration: Configuration, password: str | None) -> None:
    """Send request, plan and password. A process that has ended already is reported by `Job.state`."""
    secret = (password or "").encode("utf-8", "surrogateescape")
    request = Request(configuration.path, None if password is None else len(secret))
    with suppress(BrokenPipeError), open(pipe, "wb") as stream:
        stream.write(b"%b\n%b\n%b" % (codec.encode(request), codec.encode_tagged(plan), secret))


def _write_record(folder: Path, record: Record, plan: Plan) -> None:
    part = folder / f"{RECORD}.part"
    with open(open_private(part, os.O_WRONLY | os.O_EXCL), "wb") as file:
        file.write(b"%b\n%b\n" % (codec.encode(record), codec.encode_tagged(plan)))
    part.rename(folder / RECORD)


def _new_folder() -> Path:
    """Make the job's folder and return it; its name is the job's id, and sorts by time."""
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
    """Return the plan with absolute paths: the process has another current folder. Raises `UnknownDestination`."""
    changed: dict[str, object] = {}
    for field in fields(plan):
        value = getattr(plan, field.name)
        if isinstance(value, Path):
            if field.name == "destination":
                refuse_address(value)
            changed[field.name] = value.expanduser().absolute()
        elif isinstance(value, tuple) and value and all(isinstance(item, Path) for item in value):
            changed[field.name] = tuple(item.expanduser().absolute() for item in value)
    return replace(plan, **changed)
