"""The screens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hctui.config import Configuration

_TEXTUAL_SETTINGS = {
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "ESCDELAY": "500",
}
"""Environment variables that Textual reads when it is imported (DESIGN.md 10)."""


def run(configuration: Configuration) -> int:
    """Show the screens until the person leaves; return the exit code. Raises an error of hctui itself again."""
    for name, value in _TEXTUAL_SETTINGS.items():
        os.environ.setdefault(name, value)
    from hctui.tui.app import HctuiApp
    from hctui.tui.terminal.driver import flush_streams

    app = HctuiApp(configuration)
    app.run(mouse=bool(os.environ.get("HCTUI_MOUSE")))
    code = flush_streams(app.return_code or 0)
    if app.fault is not None:
        raise app.fault
    return code
