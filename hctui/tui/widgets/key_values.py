"""Labels and values in two columns, and lines that want to be read."""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

Fact = tuple[str, str]
"""A label and its value, both translated and formatted."""


def _grid(facts: tuple[Fact, ...], label_width: int) -> Table:
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_column(width=label_width, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in facts:
        grid.add_row(Text(label), Text(value, "bold"))
    return grid


class Facts(Widget):
    """`Estimated size   412.6 MB`, one fact a line, values under one another."""

    DEFAULT_CSS = """
    Facts { height: auto; width: 1fr; padding: 0 1; }
    """

    facts: reactive[tuple[Fact, ...]] = reactive((), layout=True)
    """What is shown; a fact with an empty value is left out."""

    def __init__(self, facts: tuple[Fact, ...] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(Facts.facts, facts)

    def render(self) -> RenderableType:
        """Draw the facts."""
        shown = tuple(fact for fact in self.facts if fact[1])
        return _grid(shown, max((cell_len(label) for label, _value in shown), default=0))


class Notice(Widget):
    """`! A warning in words.`, wrapped under its first letter; takes no room while it has nothing to say."""

    DEFAULT_CSS = """
    Notice { height: auto; width: 1fr; padding: 0 1; color: $warning; display: none; }
    """

    text: reactive[str] = reactive("", layout=True)
    """One warning a line, translated."""

    def __init__(self, text: str = "", *, sign: str = "!", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.sign = sign
        """What each warning starts with."""
        self.text = text

    def watch_text(self, text: str) -> None:
        """Appear or disappear."""
        self.display = bool(text)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines the text needs at this width."""
        return sum(len(self._wrapped(line, width)) for line in self.text.splitlines())

    def _wrapped(self, line: str, width: int) -> list[Text]:
        room = max(width - len(self.sign) - 1, 10)
        return list(Text(line).wrap(self.app.console, room))

    def render(self) -> Text:
        """Draw the warnings."""
        lines: list[Text] = []
        for line in self.text.splitlines():
            first, *others = self._wrapped(line, self.size.width)
            lines.append(Text().append(f"{self.sign} ", "bold").append_text(first))
            lines.extend(Text(" " * (len(self.sign) + 1)).append_text(other) for other in others)
        return Text("\n").join(lines)
