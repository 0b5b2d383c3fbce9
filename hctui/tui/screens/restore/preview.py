"""The preview of a restore in headings and lines, for the first confirmation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hctui.engine_kinds import find_kind
from hctui.i18n.language import _, date_time, number, printable, render
from hctui.messages import N_, Message, message, plural
from hctui.model import Session, Table
from hctui.operations.results import Action, DatabasePreview, RestorePreview, TableComparison
from hctui.tui.screens.checklist.table_list import extent
from hctui.tui.widgets.key_values import KeyValue

Section = tuple[str, tuple[KeyValue, ...]]
"""A heading and its lines, translated: for each a name, or nothing, and a text."""


def targets_of(preview: RestorePreview) -> tuple[str, ...]:
    """Return the names of the databases that are changed."""
    return tuple(each.target for each in preview.databases)


def warnings_of(preview: RestorePreview, *, disconnect: bool = False) -> str:
    """Return problems and warnings, one a line; with `disconnect`, sessions of servers are ended."""
    warnings: list[Message] = []
    for database in preview.databases:
        warnings.extend((*database.conflicts, *database.notes))
        if database.sessions:
            text = N_("{name} is in use. Close these programs first.")
            kind = find_kind(database.engine)
            if disconnect and kind is not None and kind.can_disconnect:
                text = N_("{name} is in use. These sessions will be ended.")
            warnings.append(message(text, name=database.target))
        if database.free is not None and database.free < database.size:
            warnings.append(
                message(
                    N_("{name} needs {needed_bytes} to be unpacked and {free_bytes} are free."),
                    name=database.target,
                    needed_bytes=database.size,
                    free_bytes=database.free,
                )
            )
    return "\n".join(render(each) for each in (*warnings, *preview.warnings))


def sections_of(preview: RestorePreview) -> tuple[Section, ...]:
    """Return the sections of all databases."""
    several = len(preview.databases) > 1
    return tuple(section for database in preview.databases for section in _sections(database, several))


def _sections(database: DatabasePreview, named: bool) -> Iterator[Section]:
    tables = sorted(database.tables, key=lambda table: table.name.casefold())
    sections = (
        (_connected(), tuple(("", _session(each)) for each in database.sessions)),
        (_heading(N_("Dropped: {count} table"), N_("Dropped: {count} tables"), tables, Action.DROP), Action.DROP),
        (_heading(N_("Replaced: {count} table"), N_("Replaced: {count} tables"), tables, Action.REPLACE), Action.REPLACE),
        (_heading(N_("Made again: {count} table"), N_("Made again: {count} tables"), tables, Action.CREATE), Action.CREATE),
        (_heading(N_("Stays: {count} table"), N_("Stay: {count} tables"), tables, Action.KEEP), Action.KEEP),
    )
    if named:
        yield (f"== {database.target} ==", ())
    for heading, content in sections:
        lines = content if isinstance(content, tuple) else tuple(_lines(tables, content))
        if lines:
            yield (heading, lines)
    yield (_("Place"), tuple(("", each) for each in _location_lines(database)))


def _connected() -> str:
    return _("Who has it open now")


def _heading(one: str, many: str, tables: Iterable[TableComparison], action: Action) -> str:
    return render(plural(one, many, sum(1 for each in tables if each.action is action)))


def _lines(tables: Sequence[TableComparison], action: Action) -> Iterator[KeyValue]:
    for each in tables:
        if each.action is action:
            yield printable(each.name), _reason(each) if action is Action.KEEP else _change(each)


def _change(table: TableComparison) -> str:
    if table.backup is None or table.live is None:
        return _extent(table.backup or table.live)
    counted = table.live.rows is not None and table.backup.rows is not None
    then = number(table.backup.rows or 0) if counted else extent(table.backup)
    return render(message(N_("{now} now, {then} in the backup"), now=extent(table.live), then=then))


def _extent(table: Table | None) -> str:
    return "" if table is None else extent(table)


def _reason(table: TableComparison) -> str:
    return render(table.reason) if table.reason is not None else ""


def _session(session: Session) -> str:
    """Return program, process, user, address and statement of a session, as far as they are known."""
    parts = [session.program]
    if session.process:
        parts.append(f"({session.process})")
    parts.extend(part for part in (session.user, session.address, session.doing) if part)
    return printable(" ".join(parts))


def _location_lines(database: DatabasePreview) -> Iterator[str]:
    where = N_("Restored at {location}.") if database.exists else N_("Made at {location}, where there is nothing now.")
    yield render(message(where, location=database.location))
    if database.taken is not None:
        yield render(message(N_("As it was on {moment}."), moment=date_time(database.taken)))
    if database.free is not None:
        space = message(N_("Unpacked beside it first: {needed_bytes} needed, {free_bytes} free."), **_space(database))
        yield render(space)
    if database.undo is not None:
        kept = N_("The undo of the restore of {moment} ({kept_bytes}) is dropped; what is replaced now is kept in its place.")
        yield render(message(kept, moment=date_time(database.undo.made), kept_bytes=database.undo.size))
    elif database.exists:
        yield _("What is replaced is kept, so that this restore can be undone.")


def _space(database: DatabasePreview) -> dict[str, int]:
    return {"needed_bytes": database.size, "free_bytes": database.free or 0}
