"""Tab 2 of the files backup: where it goes, encryption, level."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from hctui.errors import InvalidName
from hctui.language import _, label, render
from hctui.model import BackupPlan, FilesBackupPlan, Level
from hctui.operations.names import validate_name
from hctui.tui.options import option_text
from hctui.tui.screens.backup.destination import FOLDER_HELP, NAME_HELP
from hctui.tui.screens.backup.options import LEVELS
from hctui.tui.widgets.choice import Alternative, Choice
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.facts import Facts
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.path_field import PathField


class SettingsTab(VerticalScroll, can_focus=False):
    """Loads from a plan and fills one."""

    folder = getters.query_one("#folder", PathField)
    name_field = getters.query_one("#name", Field)
    encryption = getters.query_one(EncryptionFields)

    def __init__(self, plan: FilesBackupPlan, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        folder = "" if self._plan.destination == Path() else str(self._plan.destination)
        yield PathField(_("Folder in which the backup is to be created"), folder, folder=True, help=_(FOLDER_HELP), id="folder")
        yield Field(_("Name of the backup file"), self._plan.name, help=_(NAME_HELP), id="name")
        yield Facts(id="facts")
        yield EncryptionFields(self._plan.encryption)
        yield Static(" " + option_text(BackupPlan, "level", "label"), markup=False, id="level-label")
        yield Choice(
            [Alternative(level, label(level), _(about)) for level, about in LEVELS],
            self._plan.level,
            help=option_text(BackupPlan, "level", "explanation"),
            id="level",
        )

    def fill(self, plan: FilesBackupPlan) -> FilesBackupPlan:
        """Return the plan with what this tab says."""
        level = self.query_one("#level", Choice).value
        return replace(
            plan,
            destination=self.folder.path or Path(),
            name=self.name_field.value.strip(),
            encryption=self.encryption.encryption,
            level=level if isinstance(level, Level) else plan.level,
        )

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
        wrong = next((field for field in (self.folder, self.name_field) if field.error), None)
        return wrong or self.encryption.problem()
