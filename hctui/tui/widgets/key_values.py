"""Labels and values in two columns, and notices."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

KeyValue = tuple[str, str]
"""A label and its value, both translated and formatted."""


def _grid(pairs: tuple[KeyValue, ...], label_width: int) -> Table:
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_column(width=label_width, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in pairs:
        grid.add_row(Text(label), Text(value, "bold"))
    return grid


class KeyValues(Widget):
    """`Estimated size   412.6 MB`: one pair a line, the values aligned."""

    DEFAULT_CSS = """
    KeyValues { height: auto; width: 1fr; padding: 0 1; }
    """

    pairs: reactive[tuple[KeyValue, ...]] = reactive((), layout=True)
    """The pairs; those with an empty value are not shown."""

    def __init__(self, pairs: tuple[KeyValue, ...] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(KeyValues.pairs, pairs)

    def render(self) -> RenderableType:
        """Draw the pairs."""
        shown = tuple(pair for pair in self.pairs if pair[1])
        return _grid(shown, max((cell_len(label) for label, _value in shown), default=0))


class Notice(Widget):
    """`! A warning in words.`, its further lines indented; takes no room while it is empty."""

    DEFAULT_CSS = """
    Notice { height: auto; width: 1fr; padding: 0 1; color: $warning; display: none; }
    """

    text: reactive[str] = reactive("", layout=True)
    """One notice a line, translated."""

    def __init__(self, text: str = "", *, sign: str = "!", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.sign = sign
        """The sign before each line."""
        self.text = text

    def watch_text(self, text: str) -> None:
        """Appear, or disappear if the text is empty."""
        self.display = bool(text)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines that the text needs at this width."""
        return sum(len(self._wrapped(line, width)) for line in self.text.splitlines())

    def _wrapped(self, line: str, width: int) -> list[Text]:
        room = max(width - len(self.sign) - 1, 10)
        return list(Text(line).wrap(self.app.console, room))

    def render(self) -> Text:
        """Draw the notices."""
        lines: list[Text] = []
        for line in self.text.splitlines():
            first, *others = self._wrapped(line, self.size.width)
            lines.append(Text().append(f"{self.sign} ", "bold").append_text(first))
            lines.extend(Text(" " * (len(self.sign) + 1)).append_text(other) for other in others)
        return Text("\n").join(lines)
