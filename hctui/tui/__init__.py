"""The screens."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hctui.config import Configuration

_TEXTUAL = {"TEXTUAL_DISABLE_KITTY_KEY": "1", "TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "ESCDELAY": "500"}
"""Read by Textual when it is imported (DESIGN.md 10)."""


def run(configuration: Configuration) -> int:
    """Show the screens until the person leaves; return the exit code. Raises what is a fault of hctui itself."""
    for name, value in _TEXTUAL.items():
        os.environ.setdefault(name, value)
    from hctui.tui.app import HctuiApp
    from hctui.tui.terminal.driver import leave

    app = HctuiApp(configuration)
    app.run(mouse=bool(os.environ.get("HCTUI_MOUSE")))
    code = leave(app.return_code or 0)
    if app.fault is not None:
        raise app.fault
    return code
