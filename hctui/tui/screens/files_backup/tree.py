"""A tree of files and folders with ticks; the content of a folder is unknown until it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct, field


class Mark(StrEnum):
    """How a file or folder is ticked; the values are drawn."""

    ALL = "[x]"
    SOME = "[-]"
    NONE = "[ ]"


class FileEntry(Struct, frozen=True):
    """A file or folder on a disk or in a backup."""

    path: str
    """Absolute on a disk, relative in a backup; `/` between folders."""
    folder: bool = False
    size: int = 0
    """Bytes of a file, and of all files in a folder of a backup."""
    link: bool = False
    unreadable: bool = False
    """It exists but can't be read, so it can't be ticked."""

    @property
    def name(self) -> str:
        """The last part of the path; the whole path of a root."""
        return self.path.rstrip("/").rpartition("/")[2] or self.path


class Node(Struct, eq=False):
    """An entry in the tree."""

    entry: FileEntry
    parent: Node | None = None
    depth: int = 0
    children: list[Node] | None = None
    """None until the folder is opened for the first time."""
    open: bool = False
    reason: str = ""
    """Why it can't be read, translated."""


class FileTree(Struct):
    """The visible nodes, and the smallest set of ticked paths that covers all ticked files."""

    roots: list[Node] = field(default_factory=list)
    shown: list[Node] = field(default_factory=list)
    """The nodes whose parent folders are all open, from top to bottom."""
    _ticked: set[str] = field(default_factory=set)
    _partly: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, entries: Iterable[FileEntry]) -> FileTree:
        """Return a tree of these roots; nothing is open and nothing is ticked."""
        roots = [Node(entry) for entry in entries]
        return cls(roots, list(roots))

    def fill(self, node: Node, entries: Sequence[FileEntry]) -> None:
        """Set the entries of a folder, sorted with folders first, and open it."""
        ordered = sorted(entries, key=lambda entry: (not entry.folder, entry.name.casefold()))
        node.children = [Node(entry, node, node.depth + 1) for entry in ordered]
        self.open(node)

    def open(self, node: Node) -> None:
        """Open a folder that was filled."""
        if not node.open and node.children is not None:
            node.open = True
            at = self.shown.index(node) + 1
            self.shown[at:at] = _shown_below(node)

    def close(self, node: Node) -> None:
        """Close a folder."""
        if node.open:
            at = self.shown.index(node) + 1
            count = sum(1 for _ in _shown_below(node))
            del self.shown[at : at + count]
            node.open = False

    def mark_unreadable(self, node: Node, reason: str) -> None:
        """Record why a folder can't be read, and untick it."""
        node.reason = reason
        if self.mark(node) is Mark.ALL:
            self.toggle(node)

    def mark(self, node: Node) -> Mark:
        """Return how a node is ticked: by itself or a folder above it, only in part, or not at all."""
        if self._ticked_parent(node) is not None:
            return Mark.ALL
        return Mark.SOME if node.entry.path in self._partly else Mark.NONE

    def toggle(self, node: Node) -> None:
        """Tick a node with all that is below it, or untick it, even if a folder above it is ticked."""
        top = self._ticked_parent(node)
        if top is not None:
            self._ticked.discard(top.entry.path)
            self._tick_others(node, top)
        elif not (node.entry.unreadable or node.reason):
            prefix = node.entry.path.rstrip("/") + "/"
            self._ticked = {path for path in self._ticked if not path.startswith(prefix)} | {node.entry.path}
        self._update_partly()

    def clear(self) -> None:
        """Untick everything."""
        self._ticked.clear()
        self._partly.clear()

    @property
    def ticked(self) -> tuple[str, ...]:
        """The paths that cover all ticked files; a folder includes all that is in it."""
        return tuple(sorted(self._ticked))

    def _ticked_parent(self, node: Node | None) -> Node | None:
        """Return the ticked node at or above `node`."""
        while node is not None and node.entry.path not in self._ticked:
            node = node.parent
        return node

    def _tick_others(self, node: Node, top: Node) -> None:
        """Tick everything below `top` except `node`."""
        while node is not top and node.parent is not None:
            siblings = (each for each in node.parent.children or [] if each is not node)
            self._ticked |= {each.entry.path for each in siblings if not (each.entry.unreadable or each.reason)}
            node = node.parent

    def _update_partly(self) -> None:
        self._partly = set()
        for path in self._ticked:
            while path.strip("/"):
                path = path.rpartition("/")[0] or ("/" if path.startswith("/") else "")
                self._partly.add(path)


def _shown_below(node: Node) -> Iterator[Node]:
    for child in node.children or ():
        yield child
        if child.open:
            yield from _shown_below(child)
