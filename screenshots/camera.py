"""Runs the application at 80x24 without a terminal, presses keys as a person would, and takes pictures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from picture import save

from hctui.config import Configuration
from hctui.i18n.language import _
from hctui.tui.app import HctuiApp

FOLDER = Path(__file__).parent
PATIENCE = 60.0
"""Seconds until something that should appear is taken not to."""
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
        """What is on the screen."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, there: Callable[[], object]) -> None:
        """Wait until `there()`."""
        deadline = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > deadline:
                raise SystemExit(f"what should be photographed does not appear:\n{self.text}")
            await self.pilot.pause(0.02)

    async def see(self, *texts: str) -> None:
        """Wait until all `texts`, in the language of the screen, are there."""
        await self.until(lambda: all(_(text) in self.text for text in texts))

    async def at(self, kind: type) -> None:
        """Wait until a page of this kind is in front and has the focus somewhere."""
        await self.until(lambda: isinstance(self.app.screen, kind) and self.app.screen.focused)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def shoot(self, name: str) -> None:
        """Save what is on the screen once it has come to rest."""
        before = ""
        while before != self.text:
            before = self.text
            await self.pilot.pause(0.7)
        self.shoot_now(name)

    def shoot_now(self, name: str) -> None:
        """Save what is on the screen at this instant."""
        save(self.app.export_screenshot(title="hctui"), FOLDER, name)
        print(name, flush=True)
