"""Fixtures for the application on a small demo, at 80x24."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual import _wait
from textual._context import active_app
from textual._wait import wait_for_idle
from textual.css.query import NoMatches
from textual.pilot import Pilot
from waiting import PATIENCE

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.i18n import language
from hctui.tui.app import HctuiApp

Until = Callable[[Pilot[int], Callable[[], object]], Awaitable[None]]
Opened = Callable[..., AbstractAsyncContextManager[Pilot[int]]]


@pytest.fixture(autouse=True)
def fast_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pilot wait until keys are handled and 10 ms are idle; Textual's waits three times for 20 idle ms."""

    async def wait_for_keys(min_sleep: float = 0, max_sleep: float = 1) -> None:
        app, end = active_app.get(), time.monotonic() + PATIENCE
        while isinstance(app, HctuiApp) and app.key_queue.busy and time.monotonic() < end:
            await asyncio.sleep(0.001)
        await wait_for_idle(0, max_sleep)

    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 1 / 100)
    monkeypatch.setattr("textual.app.wait_for_idle", wait_for_keys)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait_for_keys)


@pytest.fixture
def demo(demo_copy: DemoServer, monkeypatch: pytest.MonkeyPatch) -> DemoServer:
    """Give the test its own demo, whose configuration and state jobs use too."""
    monkeypatch.setenv("HCTUI_CONFIG", str(demo_copy.configuration_path))
    monkeypatch.setenv("HCTUI_STATE", str(demo_copy.state))
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return demo_copy


@pytest.fixture(params=["en", pytest.param("pt_BR", marks=pytest.mark.slow)])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the test once in each language."""
    language.activate(str(request.param))
    yield str(request.param)
    language.activate("en")


@pytest.fixture
def english() -> None:
    """Activate English."""
    language.activate("en")


@pytest.fixture
def opened(demo: DemoServer) -> Opened:
    """Give `async with opened("backup") as pilot`: the application with a page open."""

    @asynccontextmanager
    async def open_page(name: str, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[int]]:
        app = HctuiApp(Configuration.load(demo.configuration_path))
        async with app.run_test(size=size) as pilot:
            await _until(pilot, lambda: app.screen.focused)
            app.open_page(name)
            await _until(pilot, lambda: len(app.screen_stack) > 1 and app.screen.focused)
            await _until(pilot, lambda: all(worker.is_finished for worker in app.workers))
            await pilot.pause()
            yield pilot

    return open_page


def _is_true(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except NoMatches:
        return False


@pytest.fixture
def until() -> Until:
    """Give `await until(pilot, condition)`."""
    return _until


async def _until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    """Wait until `condition()` is true; a widget that it queries may not exist yet."""
    end = time.monotonic() + PATIENCE
    while not _is_true(condition):
        if time.monotonic() > end:
            shown = "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())
            raise AssertionError(f"the condition did not become true:\n{shown}")
        await asyncio.sleep(0.02)
        await pilot.pause()


@pytest.fixture
def text_of() -> Callable[[Pilot[int]], str]:
    """Give `text_of(pilot)`: the text on the screen."""

    def read(pilot: Pilot[int]) -> str:
        screen = pilot.app.screen
        width, height = screen.size
        strips = screen._compositor.render_strips()
        assert all(strip.cell_length <= width for strip in strips[:height])
        return "\n".join(strip.text.rstrip() for strip in strips)

    return read
