"""What came of a job, in the person's words: headline, facts, warnings and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path

from msgspec import Struct

from hctui.errors import Cancelled
from hctui.events import BackupDone, DatabaseOutcome, Done, Failed, FilesDone, RestoreDone, VerifyDone
from hctui.i18n.language import _, date_time, duration, label, number, printable, ratio, render, size
from hctui.messages import N_, Message, message, plural
from hctui.tui.widgets.key_values import Fact

NAMED = 6
"""Tables named in one line; of more, how many more."""


class Outcome(Struct, frozen=True):
    """What the result page shows, translated."""

    good: bool
    headline: str
    text: str = ""
    """Why it failed, where it did."""
    facts: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    file: Path | None = None
    """A backup that could be verified now."""
    undo: tuple[str, ...] = ()
    """Databases whose restore could be undone now."""


def outcome_of(end: Done | Failed | Message) -> Outcome:
    """Return what the last event of a job means; a plain message is why there is none."""
    match end:
        case Done():
            return _of_result(end)
        case Failed(exit_code=Cancelled.exit_code):
            return Outcome(False, render(end.message))
        case Failed():
            return Outcome(False, _("This did not work."), render(end.message))
        case Message():
            return Outcome(False, _("This did not work."), render(end))


@singledispatch
def _of_result(end: Done) -> Outcome:
    """Return what the result page shows of a result without a page of its own."""
    return Outcome(True, _("The job is done."), facts=((_("Time taken"), duration(end.seconds)),), warnings=_warnings(end))


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:NAMED])
    if len(names) > NAMED:
        shown = render(message(N_("{names} and {count} more"), names=shown, count=len(names) - NAMED))
    return shown


def _warnings(end: Done) -> tuple[str, ...]:
    return tuple(render(each) for each in (*end.warnings, *end.advice))


def _databases(databases: Sequence[DatabaseOutcome]) -> tuple[Fact, ...]:
    return tuple((each.alias, _amounts(each)) for each in databases)


def _amounts(each: DatabaseOutcome) -> str:
    parts = [render(plural("{count} table", "{count} tables", each.tables))]
    if each.rows:
        parts.append(render(plural("{count} row", "{count} rows", each.rows)))
    if each.size:
        parts.append(size(each.size))
    return ", ".join(parts)


def _consistency(databases: Sequence[DatabaseOutcome]) -> str:
    found = {each.consistency for each in databases if each.consistency is not None}
    return "; ".join(label(each) for each in sorted(found))


@_of_result.register
def _backup(end: BackupDone) -> Outcome:
    against = render(
        message(
            N_("{file_bytes}, {share} of {data_bytes}"),
            file_bytes=end.size,
            share=ratio(end.size, end.data_size),
            data_bytes=end.data_size,
        )
    )
    facts: tuple[Fact, ...] = (
        (_("File"), printable(end.file.name)),
        (_("Folder"), printable(str(end.file.parent))),
        (_("Size"), against),
        (_("Time taken"), duration(end.seconds)),
        (_("Encryption"), label(end.encryption) if end.encryption else _("none")),
        (_("Consistency"), _consistency(end.databases)),
        *_databases(end.databases),
    )
    steps = (
        _("Verify it now: every byte is read again and each database in it is opened."),
        _("Keep a copy of the file on another disk or in another place."),
    )
    return Outcome(True, _("The backup is done."), facts=facts, warnings=_warnings(end), next_steps=steps, file=end.file)


@_of_result.register
def _restore(end: RestoreDone) -> Outcome:
    undone = end.operation == "undo"
    facts: list[Fact] = [(_("Time taken"), duration(end.seconds)), *_databases(end.databases)]
    for each in end.databases:
        if each.kept:
            facts.append((render(message(N_("Kept in {alias}"), alias=each.alias)), _names(each.kept)))
        if each.reindex:
            facts.append((render(message(N_("To reindex in {alias}"), alias=each.alias)), _names(each.reindex)))
    undo = tuple(each.alias for each in end.databases if each.undo)
    steps = []
    if any(each.reindex for each in end.databases):
        steps.append(_("Let the application rebuild the indexes of the tables named before anyone works on."))
    steps.append(_("Open the application and look at what was put back."))
    if undo and undone:
        steps.append(_("What the restore had put there is kept: taking the undo back brings it again, until the next restore."))
    elif undo:
        steps.append(_("What was there before is kept: undo brings it back until the next restore."))
    headline = _("The restore is undone.") if undone else _("The restore is done.")
    return Outcome(True, headline, facts=tuple(facts), warnings=_warnings(end), next_steps=tuple(steps), undo=undo)


@_of_result.register
def _verified(end: VerifyDone) -> Outcome:
    facts: tuple[Fact, ...] = (
        (_("File"), printable(end.file.name)),
        (_("Folder"), printable(str(end.file.parent))),
        (_("Made"), date_time(end.created) if end.created else ""),
        (
            _("Read"),
            render(plural("{data_bytes} in {count} part", "{data_bytes} in {count} parts", end.members, data_bytes=end.size)),
        ),
        (_("Time taken"), duration(end.seconds)),
        (_("Consistency"), _consistency(end.databases)),
        *_databases(end.databases),
    )
    headline = _("The backup is whole: every byte is what was written.")
    return Outcome(True, headline, facts=facts, warnings=_warnings(end))


@_of_result.register
def _files(end: FilesDone) -> Outcome:
    made = end.operation == "files-backup"
    facts: tuple[Fact, ...] = (
        (_("File") if made else _("Folder"), printable(str(end.path))),
        (_("Files"), number(end.files)),
        (_("Size"), size(end.size)),
        (_("Size in the backup"), size(end.stored_size) if made else ""),
        (_("Time taken"), duration(end.seconds)),
    )
    headline = _("The backup of the files is done.") if made else _("The files are restored.")
    return Outcome(True, headline, facts=facts, warnings=_warnings(end), file=end.path if made else None)
