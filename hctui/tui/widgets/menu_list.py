"""A short list to choose from, each line with a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class Entry(Struct, frozen=True):
    """One line."""

    name: str
    """What `Entries.Chosen` says."""
    key: str
    """The one key that chooses it at once."""
    label: str
    about: str = ""


class Entries(Widget, can_focus=True):
    """`> 1  Database backup   everything in one file`; Up, Down and Enter, or the key in front."""

    DEFAULT_CSS = """
    Entries { height: auto; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    Entries > .entries--cursor { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
    Entries > .entries--about { color: $muted; }
    Entries > .entries--key { color: $primary; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"entries--cursor", "entries--about", "entries--key"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
        Binding("enter,space", "choose", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """A line was chosen."""

        entries: Entries
        name: str

        @property
        def control(self) -> Entries:
            """Return the list, for `@on(Entries.Chosen, "#id")`."""
            return self.entries

    def __init__(
        self, entries: Sequence[Entry], *, cursor: int = 0, help: str = "", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """What F1 says of it, translated."""
        self.entries = tuple(entries)
        self.set_reactive(Entries.cursor, cursor)

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a line."""
        return max(0, min(cursor, len(self.entries) - 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each entry."""
        return max(len(self.entries), 1)

    def render(self) -> Text:
        """Draw the lines."""
        column = max((cell_len(each.label) for each in self.entries), default=0) + 8
        about, key = (self.get_component_rich_style(f"entries--{part}", partial=True) for part in ("about", "key"))
        lines: list[Text] = []
        for at, each in enumerate(self.entries):
            here = self.has_focus and at == self.cursor
            mark = glyphs().cursor if at == self.cursor else " "
            line = Text(f" {mark} ", no_wrap=True, overflow="ellipsis")
            line.append(each.key, "" if here else key).append(f"  {each.label}")
            line.pad_right(max(column - line.cell_len, 0))
            line.append(each.about, "" if here else about)
            if here:
                line.pad_right(max(self.size.width - line.cell_len, 0))
                line.stylize(self.get_component_rich_style("entries--cursor", partial=True))
            lines.append(line)
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)

    def action_move(self, by: int) -> None:
        """Move the cursor; past an end, move the focus."""
        if 0 <= self.cursor + by < len(self.entries):
            self.cursor += by
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_go(self, at: int) -> None:
        """Move the cursor to a line; -1 is the last."""
        self.cursor = at if at >= 0 else len(self.entries) - 1

    def action_choose(self) -> None:
        """Choose the line at the cursor."""
        if self.entries:
            self.post_message(self.Chosen(self, self.entries[self.cursor].name))

    def on_key(self, event: Key) -> None:
        """Choose by the key in front."""
        for at, each in enumerate(self.entries):
            if event.character is not None and event.character == each.key:
                event.stop()
                self.cursor = at
                self.action_choose()

    def on_click(self, event: Click) -> None:
        """Choose with the mouse, where one is used."""
        self.cursor = event.y
        self.action_choose()
