"""The list that shows a tree of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from hctui.i18n.language import _, size
from hctui.tui.screens.files_backup.tree import FileTree, Mark, Node
from hctui.tui.widgets.row_list import Column, RowList


class TreeList(RowList):
    """Space ticks, Right or Enter opens a folder, Left closes it or goes to the parent folder."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", show=False),
        Binding("right,plus,enter", "open", show=False),
        Binding("left,minus", "close", show=False),
    ]

    class FolderOpened(Message):
        """A folder was opened for the first time; the page fills it."""

        def __init__(self, tree_list: TreeList, node: Node) -> None:
            self.tree_list = tree_list
            self.node = node
            super().__init__()

    class TicksChanged(Message):
        """A file or folder was ticked or unticked."""

    def __init__(self, tree: FileTree, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tree_model = tree
        self.columns = (Column(_("Files and folders")), Column(_("size"), 24, right=True))

    @property
    def node(self) -> Node | None:
        """The node at the cursor, None in an empty tree."""
        row = self.at_cursor
        return None if row is None else self.tree_model.shown[row]

    def row_count(self) -> int:
        """Return the number of visible nodes."""
        return len(self.tree_model.shown)

    def cells(self, row: int) -> Sequence[str]:
        """Return the indented name of a node, and its size or that it can't be read."""
        node = self.tree_model.shown[row]
        entry = node.entry
        fold = ("- " if node.open else "+ ") if entry.folder and not entry.link else "  "
        mark = self.tree_model.mark(node)
        box = "   " if self._is_unreadable(node) and mark is Mark.NONE else mark.value
        name = entry.name + ("/" if entry.folder and not entry.name.endswith("/") else "") + (" ->" if entry.link else "")
        return ("  " * node.depth + fold + box + " " + name, self._note(node))

    def kind(self, row: int) -> str:
        """Return `marked` for a ticked node, `faint` for an unreadable one; the text shows both too."""
        node = self.tree_model.shown[row]
        if self._is_unreadable(node):
            return "faint"
        return "" if self.tree_model.mark(node) is Mark.NONE else "marked"

    def _is_unreadable(self, node: Node) -> bool:
        return node.entry.unreadable or bool(node.reason)

    def _note(self, node: Node) -> str:
        if self._is_unreadable(node):
            return _("can't be read")
        return "" if node.entry.folder and not node.entry.size else size(node.entry.size)

    def action_tick(self) -> None:
        """Tick or untick the node at the cursor and go on to the next."""
        if self.node is not None:
            self.tree_model.toggle(self.node)
            self.changed()
            self.cursor += 1
            self.post_message(self.TicksChanged())

    def action_open(self) -> None:
        """Open the folder at the cursor."""
        node = self.node
        if node is None or not node.entry.folder or node.entry.link or self._is_unreadable(node):
            return
        if node.children is None:
            self.post_message(self.FolderOpened(self, node))
        elif node.open:
            self.cursor += 1
        else:
            self.tree_model.open(node)
            self.changed()

    def action_close(self) -> None:
        """Close the folder at the cursor, or go to its parent folder."""
        node = self.node
        if node is None:
            return
        if node.open:
            self.tree_model.close(node)
            self.changed()
        elif node.parent is not None:
            self.cursor = self.tree_model.shown.index(node.parent)
