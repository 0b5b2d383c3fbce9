"""Whether unpacked files are tables that can be opened, as far as their format is understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles import dbase
from hctui.databases.tablefiles.layout import Listing, folded
from hctui.databases.tablefiles.staging import Staging
from hctui.databases.tablefiles.table_info import live_head
from hctui.errors import DatabaseDamaged, PartMissing
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest, Part, PartKind, Table


def all_received(request: RestorationRequest, wanted: Iterable[Part], staging: Staging) -> None:
    """Raise `PartMissing` for a part that was never delivered."""
    for part in wanted:
        if part.path not in staging.received:
            raise PartMissing(member=part.path, path=request.origin)


def staged_tables(request: RestorationRequest, staging: Staging, reporter: Reporter) -> None:
    """Open every staged table. Raises `DatabaseDamaged`, but only warns of damage that the backup says was there before."""
    known = _known_damage(request.source)
    wanted = frozenset(request.tables)
    by_table = _by_table(request.source)
    for table in request.source.tables:
        if table.name not in wanted:
            continue
        reporter.advance(0)
        why = table_damage(table, by_table.get(table.name, []), staging.received, reporter, memos=False)
        if why is not None and table.name not in known:
            raise DatabaseDamaged(alias=request.source.alias, reason=named(table.name, why))
        if why is not None:
            reporter.warn(message(N_("{table} was damaged when it was backed up: {reason}."), table=table.name, reason=why))


def unpacked_tables(folder: Path, source: DatabaseManifest, reporter: Reporter) -> None:
    """Open every table of a backup that lies unpacked in `folder`. Raises `DatabaseDamaged` naming the table."""
    known = _known_damage(source)
    by_table = _by_table(source)
    places = {part.path: folder / part.path for part in source.parts}
    for part in source.parts:
        if not places[part.path].is_file():
            raise DatabaseDamaged(alias=source.alias, reason=message(N_("{file} is missing."), file=part.path))
    for table in source.tables:
        reporter.advance(0)
        why = table_damage(table, by_table.get(table.name, []), places, reporter, memos=True)
        if why is not None and table.name not in known:
            raise DatabaseDamaged(alias=source.alias, reason=named(table.name, why))
        if why is not None:
            reporter.warn(message(N_("{table} was damaged when it was backed up: {reason}."), table=table.name, reason=why))


def table_damage(
    table: Table, parts: Sequence[Part], files: dict[str, Path], reporter: Reporter, *, memos: bool
) -> Message | None:
    """Say what is wrong with a dBase table; None where nothing is, or its format is not understood."""
    data = next((part for part in parts if part.kind is PartKind.DATA and part.path.lower().endswith(".dbf")), None)
    if data is None:
        return None
    path = files[data.path]
    try:
        header = dbase.read_header(path)
    except dbase.NotDbase as error:
        return error.message
    if (why := dbase.damage(header, path.stat().st_size)) is not None:
        return why
    if table.rows is not None and table.rows != header.records:
        text = N_("it has {rows} rows where the backup says {expected}")
        return message(text, rows=header.records, expected=table.rows)
    memo = next((part for part in parts if part.kind is PartKind.BLOBS), None)
    if memos and memo is not None and header.memo_fields:
        return dbase.memo_damage(path, header, files[memo.path], lambda size: reporter.advance(0))
    return None


def advise_of_drift(root: Path, live: Listing, request: RestorationRequest, reporter: Reporter) -> None:
    """Name the tables that come back with other columns than they have now; they are replaced whole, so nothing fails."""
    columns = {folded(table.name): table for table in request.source.tables if table.columns}
    wanted = {folded(name) for name in request.tables}
    for unit in live.units:
        source = columns.get(folded(unit.name))
        if source is None or folded(unit.name) not in wanted:
            continue
        now = live_head(root, live, unit).columns
        if now and now != source.columns:
            text = N_("{table} comes back with the columns it had in the backup. Only now: {now}. Only then: {then}.")
            only_now, only_then = _only(now, source.columns), _only(source.columns, now)
            reporter.advise(message(text, table=unit.name, now=only_now, then=only_then))


def named(table: str, why: Message) -> Message:
    """Return a reason that names its table."""
    return message(N_("{table}: {reason}."), table=table, reason=why)


def _by_table(source: DatabaseManifest) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in source.parts:
        found.setdefault(part.table, []).append(part)
    return found


def _only(these: Sequence[str], those: Collection[str]) -> str:
    return ", ".join(name for name in these if name not in those) or "–"


def _known_damage(source: DatabaseManifest) -> frozenset[str]:
    found = source.details.get("damaged", ())
    return frozenset(str(name) for name in found) if isinstance(found, (list, tuple)) else frozenset()
