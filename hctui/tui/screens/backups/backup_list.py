"""The list of backups in a folder."""

from __future__ import annotations

from collections.abc import Sequence

from hctui.i18n.language import _, age, date_time, label, render, size
from hctui.messages import N_, plural
from hctui.model import Consistency
from hctui.operations.results import BackupSummary
from hctui.tui.widgets.row_list import Column, RowList

CONSISTENCIES = {Consistency.CONSISTENT: N_("consistent"), Consistency.PER_TABLE: N_("per table")}
"""Short labels; the long ones are in `hctui.i18n.labels`."""


class BackupList(RowList):
    """Backups, the newest first, with date, databases, size, encryption, consistency and verification."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.backups: tuple[BackupSummary, ...] = ()
        self.columns = self._columns(16)

    @staticmethod
    def _columns(made: int) -> tuple[Column, ...]:
        return (
            Column(_("made"), made),
            Column(_("databases")),
            Column(_("size"), 8, right=True),
            Column(_("encryption"), 12),
            Column(_("consistency"), 12, from_width=96),
            Column(_("verified"), 10),
        )

    def show(self, backups: Sequence[BackupSummary]) -> None:
        """Show these backups."""
        self.backups = tuple(backups)
        self.columns = self._columns(max((len(date_time(each.created)) for each in backups), default=16))
        self.changed()

    @property
    def backup(self) -> BackupSummary | None:
        """The backup at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.backups[row]

    def row_count(self) -> int:
        """Return how many backups there are."""
        return len(self.backups)

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a backup."""
        each = self.backups[row]
        if each.problem is not None:
            return (date_time(each.created), "! " + each.file.name, size(each.size), "", "", _("damaged"))
        return (
            date_time(each.created),
            contents_label(each),
            size(each.size),
            label(each.encryption) if each.encryption else _("none"),
            _(CONSISTENCIES[each.consistency]) if each.consistency else "",
            _("yes") if each.verified else _("not yet"),
        )

    def kind(self, row: int) -> str:
        """Return `faint` for a backup that can't be read; its line has a sign too."""
        return "faint" if self.backups[row].problem is not None else ""


def contents_label(backup: BackupSummary) -> str:
    """Return the databases in a backup, or its number of files, or its name if neither is known."""
    if backup.files:
        return render(plural(N_("{count} file or folder"), N_("{count} files and folders"), backup.files))
    return ", ".join(backup.aliases) or backup.file.name


def describe_backup(backup: BackupSummary) -> str:
    """Return two lines about a backup: its file, and details that the list has no room for."""
    if backup.problem is not None:
        return f"{backup.file.name}\n! {render(backup.problem)}"
    parts = [age(backup.created)]
    if backup.consistency:
        parts.append(label(backup.consistency))
    parts.append(_("verified") + " " + age(backup.verified) if backup.verified else _("not verified yet"))
    return f"{backup.file.name}\n" + " · ".join(parts)
