"""Fields for the folder and the name of a backup, shared by the backup of databases and that of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from hctui.errors import HctuiError, InvalidName
from hctui.i18n.language import _, render
from hctui.messages import N_
from hctui.operations.destination import check_destination
from hctui.operations.names import validate_name
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

    @on(Field.Changed, "#name")
    def check_name(self) -> None:
        """Show the error in the name, if there is one."""
        try:
            validate_name(self.name_field.value.strip())
        except InvalidName as error:
            self.name_field.error = render(error.message)
        else:
            self.name_field.error = ""

    def problem(self) -> Field | None:
        """Return a field with an error, which is then shown under it; None if there is none."""
        if self.folder.path is None:
            self.folder.error = _("Name the folder that the backup goes to.")
        self.check_name()
        return next((field for field in (self.folder, self.name_field) if field.error), None)


def destination_error(folder: Path) -> str:
    """Return the error of a destination, translated; empty if there is none or the folder is not named yet."""
    if folder == Path():
        return ""
    try:
        check_destination(folder)
    except HctuiError as error:
        return render(error.message)
    return ""
