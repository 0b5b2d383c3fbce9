"""Operations of the system on open files beyond reading and writing."""

from __future__ import annotations

import fcntl
import os
import stat

FICLONE = 0x40049409
"""The request number of linux/fs.h: share all blocks of another file."""


def open_private(path: str | os.PathLike[str], flags: int, *, dir_fd: int | None = None) -> int:
    """Open a file that may be made by this, with mode 0600 whatever the umask; return the descriptor. Raises `OSError`.

    A umask can take rights away from the owner too, who could then never open the file again.
    """
    descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC, 0o600, dir_fd=dir_fd)
    status = os.fstat(descriptor)
    if stat.S_IMODE(status.st_mode) & 0o600 != 0o600 and status.st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)
    return descriptor


def share_blocks(source: int, target: int) -> None:
    """Make `target` a copy of `source` on the same blocks. Raises `OSError` where the file system can't."""
    fcntl.ioctl(target, FICLONE, source)


def widen_pipe(descriptor: int, size: int) -> None:
    """Let a pipe hold `size` bytes, where the system can; fewer switches between its two processes. Raises `OSError`."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, size)
