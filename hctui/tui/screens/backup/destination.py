"""Tab 1 of the backup: where it goes, what it is called, which databases, and what that means just now."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from textual import getters
from textual.app import ComposeResult
from textual.reactive import reactive

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.plans import BackupPlan
from hctui.tui.screens.backup.destination_fields import DEFAULT_HELP, PlaceTab
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.key_values import Fact, Facts, Notice
from hctui.tui.widgets.radio_group import Alternative, Choice

WHICH_HELP = N_(
    "Only the selected database is the one named at the top right; change it with F2. All databases go into one file, from"
    " which each can be restored on its own."
)


class DestinationTab(PlaceTab):
    """Folder, name, current database or all of them; facts and warnings are set by the page."""

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
        default = Action(_("Default"), help=_(DEFAULT_HELP), id="make-default")
        yield from self.place_fields(self._plan, actions=(default,))
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
