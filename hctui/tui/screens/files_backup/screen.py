"""The page “Cópia de arquivos”: fills a `FilesBackupPlan` and starts a job with it."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from hctui.errors import HctuiError
from hctui.language import _, size
from hctui.messages import N_
from hctui.model import FilesBackupPlan
from hctui.operations.destination import free_space
from hctui.operations.names import default_name
from hctui.tui.screens.backup.screen import PAUSE, destination_error
from hctui.tui.screens.files_backup.choose import ChooseTab
from hctui.tui.screens.files_backup.settings import SettingsTab
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.facts import Facts
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.page import Page
from hctui.tui.widgets.tab_line import TabLine

TABS = ("choose", "settings")


class FilesBackupPage(Page):
    """Two tabs over one plan."""

    DEFAULT_CSS = """
    FilesBackupPage {
        #body { padding: 0; overflow: hidden; }
        ContentSwitcher, ChooseTab, SettingsTab { height: 1fr; scrollbar-size-vertical: 1; }
        #total { height: 1; padding: 0 1; }
        #name, #facts, EncryptionFields, #level-label { margin-top: 1; }
    }
    """
    TITLE = N_("Files backup")
    ABOUT = N_("Any files and folders of this machine in one backup, from which all or some can be restored anywhere.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", N_("Tick")),
        Binding("f5,ctrl+r", "start", N_("Start")),
        Binding("f3,ctrl+t", "other_tab", N_("Other tab")),
        Binding("1", "tab(0)", show=False),
        Binding("2", "tab(1)", show=False),
    ]
    AUTO_FOCUS = "#files"

    choose = getters.query_one(ChooseTab)
    settings = getters.query_one(SettingsTab)
    tabs = getters.query_one(TabLine)

    def body(self) -> ComposeResult:
        """Lay out the tabs."""
        configuration = self.hctui.configuration
        defaults = configuration.backup
        folder = configuration.destination or Path()
        plan = FilesBackupPlan((), folder, "", encryption=defaults.encryption, level=defaults.level)
        yield TabLine([_("Files and folders"), _("Destination and settings")], id="tabs")
        with ContentSwitcher(initial=TABS[0]):
            yield ChooseTab(id=TABS[0])
            yield SettingsTab(plan, id=TABS[1])
        with Actions():
            yield Action(_("Start the backup"), id="start")
            yield Action(_("Return to the menu"), id="return")

    def on_mount(self) -> None:
        """Fill in a name."""
        self.look()

    @on(Field.Changed, "#folder")
    def moved(self) -> None:
        """Look at the other folder."""
        self.look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """Say what is wrong with the folder, how much room there is, and fill in a name that is free."""
        await asyncio.sleep(PAUSE)
        tab = self.settings
        folder = tab.folder.path or Path()
        tab.folder.error = await asyncio.to_thread(destination_error, folder)
        if not tab.name_field.value:
            tab.name_field.value = await asyncio.to_thread(default_name, (_("files"),), datetime.now(), folder)
        try:
            free = size(await asyncio.to_thread(free_space, folder)) if folder != Path() else ""
        except HctuiError:
            free = ""
        tab.query_one("#facts", Facts).facts = ((_("Free space"), free),)

    # Tabs

    @on(TabLine.Changed)
    def show_tab(self, event: TabLine.Changed) -> None:
        """Bring the tab to the front."""
        self.query_one(ContentSwitcher).current = TABS[event.active]

    def action_tab(self, tab: int) -> None:
        """Go to a tab and into its first field."""
        self.tabs.active = tab
        first = self.choose.tree_list if tab == 0 else self.settings.folder
        self.call_after_refresh(first.focus)

    def action_other_tab(self) -> None:
        """Go to the tab that is not in front."""
        self.action_tab(1 - self.tabs.active)

    def action_tick(self) -> None:
        """Tick the file or folder at the cursor."""
        if self.tabs.active == 0:
            self.choose.tree_list.action_tick()

    # Start

    @on(Action.Pressed, "#return")
    def leave(self) -> None:
        """Go back to the menu."""
        self.action_back()

    @on(Action.Pressed, "#start")
    def action_start(self) -> None:
        """Start the backup, or go to what prevents it."""
        if not self.choose.paths:
            self.action_tab(0)
            self.notify(_("Tick at least one file or folder."), timeout=6)
            return
        field = self.settings.problem()
        if field is not None:
            self.tabs.active = 1
            self.call_after_refresh(field.focus)
            return
        plan = self.settings.fill(FilesBackupPlan(self.choose.paths, Path(), ""))
        self.hctui.start_job(plan, self.settings.encryption.take())
