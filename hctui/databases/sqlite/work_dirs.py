"""Folders beside an SQLite database: the one in which a snapshot or restore works, and those of its undo copy."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hctui.config import state_folder
from hctui.disk.space import require_space
from hctui.disk.work_dirs import BEGUN, is_abandoned, make_working_folder, working_folders

_WORK = "work"
_UNDO = ".hctui-undo-"
_MARGIN = 1 << 20
"""Bytes that must stay free beyond what is needed."""


@contextmanager
def work_folder(database: Path, needed: int, *, elsewhere: bool = False) -> Iterator[Path]:
    """Make a working folder on a disk with `needed` free bytes, and remove it in the end.

    It is beside `database`, with the same protection and on the same file system. If that folder is not writable and
    `elsewhere` is allowed, it is in hctui's state folder. Raises `NoSpace`, `OSError`.
    """
    here = not elsewhere or os.access(database.parent, os.W_OK | os.X_OK)
    parent = database.parent if here else state_folder()
    require_space(parent, needed + _MARGIN)
    folder, lock = make_working_folder(parent, _WORK)
    try:
        yield folder
        shutil.rmtree(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what the disk refuses to delete now, the next run deletes
        os.close(lock)


def remove_abandoned(database: Path) -> int:
    """Delete the working folders beside `database` or in the state folder whose process has ended; return how many."""
    return sum(_remove_if_abandoned(folder) for parent in (database.parent, state_folder()) for folder in _found(parent))


def _found(parent: Path) -> list[Path]:
    with suppress(OSError):
        return working_folders(parent, _WORK, BEGUN)
    return []


def _remove_if_abandoned(folder: Path) -> bool:
    with suppress(OSError):
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            return True
    return False


def undo_folder(database: Path, ending: str = "") -> Path:
    """Return the folder of the undo copy of `database`; with an `ending`, the one in which it is made or deleted."""
    name = os.fsencode(database.name)
    if len(name) > 200:
        name = name[:190] + b"-%08x" % zlib.crc32(name)
    return database.parent / f"{_UNDO}{os.fsdecode(name)}{ending}"


def pending_beside(database: Path) -> list[Path]:
    """Return the other databases of the folder that have a pending undo copy, except those with very long names."""
    ending = ".pending"
    try:
        listed = sorted(os.listdir(database.parent))
    except OSError:
        return []
    names = (name[len(_UNDO) : -len(ending)] for name in listed if name.startswith(_UNDO) and name.endswith(ending))
    found = (database.with_name(name) for name in names if name)
    return [path for path in found if path != database and os.path.lexists(undo_folder(path, ending))]
