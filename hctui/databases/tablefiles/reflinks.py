"""Reflinks: copies that share their blocks with the original (Btrfs, XFS, ZFS …).

Such a copy is made in an instant, holds the file as it was then, and takes no space.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

from hctui.disk.descriptors import share_blocks
from hctui.disk.paths import file_system
from hctui.disk.work_dirs import make_working_folder

_NOT_POSSIBLE = frozenset(
    {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EROFS}
    | {errno.ENOSPC, errno.EDQUOT, errno.ETXTBSY}
)
_SHARING = frozenset({"btrfs", "xfs", "bcachefs", "zfs", "ocfs2"})
"""File systems whose files can share blocks."""
CAPTURE = "capture"
"""The purpose of the working folder that holds the copies."""


class Reflinks:
    """The working folder, in the folder of the database, that holds the reflinks while a backup runs."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock = -1
        self._copies: dict[str, Path] = {}
        self._possible = sys.platform == "linux" and file_system(root) in _SHARING

    def __enter__(self) -> Reflinks:
        """Return self; the folder is made with the first copy."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the copies."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)

    def clone(self, source: int, key: str) -> bool:
        """Keep a copy of the open file `source` under `key`, in place of an earlier one; return False if that is impossible."""
        if not self._possible:
            return False
        try:
            if self._folder is None:
                self._folder, self._lock = make_working_folder(self._root, CAPTURE)
            copy = self._copies.get(key, self._folder / str(len(self._copies)))
            with copy.open("wb") as target:
                share_blocks(source, target.fileno())
        except OSError as error:
            if error.errno not in _NOT_POSSIBLE:
                raise
            self._possible = bool(self._copies)
            self._copies.pop(key, None)
            return False
        self._copies[key] = copy
        return True

    def has(self, key: str) -> bool:
        """Return whether a copy is kept under `key`."""
        return key in self._copies

    def open(self, key: str) -> int:
        """Return a descriptor to read the copy from."""
        return os.open(self._copies[key], os.O_RDONLY | os.O_CLOEXEC)
