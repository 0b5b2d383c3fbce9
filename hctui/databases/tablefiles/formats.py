"""The formats of table files, and their detection from the files of a folder.

A format is a `TableFormat`: extensions in lower case, with `?` and `[…]` as in globs. A format ignores the files that its
programs make while they run (locks, temporary files) and can make again.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase, translate
from functools import cache

from hctui.model import PartKind, TableFormat

OWN_FILES = ".hctui-*"
"""The working folders of hctui."""
ALWAYS_IGNORED = (OWN_FILES, "thumbs.db", ".ds_store", ".nfs*", ".fuse_hidden*", "~$*")
"""Files made by the desktop, by a network file system or by an open office document."""
HEADER_SIZE = 512
"""The first bytes of a file, which show its format."""

BUILT_IN: tuple[TableFormat, ...] = (
    TableFormat(
        "nexusdb",
        data=(".nx1",),
        other=(".nx?",),
        # nxTrans.cfg belongs to the server: it locks the file while it uses the folder, and writes it again each time.
        ignored=("nxtrans.cfg", "nxtrans*.nxj", "*.nxt", "~*"),
    ),
    TableFormat(
        "dbase",
        data=(".dbf",),
        blobs=(".dbt", ".fpt", ".smt"),
        indexes=(".cdx", ".mdx", ".ntx", ".idx", ".ndx", ".nsx"),
        ignored=("*.tmp", "*.lck", "*.ldb", "~*"),
    ),
    TableFormat(
        "paradox",
        data=(".db",),
        blobs=(".mb",),
        indexes=(".px", ".x[0-9a-f][0-9a-f]", ".y[0-9a-f][0-9a-f]", ".xg?", ".yg?"),
        other=(".val", ".tv", ".fam"),
        ignored=("*.lck", "*.net", "pdoxusrs.*", "__qb????.*", "~*"),
    ),
    TableFormat(
        "myisam",
        data=(".myd", ".mad"),
        indexes=(".myi", ".mai"),
        other=(".frm", ".par", ".trg"),
        ignored=("#sql*", "*.tmd", "*.tmm", "*.pid", "*.sock"),
    ),
    TableFormat(
        "dbisam",
        data=(".dat",),
        blobs=(".blb",),
        indexes=(".idx",),
        ignored=("*.lck", "*.lk?", "*.tmp", "~*"),
    ),
)
CONTAINER = TableFormat("container", data=(".dbc",), other=(".dct", ".dcx"))
"""A FoxPro database container: three files that belong together, in the folder of the tables that they describe."""
KEPT_INDEXES = frozenset({"myisam"})
"""Formats whose index files hold counters that nothing can rebuild; they are stored even if indexes are left out."""
DEFINITIONS = frozenset({".frm", ".par", ".trg", ".dbc", ".dct", ".dcx"})
"""Extensions of files that define a table."""


def by_name(name: str, defined: Iterable[TableFormat] = ()) -> TableFormat | None:
    """Return the format called `name`; the `defined` ones of the configuration come before the built-in ones."""
    return next((layout for layout in (*defined, *BUILT_IN) if layout.name.casefold() == name.casefold()), None)


def split_extension(name: str) -> tuple[str, str]:
    """Return stem and extension of a file name, the extension in lower case."""
    stem, dot, extension = name.rpartition(".")
    if not dot or "/" in extension or not stem.rpartition("/")[2].strip("."):
        return name, ""
    return stem, f".{extension.lower()}"


@cache
def kind_of(layout: TableFormat, extension: str) -> PartKind | None:
    """Return the kind of part that a file with `extension` is in this format; None if it is not part of a table."""
    if _matches(extension, layout.data):
        return PartKind.SCHEMA if layout is CONTAINER else PartKind.DATA
    if _matches(extension, layout.blobs):
        return PartKind.BLOBS
    if _matches(extension, layout.indexes):
        return PartKind.INDEXES
    if _matches(extension, layout.other):
        return PartKind.SCHEMA if extension in DEFINITIONS else PartKind.OTHER
    return None


@cache
def is_data(layout: TableFormat, extension: str) -> bool:
    """Return whether a file with `extension` is the data file of a table."""
    return _matches(extension, layout.data)


def ignore_filter(layout: TableFormat | None) -> Callable[[str], bool]:
    """Return a function that is true for the path of a file that is not backed up: a lock, a temporary file, one of ours."""
    match = _ignored_names(layout).match
    return lambda path: match(path.rpartition("/")[2].lower()) is not None


def detect(names: Sequence[str], defined: Iterable[TableFormat], header: Callable[[str], bytes | None]) -> TableFormat | None:
    """Return the format that most of the files belong to, None if there is no table.

    `names` are paths relative to the folder; `header` returns the first bytes of a file, or None if it can't be read.
    """
    present: dict[str, int] = {}
    stems: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        stem, extension = split_extension(name)
        present[extension] = present.get(extension, 0) + 1
        if extension in (".db", ".dat"):
            stems.setdefault(extension, []).append((stem, name))
    lowered = {name.lower() for name in names}
    counted = [(_count_tables(layout, present, stems, lowered, header), layout) for layout in (*defined, *BUILT_IN)]
    best, layout = max(counted, key=lambda item: item[0], default=(0, None))
    return layout if best else None


def _count_tables(
    layout: TableFormat,
    present: dict[str, int],
    stems: dict[str, list[tuple[str, str]]],
    lowered: set[str],
    header: Callable[[str], bytes | None],
) -> int:
    """Return how many data files of this format the folder has; read headers if several formats share the extension."""
    check = {"paradox": is_paradox, "dbisam": is_dbisam}.get(layout.name)
    if check is None or layout not in BUILT_IN:
        return sum(count for extension, count in present.items() if is_data(layout, extension))
    companions = (*layout.blobs, *(extension for extension in layout.indexes if "[" not in extension and "?" not in extension))
    found = 0
    for stem, name in (item for extension in layout.data for item in stems.get(extension, ())):
        first = header(name)
        beside = any(stem.lower() + extension in lowered for extension in companions)
        found += check(first) if first is not None else beside
    return found


def is_paradox(first: bytes) -> bool:
    """Return whether these are the first bytes of a Paradox table, which shares `.db` with SQLite and others.

    Source: the PXFORMAT notes: record size, header size, file type 0 (keyed) or 2 (not), block size in KiB.
    """
    if len(first) < 10:
        return False
    record_size, header_size, file_type, block_size = struct.unpack_from("<HHBB", first)
    return record_size > 0 and header_size >= 0x58 and header_size % 256 == 0 and file_type in (0, 2) and 1 <= block_size <= 32


def is_dbisam(first: bytes) -> bool:
    """Return whether these are the first bytes of a DBISAM table. Source: the layout that pydbisam reads."""
    if len(first) < HEADER_SIZE:
        return False
    row_size, fields = struct.unpack_from("<HH", first, 0x2D)
    description = first[0x47]
    return row_size > 0 and 1 <= fields <= 1024 and description <= 0x78 and any(first[0x09:0x19])


@cache
def _ignored_names(layout: TableFormat | None) -> re.Pattern[str]:
    return re.compile(
        "|".join(translate(pattern.lower()) for pattern in (*ALWAYS_IGNORED, *(layout.ignored if layout else ())))
    )


def _matches(extension: str, patterns: Iterable[str]) -> bool:
    return any(extension == pattern or fnmatchcase(extension, pattern) for pattern in patterns)
