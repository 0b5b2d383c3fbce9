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
    place: reactive[str] = reactive("")
    """What the page is about, at the right: the current database and its engine."""

    def render(self) -> Text:
        """Draw the line, the title cut where both do not fit."""
        left = f" hctui {glyphs().dot} {self.title}" if self.title else " hctui"
        room = self.size.width - len(self.place) - 3
        if len(left) > room:
            left = left[: max(room - 1, 0)] + glyphs().more
        return Text(left + " " * (self.size.width - len(left) - len(self.place) - 1) + self.place + " ", no_wrap=True)
