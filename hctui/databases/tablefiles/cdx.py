"""The definitions of the indexes (tags) in a compound index file (.cdx), and the rebuild of the file from them.

Only the headers of the tags are read. dbflib reads definitions too, but reads every key with them, which is too slow for a
backup of thousands of tables.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hctui.databases.tablefiles import dbase
from hctui.messages import N_, Message, message
from hctui.model import IndexDefinition

PAGE = 512
LARGEST_TABLE = 1 << 30
"""Bytes up to which a table's index is rebuilt here: dbflib holds the table and its keys in memory."""
_UNIQUE, _CANDIDATE = 0x01, 0x04
_LARGEST_TREE = 1000
_COLLATION = re.compile(rb"[A-Z]{3}")
"""The name of a language's sort order; the header of a tag that is sorted by byte values has none."""
_WESTERN = frozenset({0x00, 0x03, 0x57, 0x58})
"""Code pages for which dbflib converts letters to upper and lower case correctly (Windows 1252), and 0, unknown."""


class NotRebuilt(Exception):
    """An index could not be rebuilt; `message` is the reason."""

    def __init__(self, why: Message) -> None:
        self.message = why
        super().__init__(str(why))


def definitions(path: Path, table: str, part: str) -> tuple[IndexDefinition, ...]:
    """Return the tags of a .cdx file, which is the part `part` of `table` in the backup. Raises `NotRebuilt`, `OSError`."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream, _mapped_errors():
        return tuple(_definition(stream, name, offset, table, part) for name, offset in _directory(stream))


def rebuild(table: Path, index: Path, tags: Sequence[IndexDefinition], long_names: Sequence[str]) -> None:
    """Write `index` for `table` from its definitions, which may use long field names. Raises `NotRebuilt`, `OSError`."""
    import dbflib

    if table.stat().st_size > LARGEST_TABLE:
        raise NotRebuilt(message(N_("the table is too large to rebuild its index here")))
    header = dbase.read_header(table)
    for tag in tags:
        _refuse_unsafe(tag, header)
    with _mapped_errors():
        data = dbflib.DbfTableData(str(table))
        if len(long_names) == len(data.fields):  # keys may use the long names of the database container
            data.fields.update(
                {long.upper(): field for long, field in zip(long_names, list(data.fields.values()), strict=True)}
            )
        specifications = [(tag.name, _specification(tag.definition, tag.details)) for tag in tags]
        dbflib.build_cdx(str(table), specifications, str(index), data, workers=1)
        _restore_options(index, tags)


def _directory(stream: BinaryIO) -> Iterator[tuple[str, int]]:
    """Yield the name and header offset of every tag, from the leaves of the tree at the start of the file."""
    root, key_size = struct.unpack("<i8xH", _read(stream, 0, 14))
    node = _read(stream, root, PAGE)
    for _ in range(_LARGEST_TREE):
        if node[0] & 2:
            break
        node = _read(stream, struct.unpack_from(">I", node, 12 + key_size + 4)[0], PAGE)
    for _ in range(_LARGEST_TREE):
        yield from _leaf(node, key_size)
        right = struct.unpack_from("<i", node, 8)[0]
        if right == -1:
            return
        node = _read(stream, right, PAGE)


def _leaf(node: bytes, key_size: int) -> Iterator[tuple[str, int]]:
    count = struct.unpack_from("<H", node, 2)[0]
    record_mask = struct.unpack_from("<I", node, 14)[0]
    same_mask, trail_mask, record_bits, same_bits, _, entry_size = node[18:24]
    end, previous = PAGE, b""
    for position in range(24, 24 + count * entry_size, entry_size):
        packed = int.from_bytes(node[position : position + entry_size], "little")
        same, trail = (packed >> record_bits) & same_mask, (packed >> (record_bits + same_bits)) & trail_mask
        start = end - (key_size - same - trail)
        if start < 24 or start > end:
            raise ValueError("key outside its page")
        previous, end = previous[:same] + node[start:end], start
        yield previous.rstrip(b" \0").decode("latin-1"), packed & record_mask


def _definition(stream: BinaryIO, name: str, offset: int, table: str, part: str) -> IndexDefinition:
    header = _read(stream, offset, 2 * PAGE)
    options = header[14]
    key, _, rest = header[PAGE:].partition(b"\0")
    condition = rest.split(b"\0")[0]
    details = {"file": part}
    if condition:
        details["filter"] = condition.decode("latin-1")
    for label, is_set in (
        ("unique", options & _UNIQUE),
        ("candidate", options & _CANDIDATE),
        ("descending", struct.unpack_from("<H", header, 502)[0]),
        ("collation", _COLLATION.search(header[24:502].replace(b"MACHINE", b""))),
    ):
        if is_set:
            details[label] = "yes"
    return IndexDefinition(name, table, key.decode("latin-1"), details)


def _specification(key: str, details: Mapping[str, str]) -> dict[str, str | bool]:
    found: dict[str, str | bool] = {"key": _as_windows(key)}
    if details.get("filter"):
        found["filter"] = _as_windows(details["filter"])
    for label in ("unique", "descending"):
        if label in details:
            found[label] = True
    return found


def _as_windows(text: str) -> str:
    """Return an expression which dbflib encodes to the same bytes that were in the file."""
    return text.encode("latin-1").decode("cp1252")


def _refuse_unsafe(tag: IndexDefinition, header: dbase.DbaseHeader) -> None:
    """Refuse an index that dbflib would build wrongly, or one with which a hostile manifest could exhaust it."""
    text = tag.definition + " " + tag.details.get("filter", "")
    if "collation" in tag.details:
        raise NotRebuilt(message(N_("index {tag} is sorted in a language's own order"), tag=tag.name))
    if len(text) > PAGE or re.search(r"\d{5}", text):
        raise NotRebuilt(message(N_("the expression of index {tag} is too large"), tag=tag.name))
    if header.code_page not in _WESTERN and re.search(r"\b(upper|lower)\b", text, re.IGNORECASE):
        raise NotRebuilt(message(N_("index {tag} needs capital letters of another code page"), tag=tag.name))


def _restore_options(index: Path, tags: Sequence[IndexDefinition]) -> None:
    """Mark the keys that FoxPro keeps unique (candidate and primary), an option that dbflib does not write."""
    wanted = {tag.name.upper() for tag in tags if "candidate" in tag.details}
    if not wanted:
        return
    with index.open("r+b") as stream:
        for name, offset in list(_directory(stream)):
            if name in wanted:
                options = _read(stream, offset + 14, 1)[0]
                stream.seek(offset + 14)
                stream.write(bytes([options | _CANDIDATE]))


def _read(stream: BinaryIO, offset: int, count: int) -> bytes:
    if offset < 0:
        raise ValueError("page before the file")
    stream.seek(offset)
    found = stream.read(count)
    if len(found) < count:
        raise ValueError("page behind the file")
    return found


@contextmanager
def _mapped_errors() -> Iterator[None]:
    """Map what dbflib and struct raise for damaged tables and unknown expressions to `NotRebuilt`."""
    try:
        yield
    except (ValueError, NotImplementedError, LookupError, ArithmeticError, AssertionError, TypeError, struct.error) as error:
        raise NotRebuilt(
            message(N_("its index can't be rebuilt here ({why})"), why=str(error) or type(error).__name__)
        ) from error
    except (RecursionError, SyntaxError, AttributeError, MemoryError) as error:
        raise NotRebuilt(message(N_("its index can't be rebuilt here ({why})"), why=type(error).__name__)) from error
