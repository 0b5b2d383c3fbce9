"""A checkbox that can be read without colour: Textual's own draws the same sign for on and off."""

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
    """Return `line` with a margin, which holds the cursor when focused, and with `note` at the right edge if there is room."""
    line = (glyphs().cursor if focused else " ") + line
    return line + note.rjust(width - len(line) - 1) if note and len(line) + len(note) + 2 <= width else line


class Checkbox(Widget, can_focus=True):
    """`[x] label                 note`; Space or Enter changes it."""

    DEFAULT_CSS = """
    Checkbox {
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
    """Whether the box is ticked."""
    label: reactive[str] = reactive("", layout=True)
    note: reactive[str] = reactive("")
    """A few words at the right edge, translated."""

    @dataclass
    class Changed(Message):
        """The box was ticked or unticked, by a person or by a page."""

        checkbox: Checkbox
        value: bool

        @property
        def control(self) -> Checkbox:
            """Return the checkbox, for `@on(Checkbox.Changed, "#id")`."""
            return self.checkbox

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
        """The explanation that F1 shows, translated."""
        self.set_reactive(Checkbox.label, label)
        self.set_reactive(Checkbox.note, note)
        self.set_reactive(Checkbox.value, value)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines that the label needs."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[str]:
        """Return the lines of the label."""
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
        """Tick or untick the box."""
        self.value = not self.value

    def on_click(self) -> None:
        """Tick or untick it with the mouse."""
        self.action_change()

    def watch_value(self, value: bool) -> None:
        """Post `Changed`."""
        self.post_message(self.Changed(self, value))
