"""Every page that can be opened from the menu; imported when it is."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from hctui.messages import N_

if TYPE_CHECKING:
    from hctui.tui.page import Page


IMPORTING = threading.Lock()
"""Held while a package is imported late: of two threads that come at a package from two ends, Python lets one see it half."""


class PageEntry(Struct, frozen=True):
    """One line of the menu."""

    key: str
    """Opens it from the menu."""
    label: str
    about: str
    place: str
    """`module:class`."""

    def open(self) -> Page:
        """Import the page and make one."""
        module, _colon, name = self.place.partition(":")
        with IMPORTING:
            page = import_module(module)
        return cast("Page", getattr(page, name)())


ENTRIES = {
    "backup": PageEntry(
        "1",
        N_("Database backup"),
        N_("everything in one file, while others go on working"),
        "hctui.tui.screens.backup:BackupPage",
    ),
    "restore": PageEntry(
        "2",
        N_("Database restore"),
        N_("all of it, or only the tables you tick"),
        "hctui.tui.screens.restore:RestorePage",
    ),
    "files_backup": PageEntry(
        "3",
        N_("Files backup"),
        N_("any files and folders of this machine"),
        "hctui.tui.screens.files_backup:FilesBackupPage",
    ),
    "files_restore": PageEntry(
        "4",
        N_("Files restore"),
        N_("back to where they were, or elsewhere"),
        "hctui.tui.screens.files_restore:FilesRestorePage",
    ),
    "backups": PageEntry(
        "5",
        N_("Existing backups"),
        N_("look inside, verify, restore, delete"),
        "hctui.tui.screens.backups:BackupsPage",
    ),
    "server": PageEntry(
        "6",
        N_("Server"),
        N_("the databases, their tables and what these are for"),
        "hctui.tui.screens.server:ServerPage",
    ),
}
