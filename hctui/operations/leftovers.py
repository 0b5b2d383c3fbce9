"""Clearing away what killed runs of hctui left in a folder, and nothing else."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from hctui.model import BACKUP_SUFFIX

_MAGIC = (b"", b"PK\x03\x04")
"""How a backup begins that was hardly or well under way."""


def remove_leftovers(folder: Path) -> tuple[Path, ...]:
    """Delete the `.bkb.part` files in `folder` whose writer is dead; return them. What is not surely ours stays."""
    return tuple(path for path in sorted(folder.glob(f"*{BACKUP_SUFFIX}.part")) if _abandoned(path))


def _abandoned(path: Path) -> bool:
    """Delete `path` and tell so, if it is ours, looks like a backup, and no living process holds its lock."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == 0o600
            if ours and os.pread(descriptor, 4, 0) in _MAGIC:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(descriptor), os.lstat(path)):
                    os.unlink(path)
                    return True
        finally:
            os.close(descriptor)
    return False
