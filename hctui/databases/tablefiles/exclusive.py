"""Exclusive access to the files of a database while they are swapped.

The promise: a swap is refused while another program has a file of the folder open, and fails, so that it is rolled back, if a
program opened one of the leaving files during it. Such a program waits until the swap has ended and then has the old file.

On Linux the kernel enforces this with a write lease on each leaving file: it refuses the lease while anybody has the file
open, makes a program that opens the file later wait, and reports that to `check`. If there are no leases, only locks that are
held before the swap are found. Programs on other machines, which reach the files over a network, are never seen.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hctui.databases.open_files import named, open_files
from hctui.disk.locks import HELD_ELSEWHERE, end_lease, has_lease, lease, lock_record, try_lock
from hctui.disk.paths import printable
from hctui.errors import DatabaseInUse
from hctui.messages import N_, message

_SPARE_DESCRIPTORS = 200
"""Descriptors that are left for everything but leases."""


class HeldFiles:
    """The leaving files of a swap."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._held: list[int] = []
        self._leased: dict[int, Path] = {}

    def hold(self, path: Path) -> None:
        """Lock and lease a file; without leases, try the record lock once. Raises `DatabaseInUse`."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return  # a link, or a file that may not be read: only the list of open files can protect it
        self._held.append(descriptor)
        try:
            if not try_lock(descriptor):
                raise self._in_use(path)
            if lease(descriptor):
                self._leased[descriptor] = path
            else:
                _try_record_lock(path)
        except OSError as error:
            if error.errno in HELD_ELSEWHERE:
                raise self._in_use(path) from error

    def check(self) -> None:
        """Raise `DatabaseInUse` if somebody has tried to open a file since it was leased."""
        for descriptor, path in self._leased.items():
            if not has_lease(descriptor):
                raise self._in_use(path)

    def release(self) -> None:
        """End the leases and locks; programs that wait for a file get it."""
        for descriptor in self._leased:
            with contextlib.suppress(OSError):  # closing the file ends the lease too
                end_lease(descriptor)
        for descriptor in self._held:
            os.close(descriptor)
        self._held.clear()
        self._leased.clear()

    def _in_use(self, path: Path) -> DatabaseInUse:
        unseen = message(N_("a program that can't be seen, which opens {file}"), file=printable(path.name))
        sessions = open_files([path])
        return DatabaseInUse(alias=self._alias, who=named(sessions) if sessions else unseen)


@contextmanager
def exclusive(alias: str, root: Path, files: Sequence[Path]) -> Iterator[HeldFiles]:
    """Hold `files` of the folder `root`. Raises `DatabaseInUse` with the programs that have any file of the folder open."""
    if sessions := open_files([root]):
        raise DatabaseInUse(alias=alias, who=named(sessions))
    held = HeldFiles(alias)
    try:
        for path in files[: _descriptors_left(len(files))]:
            held.hold(path)
        yield held
    finally:
        held.release()


def _try_record_lock(path: Path) -> None:
    """Raise `OSError` if a program holds a record lock, as ISAM libraries do; the lock tried here ends with the call."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        lock_record(descriptor)
    finally:
        os.close(descriptor)


def _descriptors_left(wanted: int) -> int:
    """Return how many files can be held open at once; the limit of this process is raised if that is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted + _SPARE_DESCRIPTORS > soft != resource.RLIM_INFINITY:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(0, min(wanted, soft - _SPARE_DESCRIPTORS))
