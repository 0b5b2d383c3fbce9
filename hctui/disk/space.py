"""Free space, checked before anything is written."""

from __future__ import annotations

import shutil
from pathlib import Path

from hctui.disk.errors import reading
from hctui.disk.paths import existing, printable
from hctui.errors import NoSpace


def free_space(folder: Path) -> int:
    """Return the bytes free for this user where `folder` is, or would be made. Raises `ReadFailed`."""
    with reading(folder):
        return shutil.disk_usage(existing(folder)).free


def require_space(folder: Path, needed: int) -> None:
    """Raise `NoSpace` unless `needed` bytes are free where `folder` is."""
    free = free_space(folder)
    if free < needed:
        raise NoSpace(path=printable(folder), needed_bytes=needed, free_bytes=free)
