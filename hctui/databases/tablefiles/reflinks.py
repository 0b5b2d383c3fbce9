"""Copies that share their blocks with the original (Btrfs, XFS, ZFS …): made at once, of one instant, free of space."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from hctui.databases.tablefiles.work_dirs import make_working_folder

FICLONE = 0x40049409
"""The request number of linux/fs.h: share all blocks of another file."""
_NOT_HERE = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EROFS}
_MOUNTS = Path("/proc/self/mounts")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
"""A blank, for one, in the name of a folder."""
_SHARING = frozenset({"btrfs", "xfs", "bcachefs", "zfs", "ocfs2"})
_NOT_HERE |= {errno.ENOSPC, errno.EDQUOT, errno.ETXTBSY}


class Reflinks:
    """A hidden folder beside the files that holds their reflink copies while a backup runs."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock = -1
        self._copies: dict[str, Path] = {}
        self._possible = sys.platform == "linux" and file_system(root) in _SHARING

    def __enter__(self) -> Reflinks:
        """Nothing is made before the first copy."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the copies."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)

    def clone(self, source: int, key: str) -> bool:
        """Keep a copy of the open file `source` under `key`, in place of an earlier one; False where that can't be done."""
        if not self._possible:
            return False
        try:
            if self._folder is None:
                self._folder, self._lock = make_working_folder(self._root, "capture")
            copy = self._copies.get(key, self._folder / str(len(self._copies)))
            with copy.open("wb") as target:
                share_blocks(source, target.fileno())
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            self._possible = bool(self._copies)
            self._copies.pop(key, None)
            return False
        self._copies[key] = copy
        return True

    def has(self, key: str) -> bool:
        """Tell whether a copy is kept under `key`."""
        return key in self._copies

    def open(self, key: str) -> int:
        """Return a descriptor that reads the copy."""
        return os.open(self._copies[key], os.O_RDONLY | os.O_CLOEXEC)


def share_blocks(source: int, target: int) -> None:
    """Make `target` a copy of `source` on the same blocks. Raises `OSError` where the file system can't."""
    fcntl.ioctl(target, FICLONE, source)


def file_system(folder: Path) -> str:
    """Return the name of the file system that a folder lies on, empty where it can't be told; only Linux tells."""
    here = os.fsencode(os.path.realpath(folder)).rstrip(b"/") + b"/"
    best = (b"", b"")
    with suppress(OSError):
        for line in _MOUNTS.read_bytes().splitlines():
            _, mounted, kind, *_ = line.split(b" ")
            above = _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), mounted).rstrip(b"/") + b"/"
            if here.startswith(above) and len(above) >= len(best[0]):  # of two in one place the later one is seen
                best = (above, kind)
    return best[1].decode()
