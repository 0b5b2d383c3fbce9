"""The files on the machine's disks: entries of a folder, and the total below a path."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from hctui.errors import ReadFailed
from hctui.tui.screens.files_backup.tree import FileEntry

STEP = 2000
"""Files that are counted between two totals."""


class Total(Struct, frozen=True):
    """Numbers of files and bytes."""

    files: int = 0
    size: int = 0
    """Bytes."""
    unreadable: int = 0
    """Folders and files that can't be read."""
    complete: bool = True
    """False while counting goes on."""

    def __add__(self, other: Total) -> Total:
        return Total(
            self.files + other.files,
            self.size + other.size,
            self.unreadable + other.unreadable,
            self.complete and other.complete,
        )


def list_folder(folder: str) -> list[FileEntry]:
    """Return the entries of a folder, without sockets and devices. Raises `ReadFailed`."""
    try:
        with os.scandir(folder) as found:
            return [entry for each in found if (entry := _entry(each)) is not None]
    except OSError as error:
        raise ReadFailed(path=folder, reason=error.strerror or str(error)) from error


def _entry(each: os.DirEntry[str]) -> FileEntry | None:
    try:
        status = each.stat(follow_symlinks=False)
    except OSError:
        return FileEntry(each.path, unreadable=True)
    folder, link = stat.S_ISDIR(status.st_mode), stat.S_ISLNK(status.st_mode)
    if not (folder or link or stat.S_ISREG(status.st_mode)):
        return None
    access = os.R_OK | os.X_OK if folder else os.R_OK
    readable = link or os.access(each.path, access)
    return FileEntry(each.path, folder, 0 if folder or link else status.st_size, link, unreadable=not readable)


def measure(path: str) -> Iterator[Total]:
    """Count the files at and below `path`, without following links; yield totals from time to time, the final one last."""
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
