"""The page that is shown while the terminal is too small for the others."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from hctui.i18n.language import _, render
from hctui.messages import N_, message

SMALLEST = (80, 24)
"""Columns and lines in which every page is complete."""


class TooSmall(ModalScreen[None]):
    """Covers all other pages, which keep their state, and closes itself when there is room again."""

    DEFAULT_CSS = """
    TooSmall { align: center middle; background: $background; }
    TooSmall Static { width: auto; max-width: 100%; height: auto; text-align: center; }
    """

    _dismissed = False
    """Whether it was dismissed: the new size can be announced more than once before it is removed."""

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static("", markup=False)

    def on_mount(self) -> None:
        """Show the sizes."""
        self.on_resize()

    def on_screen_resume(self) -> None:
        """Close if there is room by now."""
        self.on_resize()

    def on_resize(self) -> None:
        """Close if there is room again, else show both sizes."""
        width, height = self.app.size
        if width >= SMALLEST[0] and height >= SMALLEST[1]:
            if self.app.screen is self and not self._dismissed:
                self._dismissed = True
                self.dismiss()
            return
        text = render(
            message(
                N_("This window is too small: {width} × {height}. hctui needs {least_width} × {least_height}."),
                width=width,
                height=height,
                least_width=SMALLEST[0],
                least_height=SMALLEST[1],
            )
        )
        self.query_one(Static).update(text + "\n\n" + _("Make it larger to go on. Nothing is lost; jobs go on meanwhile."))
