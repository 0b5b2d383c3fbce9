"""The preview of a restore, and the questions that confirm it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hctui.cli.output import report, write_line, write_table
from hctui.cli.passwords import at_terminal
from hctui.cli.progress.lines import as_warning
from hctui.errors import NeedsConfirmation
from hctui.i18n.labels import label_of
from hctui.i18n.language import _, label, render, size
from hctui.messages import N_, Message, message, plural
from hctui.model import Table

if TYPE_CHECKING:
    from hctui.operations import DatabasePreview, RestorePreview, TableComparison

ACTIONS = {"replace": N_("replaced"), "create": N_("created"), "drop": N_("DROPPED")}
"""The effect of a restore on a table, in words; other tables stay as they are."""


def write_preview(preview: RestorePreview, *, plain: bool) -> None:
    """Write what is replaced, what stays and why, who is connected, and what would make the restore fail."""
    write_line(message(N_("From {path}"), path=str(preview.file)))
    if preview.created is not None:
        write_line(message(N_("Made: {made_at}"), made_at=preview.created.timestamp()))
    for database in preview.databases:
        write_line()
        _write_database(database, plain=plain)
    for warning in preview.warnings:
        report(as_warning(warning))


def _write_database(database: DatabasePreview, *, plain: bool) -> None:
    text = (
        N_("{target} ({engine}, {location})") if database.exists else N_("{target} ({engine}, {location}), which is made anew")
    )
    write_line(message(text, target=database.target, engine=database.engine, location=database.location))
    if database.taken is not None:
        consistency = message(label_of(database.consistency)) if database.consistency else message("–")
        text = N_("As of {taken_at}; {consistency}.")
        write_line(message(text, taken_at=database.taken.timestamp(), consistency=consistency))
    tables = sorted(database.tables, key=lambda table: table.name.casefold())
    rows = [_row(table) for table in tables if table.action != "keep"]
    if rows:
        write_table(
            (_("table"), _("role"), _("what happens"), _("in the backup"), _("in the database now")),
            rows,
            numbers=(3, 4),
            plain=plain,
        )
    for fact in _facts(database):
        write_line(fact)
    for each in (*database.notes, *database.conflicts):
        write_line(each)


def _row(table: TableComparison) -> tuple[str, ...]:
    return table.name, label(table.role), _(ACTIONS[table.action]), _amount(table.backup), _amount(table.live)


def _amount(table: Table | None) -> str:
    if table is None:
        return "–"
    return size(table.size) if table.rows is None else render(plural("{count} row", "{count} rows", table.rows))


def _facts(database: DatabasePreview) -> list[Message]:
    from hctui.operations.restore_targets import describe_sessions

    facts = [*_kept(database)]
    if database.sessions:
        facts.append(message(N_("In use by {who}."), who=describe_sessions(database.sessions, doing=True)))
    if database.free is not None:
        text = N_("It needs {needed_bytes}; {free_bytes} are free.")
        facts.append(message(text, needed_bytes=database.size, free_bytes=database.free))
    if database.undo is not None:
        text = N_("The undo of {made_at} will be given up for that of this restore.")
        facts.append(message(text, made_at=database.undo.made.timestamp()))
    return facts


def _kept(database: DatabasePreview) -> Iterator[Message]:
    """Yield one line for each reason why tables stay as they are."""
    reasons: dict[str, list[str]] = {}
    for table in database.tables:
        if table.action == "keep":
            reasons.setdefault(render(table.reason) if table.reason else "", []).append(table.name)
    for reason, tables in reasons.items():
        yield message(N_("Stay as they are ({reason}): {tables}."), reason=reason, tables=", ".join(tables))


def require_person() -> None:
    """Raise `NeedsConfirmation` unless a person is at the terminal."""
    if not at_terminal():
        raise NeedsConfirmation()


def ask_yes(question: str) -> bool:
    """Ask a question and return whether the answer is yes; every other answer means no."""
    answer = _ask(_("{question} [y/N] ").format(question=question))
    return answer.casefold() in _("y yes").split()


def ask_name(alias: str) -> bool:
    """Ask the person to type the name of a database, and return whether they typed it exactly."""
    return _ask(_("Type the name of the database, {alias}, to confirm: ").format(alias=alias)) == alias


def _ask(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.buffer.readline()
    if not line:
        print(file=sys.stderr)
    return line.decode(errors="replace").strip()
