"""Tab 1 of the files backup page: the files to be backed up."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from hctui.errors import ReadFailed
from hctui.i18n.language import _, render
from hctui.messages import N_, message, plural
from hctui.tui.screens.files_backup.disk_usage import Total, list_folder, measure
from hctui.tui.screens.files_backup.tree import FileEntry, FileTree, Node
from hctui.tui.screens.files_backup.tree_list import TreeList

TREE_HELP = N_(
    "Right or Enter opens a folder, Left closes it, Space ticks a file or a folder with all that is in it. Links are backed up"
    " as links; what they point to is not. What can't be read is marked and can't be ticked."
)


class SelectTab(Vertical):
    """The tree of the machine's files, open down to the home folder, and the total of the ticked ones."""

    tree_list = getters.query_one(TreeList)

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.help = _(TREE_HELP)
        self.tree_model = FileTree.of([FileEntry("/", folder=True)])
        self.totals: dict[str, Total] = {}
        """Completed totals, by path."""

    def compose(self) -> ComposeResult:
        """Lay out the tree and the total."""
        yield TreeList(self.tree_model, id="files")
        yield Static(_("Nothing is ticked yet."), id="total", markup=False)

    def on_mount(self) -> None:
        """Open the tree down to the home folder."""
        self.open_down_to(str(Path.home()))

    @property
    def paths(self) -> tuple[Path, ...]:
        """The ticked paths; a folder includes all that is in it."""
        return tuple(Path(path) for path in self.tree_model.ticked)

    @work(exclusive=True, group="open")
    async def open_down_to(self, path: str) -> None:
        """Open every folder on the way to `path` and move the cursor there."""
        node: Node | None = self.tree_model.roots[0]
        while node is not None:
            await self.read(node)
            inner = [each for each in node.children or () if path == each.entry.path or path.startswith(each.entry.path + "/")]
            self.tree_list.cursor = self.tree_model.shown.index(node)
            node = inner[0] if inner else None
        self.tree_list.scroll_to(y=max(self.tree_list.cursor - 2, 0), animate=False)

    @on(TreeList.FolderOpened)
    def fill(self, event: TreeList.FolderOpened) -> None:
        """Read a folder that is opened for the first time."""
        self.fill_node(event.node)

    @work(group="fill")
    async def fill_node(self, node: Node) -> None:
        """Read a folder in the background."""
        await self.read(node)

    async def read(self, node: Node) -> None:
        """Fill a folder, or mark it as unreadable."""
        try:
            found = await asyncio.to_thread(list_folder, node.entry.path)
        except ReadFailed as error:
            self.tree_model.mark_unreadable(node, render(error.message))
        else:
            if node.children is None:
                self.tree_model.fill(node, found)
        self.tree_list.changed()

    @on(TreeList.TicksChanged)
    def ticks_changed(self) -> None:
        """Compute the new total."""
        self.add_up(self.tree_model.ticked)

    @work(exclusive=True, group="sum")
    async def add_up(self, paths: tuple[str, ...]) -> None:
        """Show the total of the ticked paths; it grows while folders are being counted."""
        self.show_total(sum((self.totals.get(path, Total(complete=False)) for path in paths), Total()))
        for path in [each for each in paths if each not in self.totals]:
            counting = measure(path)
            while (counted := await asyncio.to_thread(next, counting, None)) is not None:
                if counted.complete:
                    self.totals[path] = counted
                known = (self.totals.get(each, Total(complete=False)) for each in paths)
                self.show_total(sum(known, Total()) if counted.complete else sum(known, counted))

    def show_total(self, total: Total) -> None:
        """Show the total."""
        if not self.tree_model.ticked:
            text = _("Nothing is ticked yet.")
        else:
            files = plural(N_("{count} file"), N_("{count} files"), total.files)
            text_id = N_("{files}, {data_bytes}") if total.complete else N_("{files}, {data_bytes}, still counting…")
            text = render(message(text_id, files=files, data_bytes=total.size))
        if total.unreadable:
            text += " · " + render(plural(N_("{count} can't be read"), N_("{count} can't be read"), total.unreadable))
        self.query_one("#total", Static).update(text)
