"""Tab 1 of the backup page: destination, name, databases, and what is known about the backup."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from textual import getters
from textual.app import ComposeResult
from textual.reactive import reactive

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.plans import BackupPlan
from hctui.tui.screens.backup.destination_fields import DEFAULT_HELP, DestinationFieldsTab
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.key_values import KeyValue, KeyValues, Notice
from hctui.tui.widgets.radio_group import Alternative, RadioGroup

WHICH_HELP = N_(
    "Only the selected database is the one named at the top right; change it with F2. All databases go into one file, from"
    " which each can be restored on its own."
)


class DestinationTab(DestinationFieldsTab):
    """Folder, name, and the choice of databases; the page sets details and warnings."""

    which = getters.query_one("#which", RadioGroup)

    details: reactive[tuple[KeyValue, ...]] = reactive(())
    """Estimated size, free space and the last backup."""
    warnings: reactive[str] = reactive("")
    """One warning a line."""

    def __init__(self, plan: BackupPlan, everything: bool, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan
        self._everything = everything

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        default = Action(_("Default"), help=_(DEFAULT_HELP), id="make-default")
        yield from self.destination_fields(self._plan, actions=(default,))
        alternatives = (
            Alternative(False, _("Back up only the selected database")),
            Alternative(True, _("Back up all databases stored on the server")),
        )
        yield RadioGroup(alternatives, self._everything, help=_(WHICH_HELP), id="which")
        yield KeyValues(id="details")
        yield Notice(id="warnings")

    @property
    def everything(self) -> bool:
        """Whether all databases are backed up."""
        return self.which.value is True

    def fill(self, plan: BackupPlan) -> BackupPlan:
        """Return the plan with the values of this tab."""
        return replace(plan, destination=self.folder.path or Path(), name=self.name_field.value.strip())

    def watch_details(self, details: tuple[KeyValue, ...]) -> None:
        """Show the new details."""
        if self.is_mounted:
            self.query_one("#details", KeyValues).pairs = details

    def watch_warnings(self, warnings: str) -> None:
        """Show the new warnings."""
        if self.is_mounted:
            self.query_one("#warnings", Notice).text = warnings
