"""Long field names, which a FoxPro database container (.dbc) holds; a table itself has ten characters of each."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from hctui.databases.tablefiles import dbase
from hctui.databases.tablefiles.layout import Listing

_LARGEST = 64 << 20
"""Bytes up to which a container is read."""
_COMMON_START = 5
"""Characters of a long name that FoxPro always keeps in the short one, whatever numbers it appends to that."""


def long_names(root: Path, listing: Listing) -> dict[str, list[str]]:
    """Return the long field names of each table that a container describes, if they differ from the short ones."""
    described: dict[str, list[str]] = {}
    for unit in listing.units:
        if unit.container:
            path = next(root / item.file.name for item in unit.files if item.path.lower().endswith(".dbc"))
            described.update(_read(path, unit.name.rpartition("/")[0]))
    found: dict[str, list[str]] = {}
    for unit in listing.units if described else ():
        names = described.get(unit.name.casefold())
        if names is not None and not unit.container and _fits(root / unit.files[0].file.name, names):
            found[unit.name] = names
    return found


def _read(path: Path, folder: str) -> dict[str, list[str]]:
    """Return the fields of each table in a container, in order; a table's name has its folder and is casefolded."""
    try:
        header = dbase.read_header(path)
        if path.stat().st_size > _LARGEST:
            return {}
        data = path.read_bytes()[header.header_size : header.end]
    except (dbase.NotDbase, OSError):
        return {}
    fields = {field.name: field for field in header.fields}
    if not {"OBJECTID", "PARENTID", "OBJECTTYPE", "OBJECTNAME"} <= fields.keys():
        return {}
    by_id: dict[int, list[str]] = {}
    by_name: dict[str, list[str]] = {}
    for start in range(0, len(data) - header.record_size + 1, header.record_size):
        record = data[start : start + header.record_size]
        kind, name = (_text(record, fields[field]) for field in ("OBJECTTYPE", "OBJECTNAME"))
        if record[:1] == b"*":
            continue
        if kind == "table":
            by_id[_number(record, fields["OBJECTID"])] = by_name[f"{folder}/{name}".lstrip("/").casefold()] = []
        elif kind == "field" and (long_names := by_id.get(_number(record, fields["PARENTID"]))) is not None:
            long_names.append(name)
    return by_name


def _fits(table: Path, names: Sequence[str]) -> bool:
    """Return whether `names` are the long forms of a table's field names, and differ from them."""
    try:
        short = [field.name.upper() for field in dbase.read_header(table).fields if field.kind != "0"]
    except (dbase.NotDbase, OSError):
        return False
    long = [name.upper() for name in names]
    return short != long and [name[:_COMMON_START] for name in short] == [name[:_COMMON_START] for name in long]


def _text(record: bytes, field: dbase.DbaseField) -> str:
    return record[field.offset : field.offset + field.length].rstrip(b" \0").decode("cp1252", "replace").casefold()


def _number(record: bytes, field: dbase.DbaseField) -> int:
    return int(struct.unpack_from("<i", record, field.offset)[0])
