"""Nobody else may have the files open while they are exchanged, as far as a system can tell and enforce."""

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


class Exclusive:
    """The files of a database while nobody else may open them."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._held: list[int] = []
        self._leased: dict[int, Path] = {}

    def take(self, path: Path) -> None:
        """Lease a file, which is granted only if nobody has it open; where leases are unknown, try its locks."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return  # a link, or not to be read: the names of other programs are all there is
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
        """Raise `DatabaseInUse` where somebody has tried to open a file since it was leased."""
        for descriptor, path in self._leased.items():
            if not has_lease(descriptor):
                raise self._in_use(path)

    def release(self) -> None:
        """Let whoever waits open the files."""
        for descriptor in self._leased:
            with contextlib.suppress(OSError):  # closing it ends the lease too
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
def exclusive(alias: str, root: Path, files: Sequence[Path]) -> Iterator[Exclusive]:
    """Hold `files` of the folder `root`. Raises `DatabaseInUse` naming who has any file of it open."""
    if sessions := open_files([root]):
        raise DatabaseInUse(alias=alias, who=named(sessions))
    held = Exclusive(alias)
    try:
        for path in files[: _descriptors_left(len(files))]:
            held.take(path)
        yield held
    finally:
        held.release()


def _try_record_lock(path: Path) -> None:
    """Raise `OSError` where a program holds a record lock, as the ISAM libraries do. Locks tried here end with the call."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        lock_record(descriptor)
    finally:
        os.close(descriptor)


def _descriptors_left(wanted: int) -> int:
    """Return how many files may be held open at once, after asking for more where that is needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted + _SPARE_DESCRIPTORS > soft != resource.RLIM_INFINITY:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    return wanted if soft == resource.RLIM_INFINITY else max(0, min(wanted, soft - _SPARE_DESCRIPTORS))
