"""Fields for the folder and the name of a backup, shared by the backup of databases and that of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from hctui.errors import InvalidName
from hctui.i18n.language import _, render
from hctui.messages import N_
from hctui.plans import BackupPlan, FilesBackupPlan
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.path_field import PathField

TYPING_PAUSE = 0.3
"""Seconds after the last key before the typed text is checked."""
FOLDER_HELP = N_(
    "The backup is one file in this folder. Choose another disk, a USB stick or a network share: a backup on the disk of the"
    " database is lost together with it."
)
DEFAULT_HELP = N_("“Default” makes the folder the one that is filled in from now on.")
NAME_HELP = N_(
    "The name is filled in with the database, the date and the time, so that no backup overwrites an earlier one. “.bkb” is"
    " added where it is missing; the file is an ordinary ZIP."
)


class DestinationFieldsTab(VerticalScroll, can_focus=False):
    """The base class of tabs that begin with folder and name."""

    folder = getters.query_one("#folder", PathField)
    name_field = getters.query_one("#name", Field)

    def destination_fields(self, plan: BackupPlan | FilesBackupPlan, *, actions: Sequence[Action] = ()) -> ComposeResult:
        """Yield the two fields with the values of the plan."""
        folder = "" if plan.destination == Path() else str(plan.destination)
        label = _("Folder in which the backup is to be created")
        help = " ".join((_(FOLDER_HELP), _(DEFAULT_HELP)) if actions else (_(FOLDER_HELP),))
        yield PathField(label, folder, folder=True, help=help, actions=actions, id="folder")
        yield Field(_("Name of the backup file"), plan.name, help=_(NAME_HELP), id="name")

    @property
    def fields(self) -> Mapping[str, Field]:
        """The two fields, by the plan's names."""
        return {"destination": self.folder, "name": self.name_field}

    def missing(self) -> Field | None:
        """Return a field that is empty, with a complaint under it; None if both are filled."""
        if self.folder.path is None:
            self.folder.error = _("Name the folder that the backup goes to.")
            return self.folder
        if not self.name_field.value.strip():
            self.name_field.error = render(InvalidName(name="", reason=N_("it is empty.")).message)
            return self.name_field
        return None
