"""The page of one backup: its details, and its tables with bars for their sizes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import BindingType

from hctui.errors import PasswordNeeded, WrongPassword
from hctui.i18n.language import _, label, number, render, size
from hctui.messages import N_
from hctui.model import Table
from hctui.operations.results import BackupSummary, Contents
from hctui.operations.show import show
from hctui.tui.page import Page
from hctui.tui.screens.backups.actions import KEYS, ask_password, delete, restore_from, verify
from hctui.tui.screens.restore.contents_text import contents_details, contents_warning, encryption_text
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.key_hints import KeyHints
from hctui.tui.widgets.key_values import KeyValues, Notice
from hctui.tui.widgets.row_list import Column, RowList

BAR_WIDTH = 10
"""Cells of the bar of the largest table."""


class StoredTables(RowList):
    """The tables of every database in a backup, or its files."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tables: tuple[tuple[str, Table], ...] = ()
        """(alias, table); the alias is empty if there is only one database."""
        self.largest = 1
        self.columns = (
            Column(_("table")),
            Column(_("role"), 13),
            Column(_("rows"), 13, right=True),
            Column(_("size"), 9, right=True),
            Column("", BAR_WIDTH),
        )

    def show(self, contents: Contents) -> None:
        """Show the tables of a backup, the largest first."""
        several = len(contents.databases) > 1
        held = [(each.alias if several else "", table) for each in contents.databases for table in each.tables]
        self.tables = tuple(sorted(held, key=lambda each: (-each[1].size, each[1].name)))
        self.largest = max((table.size for _alias, table in self.tables), default=1) or 1
        self.changed()

    def row_count(self) -> int:
        """Return how many tables there are."""
        return len(self.tables)

    def cells(self, row: int) -> Sequence[str]:
        """Return a table's name, role, rows, size, and the bar."""
        alias, table = self.tables[row]
        name = f"{alias}/{table.name}" if alias else table.name
        if table.left_out:
            return (name, label(table.role), _("left out"), "", "")
        rows = number(table.rows) if table.rows is not None else ""
        return (name, label(table.role), rows, size(table.size), glyphs().full * round(BAR_WIDTH * table.size / self.largest))

    def kind(self, row: int) -> str:
        """Return `faint` for a table that was left out; its line has words for it too."""
        return "faint" if self.tables[row][1].left_out else ""


class DetailsPage(Page):
    """Shows one backup; it can be verified, restored and deleted from here."""

    DEFAULT_CSS = """
    DetailsPage {
        #body { padding: 0; overflow: hidden; }
        #stored { margin-top: 1; }
    }
    """
    TITLE = N_("Details of a backup")
    ABOUT = N_("What the manifest of the backup says. An encrypted one is opened with its password first.")
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]
    AUTO_FOCUS = "#stored"

    stored = getters.query_one("#stored", StoredTables)

    def __init__(self, backup: BackupSummary) -> None:
        super().__init__()
        self.backup = backup

    def body(self) -> ComposeResult:
        """Lay out the details and the tables."""
        yield KeyHints(KEYS)
        yield KeyValues(((_("File"), str(self.backup.file)),), id="details")
        yield Notice(id="warning")
        yield StoredTables(id="stored")

    def on_mount(self) -> None:
        """Read the backup as far as that is possible without a password."""
        self.load(None)

    @work(exclusive=True, group="contents", exit_on_error=False, description="load")  # else the password would be in it
    async def load(self, password: str | None) -> None:
        """Show what the backup holds; ask for the password until it is right or the person goes back."""
        error_text = ""
        try:
            contents = await asyncio.to_thread(show, self.backup.file, password)
        except (WrongPassword, PasswordNeeded) as error:
            error_text = render(error.message)
            contents = await asyncio.to_thread(show, self.backup.file, None)
        encryption = encryption_text(contents)
        details = ((_("File"), str(contents.file)), *contents_details(contents), (_("Encryption"), encryption))
        self.query_one("#details", KeyValues).pairs = details
        self.query_one("#warning", Notice).text = contents_warning(contents)
        self.stored.show(contents)
        if contents.needs_password:
            ask_password(self, self.backup, self.load, error=error_text)

    def action_verify(self) -> None:
        """Verify this backup."""
        verify(self, self.backup)

    def action_restore(self) -> None:
        """Restore from this backup."""
        restore_from(self, self.backup)

    def action_delete(self) -> None:
        """Ask for confirmation, delete this backup and go back to the list."""
        delete(self, self.backup, self.dismiss)
