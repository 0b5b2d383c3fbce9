"""Tab 1 of the backup: where it goes, what it is called, which databases, and what that means just now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive

from hctui.errors import InvalidName
from hctui.language import _, render
from hctui.messages import N_
from hctui.model import BackupPlan
from hctui.operations.names import validate_name
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.choice import Alternative, Choice
from hctui.tui.widgets.facts import Fact, Facts, Notice
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.path_field import PathField

FOLDER_HELP = N_(
    "The backup is one file in this folder. Choose another disk, a USB stick or a network share: a backup on the disk of the"
    " database is lost together with it. “Default” makes the folder the one that is filled in from now on."
)
NAME_HELP = N_(
    "The name is filled in with the database, the date and the time, so that no backup overwrites an earlier one. “.bkb” is"
    " added where it is missing; the file is an ordinary ZIP."
)
WHICH_HELP = N_(
    "Only the selected database is the one named at the top right; change it with F2. All databases go into one file, from"
    " which each can be restored on its own."
)


class DestinationTab(VerticalScroll, can_focus=False):
    """Folder, name, current database or all of them; facts and warnings are set by the page."""

    folder = getters.query_one("#folder", PathField)
    name_field = getters.query_one("#name", Field)
    which = getters.query_one("#which", Choice)

    facts: reactive[tuple[Fact, ...]] = reactive(())
    """What is known of size, room and the last backup."""
    warnings: reactive[str] = reactive("")
    """One warning a line."""

    def __init__(self, plan: BackupPlan, everything: bool, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan
        self._everything = everything

    def compose(self) -> ComposeResult:
        """Lay out the fields in the order the eye goes."""
        default = Action(_("Default"), help=_(FOLDER_HELP), id="make-default")
        folder = "" if self._plan.destination == Path() else str(self._plan.destination)
        yield PathField(
            _("Folder in which the backup is to be created"),
            folder,
            folder=True,
            help=_(FOLDER_HELP),
            actions=(default,),
            id="folder",
        )
        yield Field(_("Name of the backup file"), self._plan.name, help=_(NAME_HELP), id="name")
        alternatives = (
            Alternative(False, _("Back up only the selected database")),
            Alternative(True, _("Back up all databases stored on the server")),
        )
        yield Choice(alternatives, self._everything, help=_(WHICH_HELP), id="which")
        yield Facts(id="facts")
        yield Notice(id="warnings")

    @property
    def everything(self) -> bool:
        """Whether all databases are backed up."""
        return self.which.value is True

    def fill(self, plan: BackupPlan) -> BackupPlan:
        """Return the plan with what this tab says."""
        return replace(plan, destination=self.folder.path or Path(), name=self.name_field.value.strip())

    def watch_facts(self, facts: tuple[Fact, ...]) -> None:
        """Show them."""
        if self.is_mounted:
            self.query_one("#facts", Facts).facts = facts

    def watch_warnings(self, warnings: str) -> None:
        """Show them."""
        if self.is_mounted:
            self.query_one("#warnings", Notice).text = warnings

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
