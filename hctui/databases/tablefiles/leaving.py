"""Which live files make room for a restore: those replaced, and those that would be stale beside what replaces them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles import formats, shared_indexes
from hctui.databases.tablefiles.layout import Listing, TableFile, folded


def leaving_files(root: Path, live: Listing, arriving: Sequence[str], request: RestorationRequest) -> list[str]:
    """Return the live files that leave, relative to the folder.

    A file leaves when one of its name arrives (capitals count only where both spellings are there), when it belongs to a
    table that is replaced or dropped, or when it is an index of no known table that may be one of a replaced table.
    """
    units = {unit.name: unit for unit in live.units}
    replaced = _matching(units, request.tables)
    gone = {*replaced, *(name for name in request.drop if name in units)}
    leaving = {item.file.name for name in gone for item in units[name].files}
    leaving |= _replaced_by_name((item.file.name for _, item in live.files()), arriving)
    stems = {folded(name) for name in request.tables}
    leaving |= {item.file.name for item in live.others if _left_behind(live, item, stems)}
    leaving |= shared_indexes.possibly_of(root, live, [units[name] for name in replaced])
    return sorted(leaving)


def _matching(units: Collection[str], wanted: Iterable[str]) -> set[str]:
    """Return the live tables that stand for those wanted: of the same name, else the same but for capitals."""
    alike: dict[str, list[str]] = {}
    for name in units:
        alike.setdefault(folded(name), []).append(name)
    return {match for name in wanted for match in ([name] if name in units else alike.get(folded(name), []))}


def _replaced_by_name(present: Iterable[str], arriving: Sequence[str]) -> set[str]:
    exact: set[str] = set()
    alike: dict[str, list[str]] = {}
    for name in present:
        exact.add(name)
        alike.setdefault(folded(name), []).append(name)
    return {match for name in arriving for match in ([name] if name in exact else alike.get(folded(name), []))}


def _left_behind(live: Listing, item: TableFile, stems: set[str]) -> bool:
    """Tell whether a file is what remains of a table that lost its data file."""
    stem, extension = formats.split(item.path)
    return live.layout is not None and folded(stem) in stems and formats.kind_of(live.layout, extension) is not None
