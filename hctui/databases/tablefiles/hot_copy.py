"""The hot copy of a folder: its files are read while other programs may write to them (DESIGN.md 7).

The promise: a backup is called `consistent`, and a table whole, only if that was proved.

A file's signature (device, inode, size, mtime, ctime) is taken before the file is read and again after its last byte. If both
are equal, the file was as it is stored during all that time. That holds because every write changes the times: reading begins
only when the times are older than one tick of the file system's clock, so that a later write gets another time.

    read all files
    list the folder, read again what changed   up to PASSES times; if nothing changed: `consistent`
    read the tables that changed one by one    up to ATTEMPTS times each: `per-table`
    a table that changed every time            `UnstableTable`, or a warning if the request accepts it

`consistent`: a listing made after the last file was read showed every file with the signature that it was read with. So at
the moment the last file was read, the whole folder was as it is stored. `per-table`: that is proved for each table by itself,
from the start of its first file to the end of its last; the tables are not all of one moment.
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
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.tablefiles.layout import (
    File,
    Listing,
    ReadStart,
    Signature,
    TableFile,
    Unit,
    as_file,
    as_part,
    signature_of,
)
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.disk.errors import read_error, reading
from hctui.errors import UnstableTable
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Consistency, Part, PartKind

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PASSES = 4
"""How often the files that changed are read again for a consistent backup."""
ATTEMPTS = 8
"""How often a table that changed while it was read is read again after that."""
FINE_TICK, COARSE_TICK = 12_000_000, 2_000_000_000
"""Nanoseconds between two values of a file system's clock: a tick of the kernel, and the two seconds of FAT."""
LEAST_PAUSE = 2_000_000
"""Nanoseconds to wait at least for the next value of that clock: `ATTEMPTS` of them are longer than a tick."""
SMALL = 1 << 18
"""Bytes up to which a file is read at once."""
_SEEK_DATA: int = getattr(os, "SEEK_DATA", os.SEEK_SET)
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_REALTIME_COARSE = 5
"""CLOCK_REALTIME_COARSE of `<linux/time.h>`, which Python does not name."""

OnFile = Callable[[str, TableFile, ReadStart], None]
"""Gets the table, the file, and a function that reads the first bytes of it."""
IsWanted = Callable[[Unit | None, PartKind], bool]
"""Returns whether files of this table (None: of no table) and kind belong in the backup."""


class _Group(Struct):
    """Files that must fit together: those of a table, or one file of no table."""

    table: str
    items: list[TableFile]
    whole: bool = False
    """Whether no file of the group changed while it was last read."""


