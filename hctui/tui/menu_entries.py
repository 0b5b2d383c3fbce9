"""The pages that can be opened from the menu; a page is imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from hctui.messages import N_

if TYPE_CHECKING:
    from hctui.tui.page import Page


class PageEntry(Struct, frozen=True):
    """One entry of the menu."""

    key: str
    """The key that opens the page."""
    label: str
    about: str
    page: str
    """`module:class`."""

    def open(self) -> Page:
        """Import the page's module and return a new page."""
        module, _colon, name = self.page.partition(":")
        page: Page = getattr(import_module(module), name)()
        return page


ENTRIES = {
    "backup": PageEntry(
        "1",
        N_("Database backup"),
        N_("everything in one file, while others go on working"),
        "hctui.tui.screens.backup.screen:BackupPage",
    ),
    "restore": PageEntry(
        "2",
        N_("Database restore"),
        N_("all of it, or only the tables you tick"),
        "hctui.tui.screens.restore.screen:RestorePage",
    ),
    "files_backup": PageEntry(
        "3",
        N_("Files backup"),
        N_("any files and folders of this machine"),
        "hctui.tui.screens.files_backup.screen:FilesBackupPage",
    ),
    "files_restore": PageEntry(
        "4",
        N_("Files restore"),
        N_("back to where they were, or elsewhere"),
        "hctui.tui.screens.files_restore.screen:FilesRestorePage",
    ),
    "backups": PageEntry(
        "5",
        N_("Existing backups"),
        N_("look inside, verify, restore, delete"),
        "hctui.tui.screens.backups.screen:BackupsPage",
    ),
    "server": PageEntry(
        "6",
        N_("Server"),
        N_("the databases, their tables and what these are for"),
        "hctui.tui.screens.server.screen:ServerPage",
    ),
}
