"""The hot capture: files are read while others write, and what was read is proved, not assumed (DESIGN.md 7).

Every file is streamed between two looks at its inode, size, mtime and ctime. After all are read, all are looked at again: if
none moved since it was read, then at the instant the last one was read all of them were what was stored: `consistent`.
What moved is read again, table by table. Where a table's files all held from the first one's reading to a look after the
last one's, the table is whole, though the tables are not all of one instant: `per-table`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.tablefiles.layout import File, Listing, Signature, TableFile, Unit, as_file, as_part, signature_of
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.disk.errors import read_error, reading
from hctui.errors import UnstableTable
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Consistency, Part, PartKind

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PASSES = 4
"""Times that what moved is read again in the hope of one instant for all."""
ATTEMPTS = 8
"""Times that a table that never held is read again after that."""
FINE_CLOCK, COARSE_CLOCK = 12_000_000, 2_000_000_000
"""Nanoseconds that a file system's clock may stand still: a tick of the kernel, and FAT's two seconds."""
LEAST_PAUSE = 2_000_000
"""Nanoseconds to wait at least for that clock: `ATTEMPTS` of them last longer than a tick, during which it does not move."""
SMALL = 1 << 18
"""Bytes up to which a file is read at once, head and all."""
_SEEK_DATA: int = getattr(os, "SEEK_DATA", os.SEEK_SET)
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REALTIME_COARSE = 5
"""CLOCK_REALTIME_COARSE of `<linux/time.h>`, which Python does not name."""


Note = Callable[[str, TableFile, Callable[[int], bytes]], None]
"""Told the table, the file, and what gives so many bytes of its beginning."""


class _Group(Struct):
    """Files that must fit together: those of a table, or one file of no table."""

    table: str
    items: list[TableFile]
    held: bool = False
    """Whether it was whole when it was last read."""


class FolderCapture:
    """A snapshot of a folder of table files."""

    def __init__(
        self,
        root: Path,
        alias: str,
        listing: Listing,
        rescan: Callable[[Listing], Listing],
        request: SnapshotRequest,
        reporter: Reporter,
        reflinks: Reflinks | None = None,
        note: Note = lambda table, item, first: None,
    ) -> None:
        """`listing` is what to begin with, of a moment ago; `rescan` lists the folder as it is now; `reflinks`, where the
        file system has them, hold what was captured; `note` is shown each file, open, in the state that is stored."""
        self._note = note
        self._root = root
        self._below = f"{root}/"
        self._reflinks = reflinks
        self._alias = alias
        self._rescan = rescan
        self._request = request
        self._reporter = reporter
        self._read: dict[str, Signature] = {}
        self._captured: dict[str, tuple[Part, TableFile]] = {}
        self._groups: dict[str, _Group] = {}
        self.listing = listing
        """What the folder holds; after the capture, as it was then."""
        self.consistency = Consistency.CONSISTENT
        self.unstable: list[str] = []
        """Tables stored though they never held."""
        self.taken = datetime.now(UTC)

    def parts(self, is_wanted: Callable[[Unit | None, PartKind], bool]) -> Iterator[SnapshotPart]:
        """Yield every file that is wanted, and again what moved, until it is proved or given up. Raises `UnstableTable`."""
        yield from self._capture(is_wanted)
        self.taken = datetime.now(UTC)
        if self._reflinks is not None:
            for path, (part, item) in self._captured.items():
                if self._reflinks.has(path):
                    yield SnapshotPart(part, partial(self._open_clone, path, item.file.size))

    def stored_files(self) -> dict[str, tuple[str, TableFile]]:
        """Return table and file of every path that was captured, the file as it was then."""
        return {path: (part.table, item) for path, (part, item) in self._captured.items()}

    def stored(self) -> tuple[Part, ...]:
        """Return the parts that were captured."""
        return tuple(part for part, _ in self._captured.values())

    def _capture(self, is_wanted: Callable[[Unit | None, PartKind], bool]) -> Iterator[SnapshotPart]:
        for attempt in range(1 + PASSES):
            before = self.listing
            if attempt:
                self.listing = self._rescan(before)
            if attempt and self.listing is before and self._all_read():
                return
            moved = self._moved(is_wanted)
            if not moved:
                return
            for group, items in moved:
                yield from self._read_group(group, items)
        self.listing = self._rescan(self.listing)
        if self._moved(is_wanted):
            self.consistency = Consistency.PER_TABLE
            yield from self._insist()

    def _open_clone(self, path: str, size: int) -> BinaryIO:
        assert self._reflinks is not None
        return _reader(self._reflinks.open(path), self._root / path, size)

    def _insist(self) -> Iterator[SnapshotPart]:
        """Read tables that never held once more and again, then give up by name."""
        for group in [group for group in self._groups.values() if not group.held]:
            for attempt in range(ATTEMPTS):
                self._pause(0.02 * (attempt + 1))
                yield from self._read_group(group, group.items)
                if group.held:
                    break
            else:
                self._give_up(group)

    def _give_up(self, group: _Group) -> None:
        name = group.table or group.items[0].path
        if group.table and not self._request.accept_unstable:
            raise UnstableTable(alias=self._alias, table=name)
        self.unstable.append(name)
        self._reporter.warn(
            message(N_("{table} was written to at every attempt to copy it and may be damaged in this backup."), table=name)
        )

    def _all_read(self) -> bool:
        """Tell whether all files are, by the latest look at the folder, what was read: the same files as at the look before."""
        read = self._read
        return all([read.get(item.file.name) == item.file.signature for group in self._groups.values() for item in group.items])

    def _moved(self, is_wanted: Callable[[Unit | None, PartKind], bool]) -> list[tuple[_Group, list[TableFile]]]:
        """Return, group by group, the files that are not, by the latest look at the folder, what was read."""
        present: dict[str, list[TableFile]] = {}
        for unit, item in self.listing.files():
            if is_wanted(unit, item.kind):
                present.setdefault(unit.name if unit else f"/{item.file.name}", []).append(item)
        moved: list[tuple[_Group, list[TableFile]]] = []
        for key, items in present.items():
            group = self._groups.setdefault(key, _Group("" if key.startswith("/") else key, items))
            gone = {item.path for item in group.items} - {item.path for item in items}
            group.items = items
            changed = [item for item in items if self._read.get(item.file.name) != item.file.signature]
            if changed or gone:
                moved.append((group, changed))
            for path in gone:
                self._captured.pop(path, None)
        self._forget_vanished(present)
        return moved

    def _forget_vanished(self, present: dict[str, list[TableFile]]) -> None:
        """Leave tables that were dropped since out of the backup, as they would be had it begun now."""
        for key in [key for key in self._groups if key not in present]:
            for item in self._groups.pop(key).items:
                self._captured.pop(item.path, None)
                self._read.pop(item.file.name, None)

    def _read_group(self, group: _Group, items: list[TableFile]) -> Iterator[SnapshotPart]:
        """Yield files of one group, then tell whether all of the group still are what was read."""
        group.held = False
        for item in items:
            yield from self._read_one(group.table, item)
        if len(group.items) == len(items) == 1:  # nothing else was read since it was looked at
            group.held = items[0].file.name in self._read
        else:
            group.held = all(self._look(item.file.name) == self._read.get(item.file.name, ()) for item in group.items)

    def _read_one(self, table: str, item: TableFile) -> Iterator[SnapshotPart]:
        name = item.file.name
        self._reporter.advance(0)
        self._read.pop(name, None)
        try:
            descriptor = os.open(self._below + name, _READING)
        except FileNotFoundError:
            return
        except OSError as error:
            raise read_error(error, self._root / name) from error
        try:
            now, settled = self._settled(descriptor, name)
            current = TableFile(now, item.kind, item.path)
            part = as_part(table, current)
            self._captured[item.path] = (part, current)
            if self._reflinks is not None and self._reflinks.clone(descriptor, item.path):
                self._note(table, current, partial(_first, descriptor))
            elif now.size <= SMALL:
                data = self._read_whole(descriptor, now)
                self._note(table, current, lambda count: data[:count])
                yield SnapshotPart(part, partial(io.BytesIO, data))
            else:
                self._note(table, current, partial(_first, descriptor))
                yield SnapshotPart(part, lambda: _reader(os.dup(descriptor), self._root / name, now.size))
        finally:
            os.close(descriptor)
        # What was stored is what the signature says only if it still was so after the last byte.
        if settled and self._look(name) == now.signature:
            self._read[name] = now.signature

    def _read_whole(self, descriptor: int, file: File) -> bytes:
        """Return all bytes of a small file. Raises `ReadFailed`."""
        with reading(self._root / file.name):
            data = os.pread(descriptor, file.size, 0)
            while len(data) < file.size and (more := os.pread(descriptor, file.size - len(data), len(data))):
                data += more
        return data

    def _settled(self, descriptor: int, name: str) -> tuple[File, bool]:
        """Wait until a write would show in the file's times; return the file as it is then, and whether it came to that."""
        for _ in range(ATTEMPTS):
            found = as_file(name, os.fstat(descriptor))
            *_, modified, changed = found.signature
            latest = max(modified, changed)
            tick = FINE_CLOCK if modified % 1_000_000_000 or changed % 1_000_000_000 else COARSE_CLOCK
            young = latest + tick - _clock_of_files()
            if young <= 0 or latest > time.time_ns():  # a time to come was set by hand: any write changes that
                _await_writers(descriptor)
                return found, True
            self._pause(max(young, LEAST_PAUSE) / 1e9)
        return found, False

    def _look(self, name: str) -> Signature | None:
        try:
            return signature_of(os.lstat(self._below + name))
        except FileNotFoundError:
            return None

    def _pause(self, seconds: float) -> None:
        """Sleep, looking now and then whether to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._reporter.advance(0)
            time.sleep(min(left, 0.1))


def _clock_of_files() -> int:
    """Return the time, in nanoseconds, that a file written to now would be given.

    Linux takes it from a clock that a busy or halted processor may leave standing for longer than a tick.
    """
    return min(time.time_ns(), time.clock_gettime_ns(_REALTIME_COARSE)) if sys.platform == "linux" else time.time_ns()


def _await_writers(descriptor: int) -> None:
    """Wait until a write that is under way has ended.

    A write changes a file's times when it begins, and may take longer than a tick. Looking for data takes the lock that it
    holds (ext4, Btrfs, tmpfs; XFS holds it while it reads); whatever begins afterwards shows in the times.
    """
    with contextlib.suppress(OSError):  # an empty file, or a file system that can't look
        os.lseek(descriptor, 0, _SEEK_DATA)


def _first(descriptor: int, count: int) -> bytes:
    return os.pread(descriptor, count, 0)


def _reader(descriptor: int, path: Path, size: int) -> BinaryIO:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return cast(BinaryIO, CapturedFile(descriptor, path, size))


class CapturedFile(io.FileIO):
    """A file that is read to the size it had when it was opened, and whose failing disk has our error."""

    def __init__(self, descriptor: int, path: Path, size: int) -> None:
        super().__init__(descriptor, "rb")
        self._path = path
        self._left = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as `io.FileIO` does. Raises `ReadFailed`."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        with reading(self._path):
            found = super().read(wanted) or b""
        self._left -= len(found)
        return found

    def readall(self) -> bytes:
        """Read what is left. Raises `ReadFailed`."""
        return b"".join(iter(lambda: self.read(1 << 20), b""))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer`. Raises `ReadFailed`."""
        view = memoryview(buffer).cast("B")[: self._left]
        with reading(self._path):
            count = super().readinto(view) or 0
        self._left -= count
        return count
