"""The page “Cópia de arquivos”: it fills a `FilesBackupPlan` and starts a job with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from hctui.i18n.language import _, size
from hctui.messages import N_
from hctui.operations.destination import free_space
from hctui.operations.names import default_name
from hctui.plans import FilesBackupPlan
from hctui.tui.screens.backup.destination_fields import TYPING_PAUSE, DestinationFieldsTab, destination_error
from hctui.tui.screens.backup.options import chosen_level, level_field
from hctui.tui.screens.files_backup.select_tab import SelectTab
from hctui.tui.tabbed_page import START_KEY, TabbedPage
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_values import KeyValues


class SettingsTab(DestinationFieldsTab):
    """Tab 2: destination, encryption and compression; it shows one plan and fills another."""

    encryption = getters.query_one(EncryptionFields)

    def __init__(self, plan: FilesBackupPlan, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        yield from self.destination_fields(self._plan)
        yield KeyValues(id="details")
        yield EncryptionFields(self._plan.encryption)
        yield from level_field(self._plan.level)

    def fill(self, plan: FilesBackupPlan) -> FilesBackupPlan:
        """Return the plan with the values of this tab."""
        return replace(
            plan,
            destination=self.folder.path or Path(),
            name=self.name_field.value.strip(),
            encryption=self.encryption.encryption,
            level=chosen_level(self, plan.level),
        )

    def problem(self) -> Field | None:
        """Return a field with an error, which is then shown under it; None if there is none."""
        return super().problem() or self.encryption.problem()


class FilesBackupPage(TabbedPage):
    """Two tabs that fill one plan: files, and destination and settings."""

    DEFAULT_CSS = """
    FilesBackupPage {
        #total { height: 1; padding: 0 1; }
        #name, #details, EncryptionFields, #level-label { margin-top: 1; }
    }
    """
    TITLE = N_("Files backup")
    ABOUT = N_("Any files and folders of this machine in one backup, from which all or some can be restored anywhere.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "tick", N_("Tick")), START_KEY]
    START = N_("Start the backup")
    AUTO_FOCUS = "#files"

    selection = getters.query_one(SelectTab)
    settings = getters.query_one(SettingsTab)

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return the tabs for the files and for the settings."""
        configuration = self.application.configuration
        defaults = configuration.backup
        folder = configuration.destination or Path()
        plan = FilesBackupPlan((), folder, "", encryption=defaults.encryption, level=defaults.level)
        return (
            (_("Files and folders"), SelectTab(id="selection")),
            (_("Destination and settings"), SettingsTab(plan, id="settings")),
        )

    def first_field(self, tab: int) -> Widget:
        """Return the tree, or the folder."""
        return self.settings.folder if tab else self.selection.tree_list

    def on_mount(self) -> None:
        """Fill in a name and the free space."""
        self.check_destination()

    @on(Field.Changed, "#folder")
    def folder_changed(self) -> None:
        """Check the new folder."""
        self.check_destination()

    @work(exclusive=True, group="destination", exit_on_error=False)
    async def check_destination(self) -> None:
        """Show the error of the folder and its free space, and fill in a name that is not in use."""
        await asyncio.sleep(TYPING_PAUSE)
        tab = self.settings
        folder = tab.folder.path or Path()
        tab.folder.error = await asyncio.to_thread(destination_error, folder)
        if not tab.name_field.value:
            tab.name_field.value = await asyncio.to_thread(default_name, (_("files"),), datetime.now(), folder)
        free = await asyncio.to_thread(free_space, folder) if folder != Path() else None
        tab.query_one("#details", KeyValues).pairs = ((_("Free space"), "" if free is None else size(free)),)

    def action_tick(self) -> None:
        """Tick the file or folder at the cursor."""
        if self.tabs.active == 0:
            self.selection.tree_list.action_tick()

    def action_start(self) -> None:
        """Start the backup, or focus what prevents it."""
        if not self.selection.paths:
            self.action_tab(0)
            self.notify(_("Tick at least one file or folder."), timeout=6)
            return
        field = self.settings.problem()
        if field is not None:
            self.go_to(1, field)
            return
        plan = self.settings.fill(FilesBackupPlan(self.selection.paths, Path(), ""))
        encryption = self.settings.encryption
        self.application.start_job(plan, encryption.password, encryption.forget)
