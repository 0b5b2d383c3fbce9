"""Tab 1 of the files backup: what is to be backed up."""

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
from hctui.tui.screens.files_backup.disk_usage import Total, entries, measure
from hctui.tui.screens.files_backup.tree import Entry, Node, TickTree
from hctui.tui.screens.files_backup.tree_list import TreeList

TREE_HELP = N_(
    "Right or Enter opens a folder, Left closes it, Space ticks a file or a folder with all that is in it. Links are backed up"
    " as links; what they point to is not. What can't be read is marked and can't be ticked."
)


class ChooseTab(Vertical):
    """A tree of the machine's files, opened down to the home folder, and the total of what is ticked."""

    tree_list = getters.query_one(TreeList)

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.help = _(TREE_HELP)
        self.tree_model = TickTree.of([Entry("/", folder=True)])
        self.totals: dict[str, Total] = {}
        """What was counted completely, by path."""

    def compose(self) -> ComposeResult:
        """Lay out the tree and the total."""
        yield TreeList(self.tree_model, id="files")
        yield Static(_("Nothing is ticked yet."), id="total", markup=False)

    def on_mount(self) -> None:
        """Open the way to the home folder."""
        self.open_down_to(str(Path.home()))

    @property
    def paths(self) -> tuple[Path, ...]:
        """What is ticked; a folder stands for all that is in it."""
        return tuple(Path(path) for path in self.tree_model.ticked)

    @work(exclusive=True, group="open")
    async def open_down_to(self, path: str) -> None:
        """Open every folder on the way to `path` and put the cursor there."""
        node: Node | None = self.tree_model.roots[0]
        while node is not None:
            await self.read(node)
            inside = [each for each in node.children or () if path == each.entry.path or path.startswith(each.entry.path + "/")]
            self.tree_list.cursor = self.tree_model.shown.index(node)
            node = inside[0] if inside else None
        self.tree_list.scroll_to(y=max(self.tree_list.cursor - 2, 0), animate=False)

    @on(TreeList.Wanted)
    def fill(self, event: TreeList.Wanted) -> None:
        """Read a folder that is opened for the first time."""
        self.fill_node(event.node)

    @work(group="fill")
    async def fill_node(self, node: Node) -> None:
        """Read a folder without keeping the keys waiting."""
        await self.read(node)

    async def read(self, node: Node) -> None:
        """Fill a folder, or mark it where it can't be read."""
        try:
            found = await asyncio.to_thread(entries, node.entry.path)
        except ReadFailed as error:
            self.tree_model.refuse(node, render(error.message))
        else:
            if node.children is None:
                self.tree_model.fill(node, found)
        self.tree_list.changed()

    @on(TreeList.Ticked)
    def ticked(self) -> None:
        """Add up anew."""
        self.add_up(self.tree_model.ticked)

    @work(exclusive=True, group="sum")
    async def add_up(self, paths: tuple[str, ...]) -> None:
        """Show the total of what is ticked, growing while folders are still being counted."""
        self.show_total(sum((self.totals.get(path, Total(complete=False)) for path in paths), Total()))
        for path in [each for each in paths if each not in self.totals]:
            counting = measure(path)
            while (counted := await asyncio.to_thread(next, counting, None)) is not None:
                if counted.complete:
                    self.totals[path] = counted
                known = (self.totals.get(each, Total(complete=False)) for each in paths)
                self.show_total(sum(known, Total()) if counted.complete else sum(known, counted))

    def show_total(self, total: Total) -> None:
        """Say how much is ticked."""
        if not self.tree_model.ticked:
            text = _("Nothing is ticked yet.")
        else:
            files = plural(N_("{count} file"), N_("{count} files"), total.files)
            how = N_("{files}, {data_bytes}") if total.complete else N_("{files}, {data_bytes}, still counting…")
            text = render(message(how, files=files, data_bytes=total.size))
        if total.unreadable:
            text += " · " + render(plural(N_("{count} can't be read"), N_("{count} can't be read"), total.unreadable))
        self.query_one("#total", Static).update(text)
