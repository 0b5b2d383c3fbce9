"""The page “Cópias existentes”: the backups in a folder, and actions on one."""

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
from hctui.tui.screens.backups.backup_list import BackupList, describe_backup
from hctui.tui.screens.backups.details import DetailsPage
from hctui.tui.widgets.file_picker import FilePicker
from hctui.tui.widgets.key_hints import KeyHints
from hctui.tui.widgets.row_list import RowList


class BackupsPage(Page):
    """Lists backups; one can be looked into, verified, restored and deleted."""

    DEFAULT_CSS = """
    BackupsPage {
        #body { padding: 0; overflow: hidden; }
        #folder { height: 1; padding: 0 1; color: $muted; }
        #description { height: auto; min-height: 2; max-height: 4; padding: 0 1; }
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
        Binding("f5", "reload", N_("Look again"), show=False),
    ]
    AUTO_FOCUS = "#backups"

    backups = getters.query_one("#backups", BackupList)

    folder: Path | None = None
    """The folder that is listed: the default folder unless another was chosen."""

    def body(self) -> ComposeResult:
        """Lay out the folder, the list and the description of the backup at the cursor."""
        yield KeyHints(KEYS)
        yield Static(id="folder", markup=False)
        yield BackupList(id="backups")
        yield Static(_("Looking…"), id="description", markup=False)

    def on_mount(self) -> None:
        """Start with the default folder."""
        self.folder = self.application.configuration.destination

    def on_screen_resume(self) -> None:
        """Load again: backups may have been made, deleted or verified meanwhile."""
        self.action_reload()

    @work(exclusive=True, group="backups", exit_on_error=False)
    async def action_reload(self) -> None:
        """List the backups in the folder."""
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
        """Show why the list is empty."""
        self.query_one("#description", Static).update(text)

    @on(RowList.Moved, "#backups")
    def show_description(self) -> None:
        """Describe the backup at the cursor."""
        if self.backups.backup is not None:
            self.query_one("#description", Static).update(describe_backup(self.backups.backup))

    def action_folder(self) -> None:
        """Choose another folder."""
        self.app.push_screen(FilePicker(_("Folder of the backups"), self.folder, folder=True), self.folder_chosen)

    def folder_chosen(self, folder: Path | None) -> None:
        """List the chosen folder."""
        if folder is not None:
            self.folder = folder
            self.action_reload()

    @on(RowList.Chosen, "#backups")
    def action_details(self) -> None:
        """Open the details of the backup at the cursor."""
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
        """Ask for confirmation and delete the backup at the cursor."""
        if self.backups.backup is not None:
            delete(self, self.backups.backup, self.action_reload)
