"""Tab 2 of the files backup: where it goes, encryption, level."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace
from textual import getters
from textual.app import ComposeResult

from hctui.plans import FilesBackupPlan
from hctui.tui.screens.backup.destination_fields import PlaceTab
from hctui.tui.screens.backup.level import chosen_level, level_choice
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_values import Facts


class SettingsTab(PlaceTab):
    """Loads from a plan and fills one."""

    encryption = getters.query_one(EncryptionFields)

    def __init__(self, plan: FilesBackupPlan, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        yield from self.place_fields(self._plan)
        yield Facts(id="facts")
        yield EncryptionFields(self._plan.encryption)
        yield from level_choice(self._plan.level)

    def fill(self, plan: FilesBackupPlan) -> FilesBackupPlan:
        """Return the plan with what this tab says."""
        return replace(
            plan,
            destination=self.folder.path or Path(),
            name=self.name_field.value.strip(),
            encryption=self.encryption.encryption,
            level=chosen_level(self, plan.level),
        )

    def problem(self) -> Field | None:
        """Return the field that must be put right before a start; None where all is well."""
        return super().problem() or self.encryption.problem()
