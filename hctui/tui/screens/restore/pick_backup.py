"""Choose one of the existing backups to restore from."""

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
from hctui.tui.screens.backups.backup_list import BackupList, told
from hctui.tui.widgets.table_list import Rows


class PickBackup(Dialog[Path]):
    """Gives the file chosen, or None."""

    DEFAULT_CSS = """
    PickBackup > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    PickBackup #told { height: auto; min-height: 2; max-height: 4; }
    """

    ABOUT = N_("The backups in the default folder, the newest first. Enter takes the one at the cursor.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Choose"))]

    backups = getters.query_one(BackupList)

    def __init__(self) -> None:
        super().__init__(_("Existing backups"))

    def body(self) -> ComposeResult:
        """Lay out the list."""
        yield BackupList()
        yield Static(_("Looking…"), markup=False, id="told", classes="text")

    def on_mount(self) -> None:
        """Find the backups."""
        self.look()

    @work(exclusive=True, group="backups")
    async def look(self) -> None:
        """List what the default folder holds."""
        folder = self.application.configuration.destination
        if folder is None:
            self.query_one("#told", Static).update(_("No default folder yet: the backup page sets one with “Default”."))
            return
        try:
            found = await asyncio.to_thread(existing_backups, folder)
        except HctuiError as error:
            self.query_one("#told", Static).update(render(error.message))
            return
        self.backups.show(found)
        if not found:
            nothing = message(N_("There are no backups in {folder}."), folder=printable(str(folder)))
            self.query_one("#told", Static).update(render(nothing))

    @on(Rows.Moved)
    def tell(self) -> None:
        """Say more of the backup at the cursor."""
        if self.backups.backup is not None:
            self.query_one("#told", Static).update(told(self.backups.backup))

    @on(Rows.Chosen)
    def choose(self) -> None:
        """Take the backup at the cursor."""
        if self.backups.backup is not None:
            self.dismiss(self.backups.backup.file)
