"""Chooses a folder or a file, folder by folder; the disk is read in a thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.errors import ReadFailed
from hctui.i18n.language import _, date_time, printable, render, size
from hctui.messages import N_
from hctui.tui.dialog import Dialog
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.table_list import Column, Rows


class Found(Struct, frozen=True):
    """One line: a folder or a file."""

    name: str
    folder: bool
    size: int
    modified: float


def look(folder: Path, *, files: bool, hidden: bool) -> list[Found]:
    """Return what lies in a folder, folders first. Raises `OSError`."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and not hidden:
                continue
            try:
                inside, status = entry.is_dir(), entry.stat()
            except OSError:
                continue
            if inside or files:
                found.append(Found(entry.name, inside, status.st_size, status.st_mtime))
    return sorted(found, key=lambda each: (not each.folder, each.name.casefold()))


class FolderRows(Rows):
    """The folder above, folders and files with size and date."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = (Column(_("name")), Column(_("size"), 10, right=True), Column(_("changed"), 17, right=True))
        self.found: Sequence[Found] = ()

    def row_count(self) -> int:
        """Return the number of lines, the folder above included."""
        return len(self.found) + 1

    def cells(self, row: int) -> Sequence[str]:
        """Return name, size and date."""
        if row == 0:
            return "../", "", ""
        each = self.found[row - 1]
        changed = date_time(datetime.fromtimestamp(each.modified))
        return printable(each.name) + ("/" if each.folder else ""), "" if each.folder else size(each.size), changed


class Picker(Dialog[Path]):
    """Gives the folder or the file chosen, or None."""

    DEFAULT_CSS = """
    Picker > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    Picker #where { height: 1; padding: 0 1; }
    """
    ABOUT = N_(
        "Enter opens the folder at the cursor, Backspace the one above. Files and folders whose names begin with a dot are"
        " shown with the key “.”."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "nothing", N_("Open")),
        Binding("backspace", "up", N_("Folder above"), key_display="Backspace"),
        Binding("f5,ctrl+r", "choose", N_("Choose")),
        Binding("full_stop", "hidden", N_("Hidden ones"), key_display="."),
    ]
    AUTO_FOCUS = "FolderRows"

    rows = getters.query_one(FolderRows)

    def __init__(self, title: str, start: Path | None, *, folder: bool) -> None:
        super().__init__(title)
        self._start = start
        self._folder = folder
        self._hidden = False
        self.where = Path.home()
        """The folder that is looked into."""

    def body(self) -> ComposeResult:
        """Lay out the folder's name, what is in it, and the actions."""
        yield Static("", markup=False, id="where")
        yield FolderRows()
        yield Notice(id="problem")
        with Actions():
            if self._folder:
                yield Action(_("Choose this folder"), id="choose")
            yield Action(_("Cancel"), id="cancel")

    def on_mount(self) -> None:
        """Begin in the nearest folder of what is named that is there."""
        self.go(self._start or Path.home(), nearest=True)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def go(self, folder: Path, *, nearest: bool = False, came_from: str = "") -> None:
        """Look into a folder and show it; what can't be looked into is said."""
        try:
            where, found = await asyncio.to_thread(self._look, folder, nearest)
        except OSError as error:
            failed = ReadFailed(path=str(folder), reason=error.strerror or str(error))
            self.query_one("#problem", Notice).text = render(failed.message)
            return
        self.where, self.rows.found = where, found
        self.query_one("#problem", Notice).text = ""
        self.query_one("#where", Static).update(printable(str(where)))
        self.rows.changed()
        self.rows.cursor = next((at for at, each in enumerate(found, start=1) if each.name == came_from), 0)

    def _look(self, folder: Path, nearest: bool) -> tuple[Path, list[Found]]:
        folder = folder.expanduser().absolute()
        candidates = (folder, *folder.parents) if nearest else (folder,)
        where = next((each for each in candidates if each.is_dir()), candidates[-1])
        return where, look(where, files=not self._folder, hidden=self._hidden)

    @on(FolderRows.Chosen)
    def _open(self) -> None:
        row = self.rows.cursor
        if row == 0:
            self.action_up()
            return
        each = self.rows.found[row - 1]
        if each.folder:
            self.go(self.where / each.name)
        else:
            self.dismiss(self.where / each.name)

    def action_up(self) -> None:
        """Look into the folder above."""
        self.go(self.where.parent, came_from=self.where.name)

    def action_hidden(self) -> None:
        """Show hidden ones, or no longer."""
        self._hidden = not self._hidden
        self.go(self.where)

    @on(Action.Pressed, "#choose")
    def action_choose(self) -> None:
        """Take the folder that is looked into; of files, the one at the cursor."""
        if self._folder:
            self.dismiss(self.where)
        else:
            self._open()

    @on(Action.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


def picker(title: str, start: Path | None, *, folder: bool) -> Picker:
    """Return a dialog that chooses a folder, or a file."""
    return Picker(title, start, folder=folder)
