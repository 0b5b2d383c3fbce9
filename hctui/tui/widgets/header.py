"""The first line of every page."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class Header(Widget):
    """` hctui · Page title                    ALIAS · engine`."""

    DEFAULT_CSS = """
    Header {
        dock: top;
        height: 1;
        text-wrap: nowrap;
        background: $title-background;
        color: $title-foreground;
        text-style: $title-style;
    }
    """

    title: reactive[str] = reactive("")
    """The page's name, translated."""
    context: reactive[str] = reactive("")
    """The text at the right: the current database and its engine, unless the page shows something else."""

    def render(self) -> Text:
        """Draw the line; the title is cut if there is too little room."""
        left = f" hctui {glyphs().dot} {self.title}" if self.title else " hctui"
        room = self.size.width - len(self.context) - 3
        if len(left) > room:
            left = left[: max(room - 1, 0)] + glyphs().more
        return Text(left + " " * (self.size.width - len(left) - len(self.context) - 1) + self.context + " ", no_wrap=True)
