"""A line of text that changes often."""

from __future__ import annotations

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget


class Line(Widget):
    """A line of text, cut at the right edge; its height never changes."""

    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    text: reactive[str] = reactive("")

    def render(self) -> Text:
        """Draw the text."""
        return Text(self.text)
