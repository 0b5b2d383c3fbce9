"""A job's journal: a file with one line of JSON for each event, written by its process, read by any number of others.

The promise: a line is written as a whole or not at all; a full disk loses lines but never stops the operation; and the last
line, the result, is written even then, into room that was reserved for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from hctui import codec
from hctui.disk.descriptors import open_private
from hctui.disk.errors import writing
from hctui.events import Done, Event, Failed, Progress

PROGRESS_SECONDS = 0.25
"""The least time between two `Progress` events in a journal."""
RESERVE_BYTES = 256 * 1024
"""The room reserved for the last line."""
LAST = Done | Failed
"""The types of event that end a journal."""


class Journal:
    """Writes a journal. Raises `WriteFailed` or `NotWritable` only when it is opened."""

    def __init__(self, path: Path) -> None:
        self._reserve = path.with_name("reserve")
        with writing(path):
            self._file = open_private(path, os.O_WRONLY)
            self._end = os.fstat(self._file).st_size
        self._create_reserve()
        self._waiting: list[bytes] = []
        self._pending: Progress | None = None
        self._written = 0.0

    @property
    def is_behind(self) -> bool:
        """Whether events wait for `flush`."""
        return bool(self._waiting)

    def write(self, event: Event) -> None:
        """Append an event and write it at once, after those that wait."""
        self.add(event)
        self.flush()

    def add(self, event: Event) -> None:
        """Append an event that the next `flush` writes; leave out progress that comes too soon, but not the last one."""
        if isinstance(event, Progress) and time.monotonic() - self._written < PROGRESS_SECONDS:
            self._pending = event
            return
        if isinstance(event, LAST):
            self.flush()
            self._reserve.unlink(missing_ok=True)
            if self._pending is not None:
                self._waiting.append(_line(self._pending))
        if isinstance(event, Progress):
            self._written, self._pending = time.monotonic(), None
        self._waiting.append(_line(event))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def flush(self) -> None:
        """Write the lines that wait, and cut off one that was written in part."""
        lines = b"".join(self._waiting)
        self._waiting.clear()
        try:
            written = os.pwrite(self._file, lines, self._end)
        except OSError:
            written = 0
        whole = lines.rfind(b"\n", 0, written) + 1
        self._end += whole
        if whole != len(lines):
            with suppress(OSError):
                os.ftruncate(self._file, self._end)

    def _create_reserve(self) -> None:
        """Occupy room for the last line; without room now there may be some later."""
        with suppress(OSError), open(open_private(self._reserve, os.O_WRONLY), "wb") as reserve:
            reserve.write(bytes(RESERVE_BYTES))


def _line(event: Event) -> bytes:
    return codec.encode_tagged(event) + b"\n"


def read(path: Path, position: int) -> tuple[tuple[Event, ...], int]:
    """Return the events after `position` (in bytes) and the position after them; an incomplete last line does not count."""
    try:
        with path.open("rb") as file:
            file.seek(position)
            lines = file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return (), position
    return tuple(_events(lines)), position + sum(len(line) + 1 for line in lines)


def last(path: Path) -> Done | Failed | None:
    """Return the event that ends the journal, or None where it has not ended. Reads only the end of the file."""
    try:
        with path.open("rb") as file:
            size, length = file.seek(0, os.SEEK_END), 4096
            tail = b""
            while size:
                file.seek(max(0, size - length))
                tail = file.read(length)
                if length >= size or b"\n" in tail[:-1]:
                    break
                length *= 4
    except FileNotFoundError:
        return None
    found = tuple(_events(tail.split(b"\n")[-2:-1]))
    return found[0] if found and isinstance(found[0], LAST) else None


def _events(lines: list[bytes]) -> Iterator[Event]:
    """Decode lines, without those of another version of hctui and damaged ones."""
    for line in lines:
        with suppress(msgspec.MsgspecError):
            yield codec.decode_event(line)
