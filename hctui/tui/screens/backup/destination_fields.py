"""Where a backup goes and what it is called: the fields that a backup of databases and one of files share."""

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

PAUSE = 0.3
"""Seconds without a key before what was typed is checked."""
FOLDER_HELP = N_(
    "The backup is one file in this folder. Choose another disk, a USB stick or a network share: a backup on the disk of the"
    " database is lost together with it."
)
DEFAULT_HELP = N_("“Default” makes the folder the one that is filled in from now on.")
NAME_HELP = N_(
    "The name is filled in with the database, the date and the time, so that no backup overwrites an earlier one. “.bkb” is"
    " added where it is missing; the file is an ordinary ZIP."
)


class PlaceTab(VerticalScroll, can_focus=False):
    """A tab that begins with folder and name."""

    folder = getters.query_one("#folder", PathField)
    name_field = getters.query_one("#name", Field)

    def place_fields(self, plan: BackupPlan | FilesBackupPlan, *, actions: Sequence[Action] = ()) -> ComposeResult:
        """Lay out the two fields as the plan has them."""
        folder = "" if plan.destination == Path() else str(plan.destination)
        label = _("Folder in which the backup is to be created")
        help = " ".join((_(FOLDER_HELP), _(DEFAULT_HELP)) if actions else (_(FOLDER_HELP),))
        yield PathField(label, folder, folder=True, help=help, actions=actions, id="folder")
        yield Field(_("Name of the backup file"), plan.name, help=_(NAME_HELP), id="name")

    @on(Field.Changed, "#name")
    def check_name(self) -> None:
        """Say at once what is wrong with the name."""
        try:
            validate_name(self.name_field.value.strip())
        except InvalidName as error:
            self.name_field.error = render(error.message)
        else:
            self.name_field.error = ""

    def problem(self) -> Field | None:
        """Return the field that must be put right before a start; None where all is well."""
        if self.folder.path is None:
            self.folder.error = _("Name the folder that the backup goes to.")
        self.check_name()
        return next((field for field in (self.folder, self.name_field) if field.error), None)


def destination_error(folder: Path) -> str:
    """Return what is wrong with the folder, translated; nothing for one that has not been named yet."""
    if folder == Path():
        return ""
    try:
        check_destination(folder)
    except HctuiError as error:
        return render(error.message)
    return ""
