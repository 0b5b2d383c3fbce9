"""The page “Cópias existentes”: the backups in a folder, and what can be done with one."""

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
from hctui.tui.page import Page
from hctui.tui.screens.backups.actions import KEYS, delete, restore_from, verify
from hctui.tui.screens.backups.backup_list import BackupList, told
from hctui.tui.screens.backups.details import DetailsPage
from hctui.tui.widgets.file_picker import picker
from hctui.tui.widgets.key_hints import Hints
from hctui.tui.widgets.table_list import Rows


class BackupsPage(Page):
    """Look inside, verify, restore from here, delete."""

    DEFAULT_CSS = """
    BackupsPage {
        #body { padding: 0; overflow: hidden; }
        #folder { height: 1; padding: 0 1; color: $muted; }
        #told { height: auto; min-height: 2; max-height: 4; padding: 0 1; }
    }
    """
    TITLE = N_("Existing backups")
    ABOUT = N_(
        "The backups in the default folder, the newest first. Verifying reads every byte of one and opens each database in it:"
        " only a backup that was verified is known to be good. Deleting removes the file at once."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "details", N_("Details")),
        *KEYS,
        Binding("f4,ctrl+o", "folder", N_("Other folder")),
        Binding("f5", "look", N_("Look again"), show=False),
    ]
    AUTO_FOCUS = "#backups"

    backups = getters.query_one("#backups", BackupList)

    folder: Path | None = None
    """Where the backups are looked for; the default folder unless another was chosen."""

    def body(self) -> ComposeResult:
        """Lay out the folder, the list and what is known of the backup at the cursor."""
        yield Hints(KEYS)
        yield Static(id="folder", markup=False)
        yield BackupList(id="backups")
        yield Static(_("Looking…"), id="told", markup=False)

    def on_mount(self) -> None:
        """Begin with the default folder."""
        self.folder = self.application.configuration.destination

    def on_screen_resume(self) -> None:
        """Look again: there may be a new one, or one less, or one is verified now."""
        self.action_look()

    @work(exclusive=True, group="backups", exit_on_error=False)
    async def action_look(self) -> None:
        """List what the folder holds."""
        if self.folder is None:
            self.show_empty(_("No default folder yet. Choose one with F4, or set it on the backup page."))
            return
        self.query_one("#folder", Static).update(printable(str(self.folder)))
        try:
            found = await asyncio.to_thread(existing_backups, self.folder)
        except HctuiError as error:
            self.backups.show(())
            self.show_empty(render(error.message))
            return
        self.backups.show(found)
        if not found:
            self.show_empty(render(message(N_("There are no backups in {folder}."), folder=str(self.folder))))

    def show_empty(self, text: str) -> None:
        """Say why nothing is listed."""
        self.query_one("#told", Static).update(text)

    @on(Rows.Moved, "#backups")
    def tell(self) -> None:
        """Say more of the backup at the cursor."""
        if self.backups.backup is not None:
            self.query_one("#told", Static).update(told(self.backups.backup))

    def action_folder(self) -> None:
        """Look in another folder."""
        self.app.push_screen(picker(_("Folder of the backups"), self.folder, folder=True), self.take_folder)

    def take_folder(self, folder: Path | None) -> None:
        """List the folder that was chosen."""
        if folder is not None:
            self.folder = folder
            self.action_look()

    @on(Rows.Chosen, "#backups")
    def action_details(self) -> None:
        """Show what is in the backup at the cursor."""
        if self.backups.backup is not None:
            self.app.push_screen(DetailsPage(self.backups.backup))

    def action_verify(self) -> None:
        """Verify the backup at the cursor."""
        if self.backups.backup is not None:
            verify(self, self.backups.backup)

    def action_restore(self) -> None:
        """Restore from the backup at the cursor."""
        if self.backups.backup is not None:
            restore_from(self, self.backups.backup)

    def action_delete(self) -> None:
        """Delete the backup at the cursor, once that is confirmed."""
        if self.backups.backup is not None:
            delete(self, self.backups.backup, self.action_look)
