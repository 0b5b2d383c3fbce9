"""A checkbox whose state can be read without colour."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs

INDENT = len(" [x] ")
"""Cells before a label."""


def marked(line: str, focused: bool, note: str = "", width: int = 0) -> str:
    """Return `line` with the cursor in its margin where it has the focus, and `note` at the right edge."""
    line = (glyphs().cursor if focused else " ") + line
    return line + note.rjust(width - len(line) - 1) if note and len(line) + len(note) + 2 <= width else line


class Tick(Widget, can_focus=True):
    """`[x] label                 note`; Space or Enter changes it."""

    DEFAULT_CSS = """
    Tick {
        height: auto;
        width: 1fr;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &:focus { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
        &:disabled { color: $muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter", "change", show=False)]

    value: reactive[bool] = reactive(False)
    """Whether it is ticked."""
    label: reactive[str] = reactive("", layout=True)
    note: reactive[str] = reactive("")
    """A few words at the right edge: what this saves, what it means."""

    @dataclass
    class Changed(Message):
        """The person ticked or unticked it, or a page did."""

        tick: Tick
        value: bool

        @property
        def control(self) -> Tick:
            """Return the tick, for `@on(Tick.Changed, "#id")`."""
            return self.tick

    def __init__(
        self,
        label: str,
        value: bool = False,
        *,
        note: str = "",
        help: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """What F1 says of it, translated."""
        self.set_reactive(Tick.label, label)
        self.set_reactive(Tick.note, note)
        self.set_reactive(Tick.value, value)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that the label needs."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        """Return the label, what does not fit in one line wrapped under its first letter."""
        room = max(width - INDENT, 10)
        return wrap(self.label, room) or [""]

    def render(self) -> Text:
        """Draw the box, the label and the note."""
        box = f"[{glyphs().ticked}] " if self.value else "[ ] "
        first, *others = self._lines(self.size.width)
        text = Text(marked(box + first, self.has_focus, self.note, self.size.width), no_wrap=True, overflow="ellipsis")
        for other in others:
            text.append("\n" + " " * INDENT + other)
        return text

    def action_change(self) -> None:
        """Change it."""
        self.value = not self.value

    def on_click(self) -> None:
        """Change it with the mouse, where one is used."""
        self.action_change()

    def watch_value(self, value: bool) -> None:
        """Tell the page."""
        self.post_message(self.Changed(self, value))
