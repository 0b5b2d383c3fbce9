"""A dialog to choose a folder or a file; the disk is read in a thread."""

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
from hctui.tui.widgets.row_list import Column, RowList


class FolderItem(Struct, frozen=True):
    """A folder or a file in the list."""

    name: str
    folder: bool
    size: int
    modified: float
    """Seconds since 1970."""


def list_folder(folder: Path, *, files: bool, hidden: bool) -> list[FolderItem]:
    """Return what is in a folder, folders first. Raises `OSError`."""
    items = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and not hidden:
                continue
            try:
                is_folder, status = entry.is_dir(), entry.stat()
            except OSError:
                continue
            if is_folder or files:
                items.append(FolderItem(entry.name, is_folder, status.st_size, status.st_mtime))
    return sorted(items, key=lambda each: (not each.folder, each.name.casefold()))


class FolderList(RowList):
    """The parent folder, and folders and files with size and date."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = (Column(_("name")), Column(_("size"), 10, right=True), Column(_("changed"), 17, right=True))
        self.items: Sequence[FolderItem] = ()

    def row_count(self) -> int:
        """Return the number of lines, with the parent folder."""
        return len(self.items) + 1

    def cells(self, row: int) -> Sequence[str]:
        """Return name, size and date."""
        if row == 0:
            return "../", "", ""
        each = self.items[row - 1]
        changed = date_time(datetime.fromtimestamp(each.modified))
        return printable(each.name) + ("/" if each.folder else ""), "" if each.folder else size(each.size), changed


class FilePicker(Dialog[Path]):
    """Returns the chosen folder or file, or None."""

    DEFAULT_CSS = """
    FilePicker > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    FilePicker #current-folder { height: 1; padding: 0 1; }
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
    AUTO_FOCUS = "FolderList"

    rows = getters.query_one(FolderList)

    def __init__(self, title: str, start: Path | None, *, folder: bool) -> None:
        super().__init__(title)
        self._start = start
        self._folder = folder
        self._hidden = False
        self.current_folder = Path.home()
        """The folder whose content is shown."""

    def body(self) -> ComposeResult:
        """Lay out the folder's name, its content and the actions."""
        yield Static("", markup=False, id="current-folder")
        yield FolderList()
        yield Notice(id="problem")
        with Actions():
            if self._folder:
                yield Action(_("Choose this folder"), id="choose")
            yield Action(_("Cancel"), id="cancel")

    def on_mount(self) -> None:
        """Begin at the start path, or at its nearest parent that exists."""
        self.open_folder(self._start or Path.home(), nearest=True)

    @work(exclusive=True, group="folder", exit_on_error=False)
    async def open_folder(self, folder: Path, *, nearest: bool = False, came_from: str = "") -> None:
        """Show a folder, or why it can't be read; the cursor goes to `came_from`."""
        try:
            current, items = await asyncio.to_thread(self._read, folder, nearest)
        except OSError as error:
            failed = ReadFailed(path=str(folder), reason=error.strerror or str(error))
            self.query_one("#problem", Notice).text = render(failed.message)
            return
        self.current_folder, self.rows.items = current, items
        self.query_one("#problem", Notice).text = ""
        self.query_one("#current-folder", Static).update(printable(str(current)))
        self.rows.changed()
        self.rows.cursor = next((at for at, each in enumerate(items, start=1) if each.name == came_from), 0)

    def _read(self, folder: Path, nearest: bool) -> tuple[Path, list[FolderItem]]:
        folder = folder.expanduser().absolute()
        candidates = (folder, *folder.parents) if nearest else (folder,)
        current = next((each for each in candidates if each.is_dir()), candidates[-1])
        return current, list_folder(current, files=not self._folder, hidden=self._hidden)

    @on(FolderList.Chosen)
    def _open(self) -> None:
        row = self.rows.cursor
        if row == 0:
            self.action_up()
            return
        each = self.rows.items[row - 1]
        if each.folder:
            self.open_folder(self.current_folder / each.name)
        else:
            self.dismiss(self.current_folder / each.name)

    def action_up(self) -> None:
        """Open the parent folder."""
        self.open_folder(self.current_folder.parent, came_from=self.current_folder.name)

    def action_hidden(self) -> None:
        """Show hidden files and folders, or hide them."""
        self._hidden = not self._hidden
        self.open_folder(self.current_folder)

    @on(Action.Pressed, "#choose")
    def action_choose(self) -> None:
        """Choose the folder that is shown or, if a file is wanted, the one at the cursor."""
        if self._folder:
            self.dismiss(self.current_folder)
        else:
            self._open()

    @on(Action.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)