class HotCopy:
    """A copy of a folder of table files, made while other programs may write to them."""

    def __init__(
        self,
        root: Path,
        alias: str,
        listing: Listing,
        rescan: Callable[[Listing], Listing],
        request: SnapshotRequest,
        reporter: Reporter,
        reflinks: Reflinks | None = None,
        on_file: OnFile = lambda table, item, read_start: None,
    ) -> None:
        """`listing` is a recent listing of the folder, `rescan` makes a new one. `on_file` is called with each file in the
        state that is stored. `reflinks`, if the file system has them, hold the copies."""
        self._on_file = on_file
        self._root = root
        self._below = f"{root}/"
        self._reflinks = reflinks
        self._alias = alias
        self._rescan = rescan
        self._request = request
        self._reporter = reporter
        self._read: dict[str, Signature] = {}
        self._stored: dict[str, tuple[Part, TableFile]] = {}
        self._groups: dict[str, _Group] = {}
        self.listing = listing
        """The latest listing of the folder."""
        self.consistency = Consistency.CONSISTENT
        self.unstable: list[str] = []
        """Tables that are stored though they changed each time they were read."""
        self.taken = datetime.now(UTC)

    def parts(self, is_wanted: IsWanted) -> Iterator[SnapshotPart]:
        """Yield every wanted file, and again each that changed, as the module describes. Raises `UnstableTable`."""
        yield from self._read_all(is_wanted)
        self.taken = datetime.now(UTC)
        if self._reflinks is not None:
            for path, (part, item) in self._stored.items():
                if self._reflinks.has(path):
                    yield SnapshotPart(part, partial(self._open_clone, path, item.file.size))

    def stored_files(self) -> dict[str, tuple[str, TableFile]]:
        """Return table and file of every path that is stored, the file as it was then."""
        return {path: (part.table, item) for path, (part, item) in self._stored.items()}

    def stored_parts(self) -> tuple[Part, ...]:
        """Return the parts that are stored."""
        return tuple(part for part, _ in self._stored.values())

    def _read_all(self, is_wanted: IsWanted) -> Iterator[SnapshotPart]:
        for reading_again in range(1 + PASSES):
            before = self.listing
            if reading_again:
                self.listing = self._rescan(before)
            if reading_again and self.listing is before and self._is_as_read():
                return
            changed = self._changed(is_wanted)
            if not changed:
                return
            for group, items in changed:
                yield from self._read_group(group, items)
        self.listing = self._rescan(self.listing)
        if self._changed(is_wanted):
            self.consistency = Consistency.PER_TABLE
            yield from self._read_one_by_one()

    def _open_clone(self, path: str, size: int) -> BinaryIO:
        assert self._reflinks is not None
        return _reader(self._reflinks.open(path), self._root / path, size)

    def _read_one_by_one(self) -> Iterator[SnapshotPart]:
        """Read each table that is not whole again, up to ATTEMPTS times. Raises `UnstableTable`."""
        for group in [group for group in self._groups.values() if not group.whole]:
            for attempt in range(ATTEMPTS):
                self._pause(0.02 * (attempt + 1))
                yield from self._read_group(group, group.items)
                if group.whole:
                    break
            else:
                self._accept_unstable(group)

    def _accept_unstable(self, group: _Group) -> None:
        """Store a table that is not whole, with a warning, if the request accepts that. Raises `UnstableTable`."""
        name = group.table or group.items[0].path
        if group.table and not self._request.accept_unstable:
            raise UnstableTable(alias=self._alias, table=name)
        self.unstable.append(name)
        self._reporter.warn(
            message(N_("{table} was written to at every attempt to copy it and may be damaged in this backup."), table=name)
        )

    def _is_as_read(self) -> bool:
        """Return whether each file of the latest listing, which has the same files as the one before, is as it was read."""
        read = self._read
        return all([read.get(item.file.name) == item.file.signature for group in self._groups.values() for item in group.items])

    def _changed(self, is_wanted: IsWanted) -> list[tuple[_Group, list[TableFile]]]:
        """Return, group by group, the files that are new or have changed in the latest listing since they were read."""
        present: dict[str, list[TableFile]] = {}
        for unit, item in self.listing.files():
            if is_wanted(unit, item.kind):
                present.setdefault(unit.name if unit else f"/{item.file.name}", []).append(item)
        found: list[tuple[_Group, list[TableFile]]] = []
        for key, items in present.items():
            group = self._groups.setdefault(key, _Group("" if key.startswith("/") else key, items))
            gone = {item.path for item in group.items} - {item.path for item in items}
            group.items = items
            changed = [item for item in items if self._read.get(item.file.name) != item.file.signature]
            if changed or gone:
                found.append((group, changed))
            for path in gone:
                self._stored.pop(path, None)
        self._forget_dropped(present)
        return found

    def _forget_dropped(self, present: dict[str, list[TableFile]]) -> None:
        """Remove tables that were dropped meanwhile from the backup, as if it had begun later."""
        for key in [key for key in self._groups if key not in present]:
            for item in self._groups.pop(key).items:
                self._stored.pop(item.path, None)
                self._read.pop(item.file.name, None)

    def _read_group(self, group: _Group, items: list[TableFile]) -> Iterator[SnapshotPart]:
        """Yield some files of a group; the group is whole if then all its files have the signature they were read with."""
        group.whole = False
        for item in items:
            yield from self._read_file(group.table, item)
        if len(group.items) == len(items) == 1:  # `_read_file` has compared the signatures
            group.whole = items[0].file.name in self._read
        else:
            group.whole = all(self._signature(item.file.name) == self._read.get(item.file.name, ()) for item in group.items)

    def _read_file(self, table: str, item: TableFile) -> Iterator[SnapshotPart]:
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
            now, settled = self._settle(descriptor, name)
            current = TableFile(now, item.kind, item.path)
            part = as_part(table, current)
            self._stored[item.path] = (part, current)
            if self._reflinks is not None and self._reflinks.clone(descriptor, item.path):
                self._on_file(table, current, partial(_read_start, descriptor))
            elif now.size <= SMALL:
                data = self._read_small(descriptor, now)
                self._on_file(table, current, lambda count: data[:count])
                yield SnapshotPart(part, partial(io.BytesIO, data))
            else:
                self._on_file(table, current, partial(_read_start, descriptor))
                yield SnapshotPart(part, lambda: _reader(os.dup(descriptor), self._root / name, now.size))
        finally:
            os.close(descriptor)
        if settled and self._signature(name) == now.signature:
            self._read[name] = now.signature

    def _read_small(self, descriptor: int, file: File) -> bytes:
        """Return all bytes of a small file. Raises `ReadFailed`."""
        with reading(self._root / file.name):
            data = os.pread(descriptor, file.size, 0)
            while len(data) < file.size and (more := os.pread(descriptor, file.size - len(data), len(data))):
                data += more
        return data

    def _settle(self, descriptor: int, name: str) -> tuple[File, bool]:
        """Wait until any write would change the file's times; return the file as it is then, and False if that never came."""
        for _ in range(ATTEMPTS):
            found = as_file(name, os.fstat(descriptor))
            *_, modified, changed = found.signature
            latest = max(modified, changed)
            tick = FINE_TICK if modified % 1_000_000_000 or changed % 1_000_000_000 else COARSE_TICK
            left = latest + tick - _file_clock()
            if left <= 0 or latest > time.time_ns():  # a time in the future was set by hand: any write changes it
                _await_writers(descriptor)
                return found, True
            self._pause(max(left, LEAST_PAUSE) / 1e9)
        return found, False

    def _signature(self, name: str) -> Signature | None:
        try:
            return signature_of(os.lstat(self._below + name))
        except FileNotFoundError:
            return None

    def _pause(self, seconds: float) -> None:
        """Sleep; the reporter, called every tenth of a second, may raise `Cancelled`."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._reporter.advance(0)
            time.sleep(min(left, 0.1))


def _file_clock() -> int:
    """Return the time, in nanoseconds, that a file gets which is written to now.

    Linux takes it from a clock which a busy or halted processor may update later than after one tick.
    """
    return min(time.time_ns(), time.clock_gettime_ns(_REALTIME_COARSE)) if sys.platform == "linux" else time.time_ns()


def _await_writers(descriptor: int) -> None:
    """Wait until a write that is under way has ended.

    A write changes a file's times when it begins, and may take longer than a tick. SEEK_DATA waits for the lock that a write
    holds (ext4, Btrfs, tmpfs; on XFS reads wait for it); every write that begins afterwards changes the times.
    """
    with contextlib.suppress(OSError):  # an empty file, or a file system without SEEK_DATA
        os.lseek(descriptor, 0, _SEEK_DATA)


def _read_start(descriptor: int, count: int) -> bytes:
    return os.pread(descriptor, count, 0)


def _reader(descriptor: int, path: Path, size: int) -> BinaryIO:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return LiveFile(descriptor, path, size)


class LiveFile(io.FileIO):
    """A file of the database that is read up to the size it had when it was opened, though it may grow."""

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
