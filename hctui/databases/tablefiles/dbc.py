"""Long field names: a FoxPro database container knows them, the tables themselves keep ten characters of each."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from hctui.databases.tablefiles import dbase
from hctui.databases.tablefiles.layout import Listing

_LARGEST = 64 << 20
"""Bytes of a container that is looked into."""
_COMMON_START = 5
"""Characters that FoxPro leaves of a long name whatever numbers it has to append."""


def long_names(root: Path, listing: Listing) -> dict[str, list[str]]:
    """Return the long field names of the tables that the containers of a folder describe, where they differ."""
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
    """Return table names, with the folder before them and casefolded, and their fields in order."""
    try:
        header = dbase.read_header(path)
        if path.stat().st_size > _LARGEST:
            return {}
        data = path.read_bytes()[header.header_size : header.end]
    except (dbase.NotDbase, OSError):
        return {}
    places = {field.name: field for field in header.fields}
    if not {"OBJECTID", "PARENTID", "OBJECTTYPE", "OBJECTNAME"} <= places.keys():
        return {}
    tables: dict[int, list[str]] = {}
    named: dict[str, list[str]] = {}
    for start in range(0, len(data) - header.record_size + 1, header.record_size):
        record = data[start : start + header.record_size]
        kind, name = (_text(record, places[field]) for field in ("OBJECTTYPE", "OBJECTNAME"))
        if record[:1] == b"*":
            continue
        if kind == "table":
            tables[_number(record, places["OBJECTID"])] = named[f"{folder}/{name}".lstrip("/").casefold()] = []
        elif kind == "field" and (fields := tables.get(_number(record, places["PARENTID"]))) is not None:
            fields.append(name)
    return named


def _fits(table: Path, names: Sequence[str]) -> bool:
    """Tell whether these are the long forms of a table's field names, and say something new."""
    try:
        short = [field.name.upper() for field in dbase.read_header(table).fields if field.kind != "0"]
    except (dbase.NotDbase, OSError):
        return False
    long = [name.upper() for name in names]
    return short != long and [name[:_COMMON_START] for name in short] == [name[:_COMMON_START] for name in long]


def _text(record: bytes, field: dbase.Field) -> str:
    return record[field.offset : field.offset + field.length].rstrip(b" \0").decode("cp1252", "replace").casefold()


def _number(record: bytes, field: dbase.Field) -> int:
    return int(struct.unpack_from("<i", record, field.offset)[0])
