"""The hidden folders that hctui makes beside the files of a database, and who may touch them.

`.hctui-staging-…`, `.hctui-capture-…` belong to a running process, which holds an flock on them that its death ends;
`.hctui-undo-…` keeps what the last restore replaced; `.hctui-trash-…` is being deleted.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".hctui-"
STAGING, CAPTURE, UNDO, TRASH = "staging", "capture", "undo", "trash"
PASSING = (STAGING, CAPTURE, TRASH)
"""What is left there only by a process that was killed."""


def make_working_folder(parent: Path, purpose: str, label: str = "") -> tuple[Path, int]:
    """Make a folder of ours in `parent` and return it with the descriptor that locks it. Raises `OSError`."""
    with locked(parent, wait=True):
        folder = parent / f"{PREFIX}{purpose}-{label}{secrets.token_hex(6)}"
        folder.mkdir(mode=0o700)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return folder, descriptor


@contextmanager
def locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold the lock that every hctui takes on a folder. Raises `BlockingIOError` where another holds it and `wait` is false."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def in_use(folder: Path) -> bool:
    """Tell whether the process that made a working folder still lives."""
    try:
        with locked(folder):
            return False
    except BlockingIOError:
        return True


def ours(parent: Path, *purposes: str) -> list[Path]:
    """Return the folders of these purposes in `parent`, purpose by purpose; none where it is not there."""
    try:
        with os.scandir(parent) as entries:
            hidden = [entry for entry in entries if entry.name.startswith(PREFIX)]
            found = sorted(entry.name for entry in hidden if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [parent / name for purpose in purposes for name in found if name.startswith(f"{PREFIX}{purpose}-")]


def discard(folder: Path) -> None:
    """Delete one of our folders so that it is never seen half-deleted. Raises `OSError`."""
    trash = folder.with_name(f"{PREFIX}{TRASH}-{secrets.token_hex(6)}")
    folder.rename(trash)
    shutil.rmtree(trash)


def files_below(folder: Path) -> list[str]:
    """Return every file below a folder, relative to it; links count as files."""
    return sorted(name for name, _ in _walk(os.fspath(folder), ""))


def plain_files_below(folder: Path) -> list[str]:
    """Return every file below a folder, relative to it, without links."""
    return sorted(name for name, is_link in _walk(os.fspath(folder), "") if not is_link)


def _walk(folder: str, under: str) -> Iterator[tuple[str, bool]]:
    with suppress(FileNotFoundError), os.scandir(f"{folder}/{under}") as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(folder, f"{under}{entry.name}/")
            else:
                yield under + entry.name, entry.is_symlink()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
