"""What a dBase, FoxPro or Clipper table says of itself, and whether its files hold what it says.

Source of the layouts: the dBase file format notes of Erik Bachmann, and the tables in the wild that the tests read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from hctui.messages import N_, Message, message

MAIN_HEADER = 32
DBASE2 = 0x02
DBASE7 = frozenset({0x04, 0x84, 0x8C})
VISUAL_FOXPRO = frozenset({0x30, 0x31, 0x32})
MEMO_TYPES = frozenset("MGPWB")
PRODUCTION_INDEX_FLAG = 28
"""Offset of the byte whose lowest bit says that a .cdx or .mdx of the same stem belongs to the table."""
_CHUNK = 1 << 20
_USUAL_HEAD = 4096
"""Bytes that most heads fit in."""
_END_OF_FIELDS = b"\r\0"


class Field(NamedTuple):
    """One field of a record."""

    name: str
    kind: str
    offset: int
    """In the record, behind the deletion mark."""
    length: int


class Header(Struct, frozen=True):
    """The head of a .dbf file."""

    version: int
    records: int
    """Deleted ones among them."""
    header_size: int
    record_size: int
    flags: int
    code_page: int
    fields: tuple[Field, ...]

    @property
    def end(self) -> int:
        """Return where the last record ends."""
        return self.header_size + self.records * self.record_size

    @property
    def memo_fields(self) -> tuple[Field, ...]:
        """Return the fields whose content lies in the memo file."""
        types = MEMO_TYPES - {"B"} if self.version in VISUAL_FOXPRO else MEMO_TYPES
        return tuple(item for item in self.fields if item.kind in types)


class NotDbase(ValueError):
    """The bytes are no dBase header; its `message` says why."""

    def __init__(self, why: Message) -> None:
        self.message = why
        super().__init__(str(why))


def read_header(path: Path) -> Header:
    """Read the head of a table. Raises `NotDbase`, `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return header_of(lambda count: os.pread(descriptor, count, 0))
    finally:
        os.close(descriptor)


def header_of(first: Callable[[int], bytes]) -> Header:
    """Return what the head of a table says; `first` gives so many bytes of its beginning. Raises `NotDbase`, and as it."""
    begin = first(_USUAL_HEAD)
    if len(begin) < MAIN_HEADER:
        raise NotDbase(message(N_("its header is cut short")))
    size = 521 if begin[0] == DBASE2 else struct.unpack_from("<H", begin, 8)[0]
    return parse_header(begin if size <= len(begin) else first(size))


def parse_header(first: bytes) -> Header:
    """Return what the first bytes of a table say. Raises `NotDbase`."""
    version = first[0]
    if version == DBASE2:
        records, record_size = struct.unpack_from("<H", first, 1)[0], struct.unpack_from("<H", first, 6)[0]
        return _checked(Header(version, records, 521, record_size, 0, 0, _fields(first[8:521], 16, 11, 11)))
    records, header_size, record_size = struct.unpack_from("<IHH", first, 4)
    if len(first) < header_size or header_size <= MAIN_HEADER:
        raise NotDbase(message(N_("its header is cut short")))
    if version in DBASE7:
        fields = _fields(first[68:header_size], 48, 32, 32)
    else:
        fields = _fields(first[MAIN_HEADER:header_size], 32, 11, 11)
    return _checked(Header(version, records, header_size, record_size, first[28], first[29], fields))


def damage(header: Header, size: int) -> Message | None:
    """Say how the size of a table file contradicts its header; None where it does not."""
    if size < header.end:
        return message(
            N_("it has {size_bytes} where its header promises {promised_bytes}"), size_bytes=size, promised_bytes=header.end
        )
    return None


def memo_damage(table: Path, header: Header, memo: Path, progress: Callable[[int], None]) -> Message | None:
    """Say which record points behind the end of the memo file; None where none does."""
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
    """Take back the promise of an index file that is not there, so that programs open the table without it."""
    with path.open("r+b") as stream:
        stream.seek(PRODUCTION_INDEX_FLAG)
        flags = stream.read(1)
        if flags and flags[0] & 1:
            stream.seek(PRODUCTION_INDEX_FLAG)
            stream.write(bytes([flags[0] & 0xFE]))


def _pointer(chunk: bytes, start: int, item: Field) -> int:
    raw = chunk[start + item.offset : start + item.offset + item.length]
    if item.length == 4:
        return int.from_bytes(raw, "little")
    text = raw.strip(b" \0")
    return int(text) if text.isdigit() else 0


def _block_size(memo: Path, header: Header) -> int:
    with memo.open("rb") as stream:
        first = stream.read(MAIN_HEADER)
    if len(first) < 8:
        return 0
    if memo.suffix.lower() == ".fpt":
        return int.from_bytes(first[6:8], "big") or 1
    block = int.from_bytes(first[20:22], "little") if len(first) >= 22 and header.version & 0x07 != 0x03 else 0
    return block or 512


@lru_cache(256)
def _fields(descriptions: bytes, step: int, name_size: int, kind_at: int) -> tuple[Field, ...]:
    """Return the fields that are described one after another; many a folder has many tables of one structure."""
    fields: list[Field] = []
    offset = 1
    length_at = kind_at + (5 if step == 32 else 1)
    for position in range(0, len(descriptions) - step + 1, step):
        if descriptions[position] in _END_OF_FIELDS:
            break
        name = descriptions[position : position + name_size].partition(b"\0")[0].decode("latin-1")
        kind = chr(descriptions[position + kind_at])
        length = descriptions[position + length_at]
        if step == 32 and kind == "C":
            length += descriptions[position + 17] << 8  # Clipper keeps the high byte of long texts where decimals go
        fields.append(Field(name, kind, offset, length))
        offset += length
    return tuple(fields)


def _checked(header: Header) -> Header:
    if not header.fields or header.record_size < 1:
        raise NotDbase(message(N_("its header describes no fields")))
    return header
