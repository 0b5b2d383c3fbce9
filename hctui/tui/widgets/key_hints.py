"""The keys of a list in a line of the page: the key bar has no room for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.binding import Binding
from textual.widget import Widget

from hctui.i18n.language import _
from hctui.tui.widgets.key_bar import keys_of


class KeyHints(Widget):
    """`a Add  e Edit  t Test`, drawn from bindings."""

    DEFAULT_CSS = """
    KeyHints { height: 1; width: 1fr; padding: 0 1; color: $muted; }
    """

    def __init__(self, bindings: Sequence[Binding], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown = tuple(bindings)

    def render(self) -> Text:
        """Draw the keys and their descriptions."""
        line = Text(no_wrap=True, overflow="ellipsis")
        for each in self._shown:
            line.append(keys_of(each), "bold").append(f" {_(each.description)}  ")
        return line
