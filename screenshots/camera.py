"""A camera: runs the application at 80x24 without a terminal, presses keys and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from picture import save

from hctui.config import Configuration
from hctui.i18n.language import _
from hctui.tui.app import HctuiApp

FOLDER = Path(__file__).parent
TIMEOUT = 60.0
"""Seconds until a wait fails."""
SIZE = (80, 24)


class Camera:
    """One run of the application."""

    def __init__(self, configuration: Path) -> None:
        self.app = HctuiApp(Configuration.load(configuration))

    async def run(self, *scenes: Callable[[Camera], Awaitable[None]]) -> None:
        """Play scenes one after the other."""
        async with self.app.run_test(size=SIZE) as self.pilot:
            await self.until(lambda: self.app.screen.focused)
            for scene in scenes:
                await scene(self)

    @property
    def text(self) -> str:
        """The text on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition()` is true."""
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            if time.monotonic() > deadline:
                raise SystemExit(f"the scene does not appear:\n{self.text}")
            await self.pilot.pause(0.02)

    async def see(self, *texts: str) -> None:
        """Wait until all `texts`, translated, are on the screen."""
        await self.until(lambda: all(_(text) in self.text for text in texts))

    async def at(self, kind: type) -> None:
        """Wait until a page of this class is on top and a widget has the focus."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.focused)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def shoot(self, name: str) -> None:
        """Save the screen when it is drawn and does not change any more."""
        before = ""
        while before != self.text or not before.strip():
            before = self.text
            await self.pilot.pause(0.7)
        self.shoot_now(name)

    def shoot_now(self, name: str) -> None:
        """Save the screen at once."""
        save(self.app.export_screenshot(title="hctui"), FOLDER, name)
        print(name, flush=True)
