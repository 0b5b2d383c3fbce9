"""What the files of a table tell without being read through: rows, columns, dates, index definitions, visible damage."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from hctui.databases.roles import role_of
from hctui.databases.tablefiles import cdx, dbase, formats
from hctui.databases.tablefiles.layout import Listing, TableFile, Unit, modified
from hctui.messages import Message
from hctui.model import IndexDefinition, PartKind, Role, RolePattern, Table, TableFormat


class Head(Struct, frozen=True):
    """What the head of a table's data file says."""

    rows: int | None = None
    columns: tuple[str, ...] = ()
    damage: Message | None = None


_NO_HEAD = Head()


def describe(unit: Unit, head: Head, roles: tuple[RolePattern, ...], *, left_out: bool = False) -> Table:
    """Return a table as its files show it; the rows of a dBase table include those marked as deleted."""
    size = sum([item.file.size for item in unit.files])
    index_size = sum([item.file.size for item in unit.files if item.kind is PartKind.INDEXES])
    return Table(
        name=unit.name,
        role=unit_role(unit, roles),
        rows=head.rows,
        size=size - index_size,
        index_size=index_size,
        modified=modified(max([item.file.modified_ns for item in unit.files])),
        columns=head.columns,
        left_out=left_out,
    )


def unit_role(unit: Unit, roles: tuple[RolePattern, ...]) -> Role:
    """Return what a table is for; a database container holds no rows of anybody."""
    return Role.DATA if unit.container else _role(unit.name, roles)


@lru_cache(1 << 16)
def _role(name: str, roles: tuple[RolePattern, ...]) -> Role:
    """Return what a table is for, by its whole name, else without the folder it lies in."""
    whole = role_of(name, roles)
    return whole if whole is not Role.DATA else role_of(name.rpartition("/")[2], roles)


def live_head(root: Path, listing: Listing, unit: Unit) -> Head:
    """Return what the head of a table says now; nothing where it can't be read."""
    item = data_file(unit)
    if item is None:
        return _NO_HEAD
    try:
        descriptor = os.open(f"{root}/{item.file.name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return _NO_HEAD
    try:
        return head_of(lambda count: os.pread(descriptor, count, 0), os.fstat(descriptor).st_size, listing.layout)
    finally:
        os.close(descriptor)


def data_file(unit: Unit) -> TableFile | None:
    """Return the file whose head describes the table."""
    return next(iter(unit.of(PartKind.DATA)), None)


def head_of(first: Callable[[int], bytes], size: int, layout: TableFormat | None) -> Head:
    """Return what the head of a data file of `size` bytes says; nothing where its format is not known.

    `first` gives so many bytes of its beginning.
    """
    if layout is None or layout not in formats.BUILT_IN:
        return _NO_HEAD
    try:
        if layout.name == "dbase":
            header = dbase.header_of(first)
            return Head(header.records, tuple([field.name for field in header.fields]), dbase.damage(header, size))
        begin = first(formats.HEADER_SIZE)
    except dbase.NotDbase as error:
        return Head(damage=error.message)
    except OSError:
        return _NO_HEAD
    if layout.name == "paradox" and formats.is_paradox(begin):
        return Head(struct.unpack_from("<I", begin, 6)[0])
    if layout.name == "dbisam" and formats.is_dbisam(begin):
        return Head(struct.unpack_from("<I", begin, 0x29)[0])
    return _NO_HEAD


def index_definitions(root: Path, unit: Unit) -> tuple[IndexDefinition, ...]:
    """Return the tags in a table's own .cdx file; none where it can't be read, being written to just now or damaged."""
    found: list[IndexDefinition] = []
    for item in unit.of(PartKind.INDEXES):
        if not item.path.lower().endswith(".cdx"):
            continue
        try:
            found += cdx.definitions(root / item.file.name, unit.name, item.path)
        except (cdx.NotRebuilt, OSError):
            continue
    return tuple(found)
