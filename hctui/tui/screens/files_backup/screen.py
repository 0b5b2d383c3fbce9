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
from hctui.operations.names import default_name
from hctui.operations.preview import preview_files
from hctui.plans import FilesBackupPlan
from hctui.tui.screens.backup.destination_fields import TYPING_PAUSE, DestinationFieldsTab
from hctui.tui.screens.backup.options import chosen_level, level_field
from hctui.tui.screens.files_backup.select_tab import SelectTab
from hctui.tui.tabbed_page import START_KEY, TabbedPage
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.field import Field, show_problems
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
        self.propose_name()
        self.update_preview()

    @property
    def plan(self) -> FilesBackupPlan:
        """The plan that the fields describe."""
        return self.settings.fill(FilesBackupPlan(self.selection.paths, Path(), ""))

    @on(Field.Changed, "#folder")
    def propose_name(self) -> None:
        """Fill in a name that is not in use, if there is none."""
        self.fill_name(self.plan.destination)

    @work(exclusive=True, group="name", exit_on_error=False)
    async def fill_name(self, folder: Path) -> None:
        """Fill in a name that is not in use, once no key was pressed for a moment, if there is none."""
        await asyncio.sleep(TYPING_PAUSE)
        name = await asyncio.to_thread(default_name, (_("files"),), datetime.now(), folder)
        if not self.settings.name_field.value:
            self.settings.name_field.value = name

    @on(Field.Changed, "#folder")
    @on(Field.Changed, "#name")
    def update_preview(self) -> None:
        """Show the new preview."""
        self.show_preview(self.plan)

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def show_preview(self, plan: FilesBackupPlan) -> None:
        """Show the preview once no key was pressed for a moment."""
        await asyncio.sleep(TYPING_PAUSE)
        if plan.destination == Path():
            self._show_free(None)
            show_problems(self.settings.fields, ())
        else:
            await self.preview(plan)

    async def preview(self, plan: FilesBackupPlan) -> Field | None:
        """Show the free space and the problems; return the first field with a problem, or None."""
        preview = await asyncio.to_thread(preview_files, plan)
        self._show_free(preview.free)
        return show_problems(self.settings.fields, preview.problems)

    def _show_free(self, free: int | None) -> None:
        self.settings.query_one("#details", KeyValues).pairs = ((_("Free space"), "" if free is None else size(free)),)

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
        field = self.settings.missing() or self.settings.encryption.problem()
        if field is not None:
            self.go_to(1, field)
        else:
            self.check_and_start(self.plan)

    @work(exclusive=True, group="check", exit_on_error=False)
    async def check_and_start(self, plan: FilesBackupPlan) -> None:
        """Start the backup unless its preview has a problem at a field."""
        field = await self.preview(plan)
        if field is not None:
            self.go_to(1, field)
        else:
            encryption = self.settings.encryption
            self.application.start_job(plan, encryption.password, encryption.forget)
