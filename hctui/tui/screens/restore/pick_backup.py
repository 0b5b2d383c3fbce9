"""The dialog to choose one of the existing backups."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.errors import HctuiError
from hctui.i18n.language import _, printable, render
from hctui.messages import N_, message
from hctui.operations.catalogue import existing_backups
from hctui.tui.dialog import Dialog
from hctui.tui.screens.backups.backup_list import BackupList, describe_backup
from hctui.tui.widgets.row_list import RowList


class PickBackup(Dialog[Path]):
    """Returns the chosen file, or None."""

    DEFAULT_CSS = """
    PickBackup > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    PickBackup #description { height: auto; min-height: 2; max-height: 4; }
    """

    ABOUT = N_("The backups in the default folder, the newest first. Enter takes the one at the cursor.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Choose"))]

    backups = getters.query_one(BackupList)

    def __init__(self) -> None:
        super().__init__(_("Existing backups"))

    def body(self) -> ComposeResult:
        """Lay out the list and the description of the backup at the cursor."""
        yield BackupList()
        yield Static(_("Looking…"), markup=False, id="description", classes="text")

    def on_mount(self) -> None:
        """Load the list."""
        self.load()

    @work(exclusive=True, group="backups")
    async def load(self) -> None:
        """List the backups in the default folder."""
        folder = self.application.configuration.destination
        if folder is None:
            self.query_one("#description", Static).update(_("No default folder yet: the backup page sets one with “Default”."))
            return
        try:
            found = await asyncio.to_thread(existing_backups, folder)
        except HctuiError as error:
            self.query_one("#description", Static).update(render(error.message))
            return
        self.backups.show(found)
        if not found:
            nothing = message(N_("There are no backups in {folder}."), folder=printable(str(folder)))
            self.query_one("#description", Static).update(render(nothing))

    @on(RowList.Moved)
    def show_description(self) -> None:
        """Describe the backup at the cursor."""
        if self.backups.backup is not None:
            self.query_one("#description", Static).update(describe_backup(self.backups.backup))

    @on(RowList.Chosen)
    def choose(self) -> None:
        """Choose the backup at the cursor."""
        if self.backups.backup is not None:
            self.dismiss(self.backups.backup.file)
