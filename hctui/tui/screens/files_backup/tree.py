"""A tree of files and folders with ticks, of which only what was opened is known; knows no screen and no disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec import Struct, field


class Mark(StrEnum):
    """How a file or folder is ticked; the values are what is drawn."""

    ALL = "[x]"
    SOME = "[-]"
    NONE = "[ ]"


class Entry(Struct, frozen=True):
    """A file or folder as its source lists it."""

    path: str
    """Absolute on a disk, relative in a backup; `/` between folders."""
    folder: bool = False
    size: int = 0
    """Bytes of a file; of a folder where the source knows what is in it."""
    link: bool = False
    unreadable: bool = False
    """It is there and can't be read; it can't be ticked."""

    @property
    def name(self) -> str:
        """Return the last part of the path; the path itself for a root."""
        return self.path.rstrip("/").rpartition("/")[2] or self.path


class Node(Struct, eq=False):
    """An entry at its place in the tree."""

    entry: Entry
    parent: Node | None = None
    depth: int = 0
    children: list[Node] | None = None
    """None until it was opened for the first time."""
    open: bool = False
    reason: str = ""
    """Why it can't be read, translated."""


class TickTree(Struct):
    """Nodes in sight, and the smallest set of ticks that covers what is chosen."""

    roots: list[Node] = field(default_factory=list)
    shown: list[Node] = field(default_factory=list)
    """Every node whose folders are all open, from top to bottom."""
    _ticked: set[str] = field(default_factory=set)
    _above: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> TickTree:
        """Return a tree of these roots, nothing open and nothing ticked."""
        roots = [Node(entry) for entry in entries]
        return cls(roots, list(roots))

    def fill(self, node: Node, entries: Sequence[Entry]) -> None:
        """Take note of what is in a folder, folders first, and open it."""
        ordered = sorted(entries, key=lambda entry: (not entry.folder, entry.name.casefold()))
        node.children = [Node(entry, node, node.depth + 1) for entry in ordered]
        self.open(node)

    def open(self, node: Node) -> None:
        """Show what is in a folder that was filled."""
        if not node.open and node.children is not None:
            node.open = True
            at = self.shown.index(node) + 1
            self.shown[at:at] = _shown_below(node)

    def close(self, node: Node) -> None:
        """Hide what is in a folder."""
        if node.open:
            at = self.shown.index(node) + 1
            count = sum(1 for _ in _shown_below(node))
            del self.shown[at : at + count]
            node.open = False

    def refuse(self, node: Node, reason: str) -> None:
        """Take note that a folder can't be read; it is unticked."""
        node.reason = reason
        if self.mark(node) is Mark.ALL:
            self.toggle(node)

    def mark(self, node: Node) -> Mark:
        """Tell how a node is ticked: itself, by a folder above it, or something below it."""
        if self._ticked_from(node) is not None:
            return Mark.ALL
        return Mark.SOME if node.entry.path in self._above else Mark.NONE

    def toggle(self, node: Node) -> None:
        """Tick a node with all that is below it, or untick it though a folder above it is ticked."""
        ticked = self._ticked_from(node)
        if ticked is not None:
            self._ticked.discard(ticked.entry.path)
            self._tick_beside(node, ticked)
        elif not (node.entry.unreadable or node.reason):
            inside = node.entry.path.rstrip("/") + "/"
            self._ticked = {path for path in self._ticked if not path.startswith(inside)} | {node.entry.path}
        self._note_above()

    def clear(self) -> None:
        """Untick everything."""
        self._ticked.clear()
        self._above.clear()

    @property
    def ticked(self) -> tuple[str, ...]:
        """Return the paths that cover what is ticked; a folder stands for all that is in it."""
        return tuple(sorted(self._ticked))

    def _ticked_from(self, node: Node | None) -> Node | None:
        while node is not None and node.entry.path not in self._ticked:
            node = node.parent
        return node

    def _tick_beside(self, node: Node, top: Node) -> None:
        """Tick what is below `top` but not `node`."""
        while node is not top and node.parent is not None:
            siblings = (each for each in node.parent.children or [] if each is not node)
            self._ticked |= {each.entry.path for each in siblings if not (each.entry.unreadable or each.reason)}
            node = node.parent

    def _note_above(self) -> None:
        self._above = set()
        for path in self._ticked:
            while path.strip("/"):
                path = path.rpartition("/")[0] or ("/" if path.startswith("/") else "")
                self._above.add(path)


def _shown_below(node: Node) -> Iterator[Node]:
    for child in node.children or ():
        yield child
        if child.open:
            yield from _shown_below(child)
