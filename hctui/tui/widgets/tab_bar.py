"""The tabs of a page, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class TabBar(Widget, can_focus=True):
    """` [1 Destination]  2 Options `; Left and Right change the tab, and so do the numbers, except in a field."""

    DEFAULT_CSS = """
    TabBar { height: 2; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("down,enter", "app.focus_next", show=False),
    ]

    active: reactive[int] = reactive(0)
    """Index of the active tab."""

    @dataclass
    class Changed(Message):
        """Another tab is active."""

        tab_bar: TabBar
        active: int

        @property
        def control(self) -> TabBar:
            """Return the bar, for `@on(TabBar.Changed, "#id")`."""
            return self.tab_bar

    def __init__(self, labels: Sequence[str], *, help: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.labels = tuple(labels)
        self.help = help
        """The explanation that F1 shows, translated."""

    def render(self) -> Text:
        """Draw the labels, the active one in brackets, and a rule under them."""
        text = Text(no_wrap=True, overflow="ellipsis")
        for at, label in enumerate(self.labels):
            if at == self.active:
                style = "bold reverse" if self.has_focus else "bold"
                text.append(f"[{at + 1} {label}]", style).append(" ")
            else:
                text.append(f" {at + 1} {label}  ")
        return text.append("\n" + glyphs().rule * self.size.width, "dim")

    def action_step(self, by: int) -> None:
        """Go to the next or the previous tab; after the last comes the first."""
        self.active = (self.active + by) % len(self.labels)

    def watch_active(self, active: int) -> None:
        """Post `Changed`."""
        self.post_message(self.Changed(self, active))

    def on_click(self, event: Click) -> None:
        """Go to the tab that was clicked."""
        start = 0
        for at, label in enumerate(self.labels):
            start += len(label) + 5
            if event.x < start:
                self.active = at
                return
