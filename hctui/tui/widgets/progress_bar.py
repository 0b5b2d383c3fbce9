"""A progress bar."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class ProgressBar(Widget):
    """` ████████░░░░░░░░   42%`; it is drawn again only when a cell or the number changes."""

    DEFAULT_CSS = """
    ProgressBar { height: 1; width: 1fr; padding: 0 1; color: $primary; }
    ProgressBar > .progress-bar--empty { color: $line; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"progress-bar--empty"}

    share: reactive[float] = reactive(0.0, repaint=False)
    """The part that is done, between 0 and 1."""
    shown: reactive[tuple[int, int]] = reactive((0, 0))
    """Full cells and percent, as they are drawn."""

    def watch_share(self, share: float) -> None:
        """Draw the bar again if it looks different."""
        share = min(max(share, 0.0), 1.0)
        self.shown = (int(share * self._cells()), int(share * 100))

    def on_resize(self) -> None:
        """Draw the bar at the new width."""
        self.watch_share(self.share)

    def _cells(self) -> int:
        return max(self.size.width - 6, 1)

    def render(self) -> Text:
        """Draw the cells and the percentage."""
        full, percent = self.shown
        line = Text(glyphs().full * full, no_wrap=True)
        line.append(glyphs().empty * (self._cells() - full), self.get_component_rich_style("progress-bar--empty", partial=True))
        return line.append(f"{percent:5d}%")
