"""Facts about a table that its file headers show: rows, columns, dates, index definitions, visible damage."""

from __future__ import annotations

import os
import struct
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from hctui.databases.roles import role_of
from hctui.databases.tablefiles import cdx, dbase, formats
from hctui.databases.tablefiles.layout import Listing, ReadStart, TableFile, Unit, as_datetime
from hctui.messages import Message
from hctui.model import IndexDefinition, PartKind, Role, RolePattern, Table, TableFormat


class HeaderInfo(Struct, frozen=True):
    """The facts in the header of a table's data file; empty if the format is not known."""

    rows: int | None = None
    """Including, for dBase tables, those marked as deleted."""
    columns: tuple[str, ...] = ()
    damage: Message | None = None


_UNKNOWN = HeaderInfo()


def describe(unit: Unit, header: HeaderInfo, roles: tuple[RolePattern, ...], *, left_out: bool = False) -> Table:
    """Return the entry of the manifest for a table."""
    size = sum([item.file.size for item in unit.files])
    index_size = sum([item.file.size for item in unit.files if item.kind is PartKind.INDEXES])
    return Table(
        name=unit.name,
        role=unit_role(unit, roles),
        rows=header.rows,
        size=size - index_size,
        index_size=index_size,
        modified=as_datetime(max([item.file.modified_ns for item in unit.files])),
        columns=header.columns,
        left_out=left_out,
    )


def unit_role(unit: Unit, roles: tuple[RolePattern, ...]) -> Role:
    """Return the role of a table; a database container, which has no rows of its own, is DATA."""
    return Role.DATA if unit.container else _role(unit.name, roles)


@lru_cache(1 << 16)
def _role(name: str, roles: tuple[RolePattern, ...]) -> Role:
    """Return the role that fits a table's whole name, else its name without the folder."""
    whole = role_of(name, roles)
    return whole if whole is not Role.DATA else role_of(name.rpartition("/")[2], roles)


def read_header_info(root: Path, listing: Listing, unit: Unit) -> HeaderInfo:
    """Return what the header of a live table holds; nothing if it can't be read."""
    item = data_file(unit)
    if item is None:
        return _UNKNOWN
    try:
        descriptor = os.open(f"{root}/{item.file.name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return _UNKNOWN
    try:
        return header_info(lambda count: os.pread(descriptor, count, 0), os.fstat(descriptor).st_size, listing.layout)
    finally:
        os.close(descriptor)


def data_file(unit: Unit) -> TableFile | None:
    """Return the file whose header describes the table."""
    return next(iter(unit.of(PartKind.DATA)), None)


def header_info(read_start: ReadStart, size: int, layout: TableFormat | None) -> HeaderInfo:
    """Return what the header of a data file of `size` bytes holds; nothing if its format is not known."""
    if layout is None or layout not in formats.BUILT_IN:
        return _UNKNOWN
    try:
        if layout.name == "dbase":
            header = dbase.header_from(read_start)
            return HeaderInfo(header.records, tuple([field.name for field in header.fields]), dbase.damage(header, size))
        first = read_start(formats.HEADER_SIZE)
    except dbase.NotDbase as error:
        return HeaderInfo(damage=error.message)
    except OSError:
        return _UNKNOWN
    if layout.name == "paradox" and formats.is_paradox(first):
        return HeaderInfo(struct.unpack_from("<I", first, 6)[0])
    if layout.name == "dbisam" and formats.is_dbisam(first):
        return HeaderInfo(struct.unpack_from("<I", first, 0x29)[0])
    return _UNKNOWN


def index_definitions(root: Path, unit: Unit) -> tuple[IndexDefinition, ...]:
    """Return the tags in a table's own .cdx file; none if it is damaged or another program is writing to it."""
    found: list[IndexDefinition] = []
    for item in unit.of(PartKind.INDEXES):
        if not item.path.lower().endswith(".cdx"):
            continue
        try:
            found += cdx.definitions(root / item.file.name, unit.name, item.path)
        except (cdx.NotRebuilt, OSError):
            continue
    return tuple(found)
