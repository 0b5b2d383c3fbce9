"""Working folders beside a database: staging, captures, undo copies, and folders on their way to being deleted.

A working folder is named `.hctui-PURPOSE-…`, has mode 0700 and is locked by the process that works in it; the lock ends with
the process, so that the next run can delete what a killed one left. It is made as `.hctui-begun-PROCESS-…`, locked, and only
then given its name: no other run ever sees it without its lock.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hctui.disk.locks import is_locked, lock

PREFIX = ".hctui-"
BEGUN, TRASH = "begun", "trash"
_BEGUN_GRACE = 3600.0
"""Seconds after which a folder that never got its name is abandoned, though its process number is in use (again)."""


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder that has this mode from the start, or as soon as an unusual umask can be corrected. Raises `OSError`."""
    os.mkdir(path, mode)
    descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if stat.S_IMODE(status.st_mode) & 0o777 != mode and status.st_uid == os.geteuid():
            os.chmod(f"/proc/self/fd/{descriptor}" if sys.platform == "linux" else descriptor, mode)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make `folder` and the folders above it where they are missing, with mode 0700. Raises `OSError`."""
    if folder.is_dir():
        return
    make_private(folder.parent)
    try:
        make_folder(folder)
    except FileExistsError:
        if not folder.is_dir():
            raise


def make_working_folder(parent: Path, purpose: str) -> tuple[Path, int]:
    """Make a working folder in `parent`; return it with the descriptor that holds its lock. Raises `OSError`."""
    begun = parent / f"{PREFIX}{BEGUN}-{os.getpid()}-{secrets.token_hex(8)}"
    make_folder(begun)
    descriptor = os.open(begun, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        lock(descriptor)
        return begun.rename(parent / f"{PREFIX}{purpose}-{secrets.token_hex(6)}"), descriptor
    except OSError:
        os.close(descriptor)
        with suppress(OSError):
            begun.rmdir()
        raise


def working_folders(parent: Path, *purposes: str) -> list[Path]:
    """Return the folders of these purposes in `parent`, purpose by purpose; none where `parent` does not exist."""
    try:
        with os.scandir(parent) as entries:
            hidden = [entry for entry in entries if entry.name.startswith(PREFIX)]
            found = sorted(entry.name for entry in hidden if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [parent / name for purpose in purposes for name in found if name.startswith(f"{PREFIX}{purpose}-")]


def is_abandoned(folder: Path) -> bool:
    """Return whether the process that made a working folder has ended. Raises `OSError`.

    Version 0.1 locked a file `lock` in some of them instead of the folder.
    """
    if folder.name.startswith(f"{PREFIX}{BEGUN}-"):
        import psutil  # here, because it takes a third of the time in which `hctui --help` starts

        maker = folder.name.removeprefix(f"{PREFIX}{BEGUN}-").partition("-")[0]
        running = maker.isdecimal() and psutil.pid_exists(int(maker))
        return not running or time.time() - folder.stat().st_mtime > _BEGUN_GRACE
    return not is_locked(folder) and not is_locked(folder / "lock")


def discard(folder: Path) -> None:
    """Delete a working folder so that it is never seen half-deleted. Raises `OSError`."""
    trash = folder.with_name(f"{PREFIX}{TRASH}-{secrets.token_hex(6)}")
    folder.rename(trash)
    shutil.rmtree(trash)


def files_below(folder: Path, *, links: bool = True) -> list[str]:
    """Return every file below a folder, relative to it; symbolic links count as files unless `links` is false."""
    return sorted(name for name, is_link in _walk(os.fspath(folder), "") if links or not is_link)


def _walk(folder: str, under: str) -> Iterator[tuple[str, bool]]:
    with suppress(FileNotFoundError), os.scandir(f"{folder}/{under}") as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder, f"{under}{entry.name}/")
            else:
                yield under + entry.name, entry.is_symlink()
