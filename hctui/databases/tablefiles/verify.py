"""Checks of unpacked tables, as far as their format is understood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles import dbase
from hctui.databases.tablefiles.layout import Listing, folded
from hctui.databases.tablefiles.staging import Staging
from hctui.databases.tablefiles.table_info import read_header_info
from hctui.errors import DatabaseDamaged, PartMissing
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest, Part, PartKind, Table


def all_received(request: RestorationRequest, wanted: Iterable[Part], staging: Staging) -> None:
    """Raise `PartMissing` for a part that was not received."""
    for part in wanted:
        if part.path not in staging.received:
            raise PartMissing(member=part.path, path=request.origin)


def staged_tables(request: RestorationRequest, staging: Staging, reporter: Reporter) -> None:
    """Check every staged table. Raises `DatabaseDamaged`; warns of damage that the table had when it was backed up."""
    wanted = frozenset(request.tables)
    tables = [table for table in request.source.tables if table.name in wanted]
    _check(request.source, tables, staging.received, reporter, memos=False)


def unpacked_tables(folder: Path, source: DatabaseManifest, reporter: Reporter) -> None:
    """Check every table of a backup that was unpacked in `folder`. Raises `DatabaseDamaged` naming the table."""
    files = {part.path: folder / part.path for part in source.parts}
    for path, file in files.items():
        if not file.is_file():
            raise DatabaseDamaged(alias=source.alias, reason=message(N_("{file} is missing."), file=path))
    _check(source, source.tables, files, reporter, memos=True)


def _check(
    source: DatabaseManifest, tables: Sequence[Table], files: dict[str, Path], reporter: Reporter, *, memos: bool
) -> None:
    known, parts = _known_damage(source), _by_table(source)
    for table in tables:
        reporter.advance(0)
        reason = _damage(table, parts.get(table.name, []), files, reporter, memos=memos)
        if reason is not None and table.name not in known:
            text = N_("{table}: {reason}.")
            raise DatabaseDamaged(alias=source.alias, reason=message(text, table=table.name, reason=reason))
        if reason is not None:
            text = N_("{table} was damaged when it was backed up: {reason}.")
            reporter.warn(message(text, table=table.name, reason=reason))


def _damage(table: Table, parts: Sequence[Part], files: dict[str, Path], reporter: Reporter, *, memos: bool) -> Message | None:
    """Return what is wrong with a dBase table; None if nothing is, or if its format is not understood."""
    data = next((part for part in parts if part.kind is PartKind.DATA and part.path.lower().endswith(".dbf")), None)
    if data is None:
        return None
    path = files[data.path]
    try:
        header = dbase.read_header(path)
    except dbase.NotDbase as error:
        return error.message
    if (reason := dbase.damage(header, path.stat().st_size)) is not None:
        return reason
    if table.rows is not None and table.rows != header.records:
        text = N_("it has {rows} rows where the backup says {expected}")
        return message(text, rows=header.records, expected=table.rows)
    memo = next((part for part in parts if part.kind is PartKind.BLOBS), None)
    if memos and memo is not None and header.memo_fields:
        return dbase.memo_damage(path, header, files[memo.path], lambda size: reporter.advance(0))
    return None


def advise_of_drift(root: Path, live: Listing, request: RestorationRequest, reporter: Reporter) -> None:
    """Name the tables that have other columns now than in the backup; they are replaced whole, so that nothing fails."""
    columns = {folded(table.name): table for table in request.source.tables if table.columns}
    wanted = {folded(name) for name in request.tables}
    for unit in live.units:
        source = columns.get(folded(unit.name))
        if source is None or folded(unit.name) not in wanted:
            continue
        now = read_header_info(root, live, unit).columns
        if now and now != source.columns:
            text = N_("{table} comes back with the columns it had in the backup. Only now: {now}. Only then: {then}.")
            only_now, only_then = _only(now, source.columns), _only(source.columns, now)
            reporter.advise(message(text, table=unit.name, now=only_now, then=only_then))


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
