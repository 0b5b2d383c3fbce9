"""How far a job is, drawn in cells."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class Bar(Widget):
    """` ████████░░░░░░░░   42%`; repainted only when a cell or the number changes."""

    DEFAULT_CSS = """
    Bar { height: 1; width: 1fr; padding: 0 1; color: $primary; }
    Bar > .bar--empty { color: $line; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--empty"}

    share: reactive[float] = reactive(0.0, repaint=False)
    """Between 0 and 1."""
    shown: reactive[tuple[int, int]] = reactive((0, 0))
    """Full cells and percent: what the eye can tell apart."""

    def watch_share(self, share: float) -> None:
        """Repaint if it would look different."""
        share = min(max(share, 0.0), 1.0)
        self.shown = (int(share * self._cells()), int(share * 100))

    def on_resize(self) -> None:
        """Draw at the new width."""
        self.watch_share(self.share)

    def _cells(self) -> int:
        return max(self.size.width - 6, 1)

    def render(self) -> Text:
        """Draw the cells and the percentage."""
        full, percent = self.shown
        line = Text(glyphs().full * full, no_wrap=True)
        line.append(glyphs().empty * (self._cells() - full), self.get_component_rich_style("bar--empty", partial=True))
        return line.append(f"{percent:5d}%")
