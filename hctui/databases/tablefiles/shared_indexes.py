"""Index files that do not have the name of their table: Clipper's .ntx, dBase's .ndx, FoxPro's .idx.

The table of such a file is found by its key expression: the one table of the folder that has all the fields in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from hctui.databases.tablefiles import dbase, formats
from hctui.databases.tablefiles.layout import Listing, TableFile, Unit, first_bytes
from hctui.model import PartKind

_KEY_AT = {".ntx": (22, 256), ".ndx": (24, 488), ".idx": (16, 220)}
"""Offset and length of the key expression in the header of each kind of file."""
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\[[^]]*\]|([A-Za-z_]\w*)(?:->|\.)?(\s*\()?")


def assign_to_tables(root: Path, listing: Listing) -> Listing:
    """Add every index file of no table to the one table of its folder that has all the fields of its key."""
    loose = [item for item in listing.others if item.kind is PartKind.INDEXES]
    if not loose:
        return listing
    fields = {unit.name: _fields(root, unit) for unit in listing.units if not unit.container}
    assigned: dict[str, list[TableFile]] = {}
    for item in loose:
        owners = _owners(root, item, listing.units, fields)
        if len(owners) == 1:
            assigned.setdefault(owners[0].name, []).append(item)
    if not assigned:
        return listing
    units = tuple(Unit(unit.name, [*unit.files, *assigned.get(unit.name, [])], unit.container) for unit in listing.units)
    paths = {item.path for items in assigned.values() for item in items}
    return replace(listing, units=units, others=tuple(item for item in listing.others if item.path not in paths))


def may_belong_to(root: Path, listing: Listing, units: Sequence[Unit]) -> set[str]:
    """Return the index files of no table that may belong to one of `units`: they are stale once that table is replaced."""
    loose = [item for item in listing.others if item.kind is PartKind.INDEXES]
    if not loose or not units:
        return set()
    fields = {unit.name: _fields(root, unit) for unit in units}
    return {item.file.name for item in loose if _owners(root, item, units, fields)}


def _owners(root: Path, item: TableFile, units: Iterable[Unit], fields: dict[str, frozenset[str]]) -> list[Unit]:
    folder = item.path.rpartition("/")[0]
    beside = [unit for unit in units if unit.name in fields and unit.name.rpartition("/")[0] == folder]
    used = _fields_of_key(root / item.file.name)
    if used is None:
        return beside  # the key can't be read, so that it may belong to any of them
    return [unit for unit in beside if used <= fields[unit.name]]


def _fields_of_key(path: Path) -> frozenset[str] | None:
    """Return the field names in the key of an index file, None if they can't be read."""
    place = _KEY_AT.get(formats.split_extension(path.name)[1])
    if place is None:
        return None
    key = first_bytes(path)[place[0] : place[0] + place[1]].split(b"\0")[0].decode("latin-1")
    found = frozenset(match[1].upper() for match in _WORD.finditer(key) if match[1] and not match[2] and not _is_alias(match))
    return found or None


def _is_alias(match: re.Match[str]) -> bool:
    return match[0].endswith("->")


def _fields(root: Path, unit: Unit) -> frozenset[str]:
    data = next(iter(unit.of(PartKind.DATA)), None)
    if data is None:
        return frozenset()
    try:
        return frozenset(field.name.upper() for field in dbase.read_header(root / data.file.name).fields)
    except (dbase.NotDbase, OSError):
        return frozenset()
