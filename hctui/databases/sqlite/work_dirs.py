"""Private folders beside the database: where snapshots and restores are staged, and what killed runs left of them."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from hctui.config import state_folder
from hctui.databases.sqlite.connection import printable
from hctui.errors import NoSpace

_WORK = ".hctui-work-"
_BEGUN = ".hctui-begun-"
_UNDO = ".hctui-undo-"
_LOCK = "lock"
_MARGIN = 1 << 20
"""Bytes that shall stay free beyond what is needed."""
_BEGUN_GRACE = 3600.0
"""Seconds after which a folder without a lock is nobody's though its process number is in use (again)."""


@contextmanager
def work_folder(database: Path, needed: int, *, elsewhere: bool = False) -> Iterator[Path]:
    """Make a folder with mode 0700 in which `needed` bytes fit, and remove it in the end.

    It lies beside `database`, in the same security domain and file system; where that folder can't be written to and
    `elsewhere` is allowed, in hctui's state folder. Raises `NoSpace`, `OSError`.
    """
    here = not elsewhere or os.access(database.parent, os.W_OK | os.X_OK)
    parent = database.parent if here else state_folder()
    require_space(parent, needed)
    begun = parent / f"{_BEGUN}{os.getpid()}-{secrets.token_hex(8)}"
    folder = begun
    folder.mkdir(mode=0o700)
    try:
        with open(begun / _LOCK, "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = begun.rename(parent / f"{_WORK}{secrets.token_hex(8)}")
            yield folder
            shutil.rmtree(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what the disk does not let go now, the next run deletes


def require_space(folder: Path, needed: int) -> None:
    """Raise `NoSpace` unless `needed` bytes fit in `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + _MARGIN:
        raise NoSpace(path=printable(folder), needed_bytes=needed + _MARGIN, free_bytes=free)


def remove_abandoned(database: Path) -> int:
    """Delete the work folders beside `database` (or in the state folder) whose process is dead; return how many."""
    return sum(_remove_if_abandoned(folder) for parent in (database.parent, state_folder()) for folder in _found(parent))


def _found(parent: Path) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return [Path(each.path) for each in entries if each.name.startswith((_WORK, _BEGUN))]
    except OSError:
        return []


def _remove_if_abandoned(folder: Path) -> bool:
    try:
        if folder.name.startswith(_BEGUN):
            maker = folder.name.removeprefix(_BEGUN).partition("-")[0]
            alive = maker.isdecimal() and psutil.pid_exists(int(maker))
            abandoned = not alive or time.time() - folder.stat().st_mtime > _BEGUN_GRACE
        else:
            abandoned = not is_locked(folder / _LOCK)
    except OSError:
        return False
    if abandoned:
        shutil.rmtree(folder, ignore_errors=True)
    return abandoned


def is_locked(lock: Path) -> bool:
    """Tell whether a living process holds `lock`."""
    try:
        with open(lock, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def undo_folder(database: Path, ending: str = "") -> Path:
    """Return where the undo of `database` is kept; with an `ending`, where one is being made or thrown away."""
    name = os.fsencode(database.name)
    if len(name) > 200:
        name = name[:190] + b"-%08x" % zlib.crc32(name)
    return database.parent / f"{_UNDO}{os.fsdecode(name)}{ending}"


def pending_beside(database: Path) -> list[Path]:
    """Return the other databases of a folder whose undo is being made, or was; those with very long names are not found."""
    ending = ".pending"
    try:
        listed = sorted(os.listdir(database.parent))
    except OSError:
        return []
    names = (name[len(_UNDO) : -len(ending)] for name in listed if name.startswith(_UNDO) and name.endswith(ending))
    found = (database.with_name(name) for name in names if name)
    return [path for path in found if path != database and os.path.lexists(undo_folder(path, ending))]


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the bytes of `path` durable."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
