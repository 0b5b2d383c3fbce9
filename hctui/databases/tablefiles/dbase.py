"""The header of a dBase, FoxPro or Clipper table, and checks of the table's files against it.

Source of the layouts: the dBase file format notes of Erik Bachmann, and the tables of other programs that the tests read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from hctui.databases.tablefiles.layout import ReadStart
from hctui.messages import N_, Message, message

MAIN_HEADER = 32
DBASE2 = 0x02
DBASE7 = frozenset({0x04, 0x84, 0x8C})
VISUAL_FOXPRO = frozenset({0x30, 0x31, 0x32})
MEMO_TYPES = frozenset("MGPWB")
PRODUCTION_INDEX_FLAG = 28
"""Offset of the byte whose lowest bit means that the table has a .cdx or .mdx file of the same stem."""
_CHUNK = 1 << 20
_USUAL_SIZE = 4096
"""Bytes that are enough for most headers."""
_END_OF_FIELDS = b"\r\0"


class DbaseField(NamedTuple):
    """One field of a record."""

    name: str
    kind: str
    offset: int
    """From the start of the record; the deletion mark is at 0."""
    length: int


class DbaseHeader(Struct, frozen=True):
    """The header of a .dbf file."""

    version: int
    records: int
    """Their number, including those marked as deleted."""
    header_size: int
    record_size: int
    flags: int
    code_page: int
    fields: tuple[DbaseField, ...]

    @property
    def end(self) -> int:
        """The offset at which the last record ends."""
        return self.header_size + self.records * self.record_size

    @property
    def memo_fields(self) -> tuple[DbaseField, ...]:
        """The fields whose content is in the memo file."""
        types = MEMO_TYPES - {"B"} if self.version in VISUAL_FOXPRO else MEMO_TYPES
        return tuple(item for item in self.fields if item.kind in types)


class NotDbase(ValueError):
    """The bytes are no dBase header; `message` is the reason."""

    def __init__(self, why: Message) -> None:
        self.message = why
        super().__init__(str(why))


def read_header(path: Path) -> DbaseHeader:
    """Read the header of a table. Raises `NotDbase`, `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return header_from(lambda count: os.pread(descriptor, count, 0))
    finally:
        os.close(descriptor)


def header_from(read_start: ReadStart) -> DbaseHeader:
    """Return the header of a table that `read_start` reads. Raises `NotDbase`, and what `read_start` raises."""
    first = read_start(_USUAL_SIZE)
    if len(first) < MAIN_HEADER:
        raise NotDbase(message(N_("its header is cut short")))
    size = 521 if first[0] == DBASE2 else struct.unpack_from("<H", first, 8)[0]
    return parse_header(first if size <= len(first) else read_start(size))


def parse_header(first: bytes) -> DbaseHeader:
    """Return the header in the first bytes of a table. Raises `NotDbase`."""
    version = first[0]
    if version == DBASE2:
        records, record_size = struct.unpack_from("<H", first, 1)[0], struct.unpack_from("<H", first, 6)[0]
        return _checked(DbaseHeader(version, records, 521, record_size, 0, 0, _fields(first[8:521], 16, 11, 11)))
    records, header_size, record_size = struct.unpack_from("<IHH", first, 4)
    if len(first) < header_size or header_size <= MAIN_HEADER:
        raise NotDbase(message(N_("its header is cut short")))
    if version in DBASE7:
        fields = _fields(first[68:header_size], 48, 32, 32)
    else:
        fields = _fields(first[MAIN_HEADER:header_size], 32, 11, 11)
    return _checked(DbaseHeader(version, records, header_size, record_size, first[28], first[29], fields))


def damage(header: DbaseHeader, size: int) -> Message | None:
    """Return how the size of a table file contradicts its header, None if it does not."""
    if size < header.end:
        return message(
            N_("it has {size_bytes} where its header promises {promised_bytes}"), size_bytes=size, promised_bytes=header.end
        )
    return None


def memo_damage(table: Path, header: DbaseHeader, memo: Path, progress: Callable[[int], None]) -> Message | None:
    """Return which record points behind the end of the memo file, None if none does; `progress` gets the bytes read."""
    size = memo.stat().st_size
    block = _block_size(memo, header)
    if block == 0:
        return message(N_("its memo file has no header"))
    limit = max(1, -(-size // block))
    with table.open("rb") as stream:
        stream.seek(header.header_size)
        whole = max(1, _CHUNK // header.record_size) * header.record_size
        record = 0
        while record < header.records and (chunk := stream.read(whole)):
            progress(len(chunk))
            for start in range(0, len(chunk) - header.record_size + 1, header.record_size):
                record += 1
                if record > header.records:
                    break
                if any(_pointer(chunk, start, item) >= limit for item in header.memo_fields):
                    return message(N_("record {record} points behind the end of the memo file"), record=record)
    return None


def clear_index_flag(path: Path) -> None:
    """Clear the flag of an index file that is missing, so that programs open the table without it."""
    with path.open("r+b") as stream:
        stream.seek(PRODUCTION_INDEX_FLAG)
        flags = stream.read(1)
        if flags and flags[0] & 1:
            stream.seek(PRODUCTION_INDEX_FLAG)
            stream.write(bytes([flags[0] & 0xFE]))


def _pointer(chunk: bytes, start: int, item: DbaseField) -> int:
    raw = chunk[start + item.offset : start + item.offset + item.length]
    if item.length == 4:
        return int.from_bytes(raw, "little")
    text = raw.strip(b" \0")
    return int(text) if text.isdigit() else 0


def _block_size(memo: Path, header: DbaseHeader) -> int:
    with memo.open("rb") as stream:
        first = stream.read(MAIN_HEADER)
    if len(first) < 8:
        return 0
    if memo.suffix.lower() == ".fpt":
        return int.from_bytes(first[6:8], "big") or 1
    block = int.from_bytes(first[20:22], "little") if len(first) >= 22 and header.version & 0x07 != 0x03 else 0
    return block or 512


@lru_cache(256)
def _fields(descriptions: bytes, step: int, name_size: int, kind_at: int) -> tuple[DbaseField, ...]:
    """Return the fields of a header's descriptions; cached because many tables of a folder have the same structure."""
    fields: list[DbaseField] = []
    offset = 1
    length_at = kind_at + (5 if step == 32 else 1)
    for position in range(0, len(descriptions) - step + 1, step):
        if descriptions[position] in _END_OF_FIELDS:
            break
        name = descriptions[position : position + name_size].partition(b"\0")[0].decode("latin-1")
        kind = chr(descriptions[position + kind_at])
        length = descriptions[position + length_at]
        if step == 32 and kind == "C":
            length += descriptions[position + 17] << 8  # Clipper stores the high byte of a text's length as its decimals
        fields.append(DbaseField(name, kind, offset, length))
        offset += length
    return tuple(fields)


def _checked(header: DbaseHeader) -> DbaseHeader:
    if not header.fields or header.record_size < 1:
        raise NotDbase(message(N_("its header describes no fields")))
    return header
