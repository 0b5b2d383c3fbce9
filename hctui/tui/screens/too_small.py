"""What is shown while the terminal is too small for the pages."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from hctui.i18n.language import _, render
from hctui.messages import N_, message

SMALLEST = (80, 24)
"""Columns and lines that every page is complete in."""


class TooSmall(ModalScreen[None]):
    """Covers everything and goes away by itself when there is room again; what was typed is kept."""

    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; text-align: center; }
    """

    _leaving = False
    """It can be told of the new size more than once before it is gone."""

    def compose(self) -> ComposeResult:
        """Lay out the words."""
        yield Static("", markup=False)

    def on_mount(self) -> None:
        """Say the sizes."""
        self.on_resize()

    def on_screen_resume(self) -> None:
        """Go away if there is room by now."""
        self.on_resize()

    def on_resize(self) -> None:
        """Go away when there is room again; else say what is missing."""
        width, height = self.app.size
        if width >= SMALLEST[0] and height >= SMALLEST[1]:
            if self.app.screen is self and not self._leaving:
                self._leaving = True
                self.dismiss()
            return
        told = render(
            message(
                N_("This window is too small: {width} × {height}. hctui needs {least_width} × {least_height}."),
                width=width,
                height=height,
                least_width=SMALLEST[0],
                least_height=SMALLEST[1],
            )
        )
        self.query_one(Static).update(told + "\n\n" + _("Make it larger to go on. Nothing is lost; jobs go on meanwhile."))
