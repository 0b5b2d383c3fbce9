"""The result of a job in words: headline, details, warnings and next steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path

from msgspec import Struct

from hctui.errors import Cancelled
from hctui.events import BackupDone, DatabaseOutcome, Done, Failed, FilesDone, RestoreDone, VerifyDone
from hctui.i18n.language import _, date_time, duration, label, number, printable, ratio, render, size
from hctui.messages import N_, Message, message, plural
from hctui.tui.widgets.key_values import KeyValue

NAMED = 6
"""Tables that are named in one line; for others, only how many more."""


class JobResult(Struct, frozen=True):
    """The texts of the result page, translated."""

    success: bool
    headline: str
    text: str = ""
    """The reason of a failure."""
    details: tuple[KeyValue, ...] = ()
    warnings: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    file: Path | None = None
    """A backup that can be verified now."""
    undo: tuple[str, ...] = ()
    """Databases whose restore can be undone now."""


def job_result(end: Done | Failed | Message) -> JobResult:
    """Return the result for the last event of a job, or for the message that explains why there is none."""
    match end:
        case Done():
            return _successful(end)
        case Failed(exit_code=Cancelled.exit_code):
            return JobResult(False, render(end.message))
        case Failed():
            return JobResult(False, _("This did not work."), render(end.message))
        case Message():
            return JobResult(False, _("This did not work."), render(end))


@singledispatch
def _successful(end: Done) -> JobResult:
    """Return the result of a job whose kind has no texts of its own."""
    details = ((_("Time taken"), duration(end.seconds)),)
    return JobResult(True, _("The job is done."), details=details, warnings=_warnings(end))


def _names_text(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:NAMED])
    if len(names) > NAMED:
        shown = render(message(N_("{names} and {count} more"), names=shown, count=len(names) - NAMED))
    return shown


def _warnings(end: Done) -> tuple[str, ...]:
    return tuple(render(each) for each in (*end.warnings, *end.advice))


def _database_details(databases: Sequence[DatabaseOutcome]) -> tuple[KeyValue, ...]:
    return tuple((each.alias, _amounts_text(each)) for each in databases)


def _amounts_text(each: DatabaseOutcome) -> str:
    parts = [render(plural("{count} table", "{count} tables", each.tables))]
    if each.rows:
        parts.append(render(plural("{count} row", "{count} rows", each.rows)))
    if each.size:
        parts.append(size(each.size))
    return ", ".join(parts)


def _consistency_text(databases: Sequence[DatabaseOutcome]) -> str:
    found = {each.consistency for each in databases if each.consistency is not None}
    return "; ".join(label(each) for each in sorted(found))


@_successful.register
def _backup_result(end: BackupDone) -> JobResult:
    size_text = render(
        message(
            N_("{file_bytes}, {share} of {data_bytes}"),
            file_bytes=end.size,
            share=ratio(end.size, end.data_size),
            data_bytes=end.data_size,
        )
    )
    details: tuple[KeyValue, ...] = (
        (_("File"), printable(end.file.name)),
        (_("Folder"), printable(str(end.file.parent))),
        (_("Size"), size_text),
        (_("Time taken"), duration(end.seconds)),
        (_("Encryption"), label(end.encryption) if end.encryption else _("none")),
        (_("Consistency"), _consistency_text(end.databases)),
        *_database_details(end.databases),
    )
    steps = (
        _("Verify it now: every byte is read again and each database in it is opened."),
        _("Keep a copy of the file on another disk or in another place."),
    )
    return JobResult(True, _("The backup is done."), details=details, warnings=_warnings(end), next_steps=steps, file=end.file)


@_successful.register
def _restore_result(end: RestoreDone) -> JobResult:
    undone = end.operation == "undo"
    details: list[KeyValue] = [(_("Time taken"), duration(end.seconds)), *_database_details(end.databases)]
    for each in end.databases:
        if each.kept:
            details.append((render(message(N_("Kept in {alias}"), alias=each.alias)), _names_text(each.kept)))
        if each.reindex:
            details.append((render(message(N_("To reindex in {alias}"), alias=each.alias)), _names_text(each.reindex)))
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
    warnings = _warnings(end)
    return JobResult(True, headline, details=tuple(details), warnings=warnings, next_steps=tuple(steps), undo=undo)


@_successful.register
def _verify_result(end: VerifyDone) -> JobResult:
    details: tuple[KeyValue, ...] = (
        (_("File"), printable(end.file.name)),
        (_("Folder"), printable(str(end.file.parent))),
        (_("Made"), date_time(end.created) if end.created else ""),
        (
            _("Read"),
            render(plural("{data_bytes} in {count} part", "{data_bytes} in {count} parts", end.members, data_bytes=end.size)),
        ),
        (_("Time taken"), duration(end.seconds)),
        (_("Consistency"), _consistency_text(end.databases)),
        *_database_details(end.databases),
    )
    headline = _("The backup is whole: every byte is what was written.")
    return JobResult(True, headline, details=details, warnings=_warnings(end))


@_successful.register
def _files_result(end: FilesDone) -> JobResult:
    made = end.operation == "files-backup"
    details: tuple[KeyValue, ...] = (
        (_("File") if made else _("Folder"), printable(str(end.path))),
        (_("Files"), number(end.files)),
        (_("Size"), size(end.size)),
        (_("Size in the backup"), size(end.stored_size) if made else ""),
        (_("Time taken"), duration(end.seconds)),
    )
    headline = _("The backup of the files is done.") if made else _("The files are restored.")
    return JobResult(True, headline, details=details, warnings=_warnings(end), file=end.path if made else None)
