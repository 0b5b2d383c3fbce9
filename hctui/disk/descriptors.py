"""Operations of the system on open files beyond reading and writing."""

from __future__ import annotations

import fcntl

FICLONE = 0x40049409
"""The request number of linux/fs.h: share all blocks of another file."""


def share_blocks(source: int, target: int) -> None:
    """Make `target` a copy of `source` on the same blocks. Raises `OSError` where the file system can't."""
    fcntl.ioctl(target, FICLONE, source)


def widen_pipe(descriptor: int, size: int) -> None:
    """Let a pipe hold `size` bytes, where the system can; fewer switches between its two processes. Raises `OSError`."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)
