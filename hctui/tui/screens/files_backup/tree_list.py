"""The list that shows a tree of files with ticks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from hctui.i18n.language import _, size
from hctui.tui.screens.files_backup.tree import Mark, Node, TickTree
from hctui.tui.widgets.table_list import Column, Rows


class TreeList(Rows):
    """Space ticks, Right or Enter opens a folder, Left closes it or goes to the folder above."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", show=False),
        Binding("right,plus,enter", "open", show=False),
        Binding("left,minus", "close", show=False),
    ]

    class Wanted(Message):
        """A folder was opened that has not been read yet; the page fills it."""

        def __init__(self, tree_list: TreeList, node: Node) -> None:
            self.tree_list = tree_list
            self.node = node
            super().__init__()

    class Ticked(Message):
        """What is ticked has changed."""

    def __init__(self, tree: TickTree, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tree_model = tree
        self.columns = (Column(_("Files and folders")), Column(_("size"), 24, right=True))

    @property
    def node(self) -> Node | None:
        """Return the node at the cursor, None in an empty tree."""
        row = self.at_cursor
        return None if row is None else self.tree_model.shown[row]

    def row_count(self) -> int:
        """Return how many nodes are in sight."""
        return len(self.tree_model.shown)

    def cells(self, row: int) -> Sequence[str]:
        """Return a node indented by its depth, and its size or why it can't be read."""
        node = self.tree_model.shown[row]
        entry = node.entry
        fold = ("- " if node.open else "+ ") if entry.folder and not entry.link else "  "
        mark = "   " if self._refused(node) and self.tree_model.mark(node) is Mark.NONE else self.tree_model.mark(node).value
        name = entry.name + ("/" if entry.folder and not entry.name.endswith("/") else "") + (" ->" if entry.link else "")
        return ("  " * node.depth + fold + mark + " " + name, self._note(node))

    def kind(self, row: int) -> str:
        """Return how a node is drawn; its mark and its note say the same."""
        node = self.tree_model.shown[row]
        if self._refused(node):
            return "faint"
        return "" if self.tree_model.mark(node) is Mark.NONE else "marked"

    def _refused(self, node: Node) -> bool:
        return node.entry.unreadable or bool(node.reason)

    def _note(self, node: Node) -> str:
        if self._refused(node):
            return _("can't be read")
        return "" if node.entry.folder and not node.entry.size else size(node.entry.size)

    def action_tick(self) -> None:
        """Tick or untick the node at the cursor and go on to the next."""
        if self.node is not None:
            self.tree_model.toggle(self.node)
            self.changed()
            self.cursor += 1
            self.post_message(self.Ticked())

    def action_open(self) -> None:
        """Open the folder at the cursor, having it read first where that has not been done."""
        node = self.node
        if node is None or not node.entry.folder or node.entry.link or self._refused(node):
            return
        if node.children is None:
            self.post_message(self.Wanted(self, node))
        elif node.open:
            self.cursor += 1
        else:
            self.tree_model.open(node)
            self.changed()

    def action_close(self) -> None:
        """Close the folder at the cursor, or go to the one above."""
        node = self.node
        if node is None:
            return
        if node.open:
            self.tree_model.close(node)
            self.changed()
        elif node.parent is not None:
            self.cursor = self.tree_model.shown.index(node.parent)
