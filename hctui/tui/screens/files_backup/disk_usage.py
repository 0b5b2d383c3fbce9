"""What is on the machine's disks: the entries of a folder, and how much is below a path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from hctui.errors import ReadFailed
from hctui.tui.screens.files_backup.tree import Entry

STEP = 2000
"""Files counted between two totals."""


class Total(Struct, frozen=True):
    """What was counted."""

    files: int = 0
    size: int = 0
    """Bytes."""
    unreadable: int = 0
    """Folders and files that can't be looked at."""
    complete: bool = True
    """False while the counting goes on."""

    def __add__(self, other: Total) -> Total:
        return Total(
            self.files + other.files,
            self.size + other.size,
            self.unreadable + other.unreadable,
            self.complete and other.complete,
        )


def entries(folder: str) -> list[Entry]:
    """List a folder; sockets and devices are no files and left out. Raises `ReadFailed`."""
    try:
        with os.scandir(folder) as found:
            return [entry for each in found if (entry := _entry(each)) is not None]
    except OSError as error:
        raise ReadFailed(path=folder, reason=error.strerror or str(error)) from error


def _entry(each: os.DirEntry[str]) -> Entry | None:
    try:
        status = each.stat(follow_symlinks=False)
    except OSError:
        return Entry(each.path, unreadable=True)
    folder, link = stat.S_ISDIR(status.st_mode), stat.S_ISLNK(status.st_mode)
    if not (folder or link or stat.S_ISREG(status.st_mode)):
        return None
    wanted = os.R_OK | os.X_OK if folder else os.R_OK
    readable = link or os.access(each.path, wanted)
    return Entry(each.path, folder, 0 if folder or link else status.st_size, link, unreadable=not readable)


def measure(path: str) -> Iterator[Total]:
    """Count what is at and below `path`, links not followed; yield the total so far now and then, the whole last."""
    status = Path(path).lstat() if os.path.lexists(path) else None
    if status is None or not stat.S_ISDIR(status.st_mode):
        yield Total(1, status.st_size) if status else Total(unreadable=1)
        return
    files = size = 0
    failed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=failed.append):
        links = (name for name in folders if os.path.islink(os.path.join(folder, name)))
        for name in (*names, *links):
            try:
                size += os.lstat(os.path.join(folder, name)).st_size
                files += 1
            except OSError as error:
                failed.append(error)
            if files % STEP == 0:
                yield Total(files, size, len(failed), complete=False)
    yield Total(files, size, len(failed))
