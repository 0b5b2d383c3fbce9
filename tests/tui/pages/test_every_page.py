"""Every page: the keyboard reaches all fields in reading order, F1 explains each, and all fits 80 columns."""

from __future__ import annotations

import pytest
from textual.widget import Widget

from hctui.tui.menu_entries import ENTRIES
from hctui.tui.page import Page, bindings_of
from hctui.tui.screens.help import Help
from hctui.tui.widgets.key_bar import KeyBar, keys_of

PAGES = list(ENTRIES)


def _reachable(page: Page) -> list[Widget]:
    return [widget for widget in page.focus_chain if widget.region.area]


async def tab_reaches_every_field_in_reading_order(pilot, until) -> None:
    page = pilot.app.screen
    chain = _reachable(page)
    seen: list[Widget] = []
    for _step in range(len(chain)):
        seen.append(page.focused)
        await pilot.press("tab")
    assert page.focused is seen[0], "the focus comes back to the first field"
    assert set(seen) == set(chain), "every field is reached"
    start = seen.index(chain[0])
    places = [(widget.region.y, widget.region.x) for widget in seen[start:] + seen[:start] if widget.region.area]
    assert places == sorted(places)


async def f1_explains_every_field(pilot, until) -> None:
    page = pilot.app.screen
    for widget in _reachable(page):
        widget.focus()
        await pilot.pause()
        texts = list(page.help_texts())
        assert texts, f"there is no help for {widget!r}"
    await pilot.press("f1")
    await until(pilot, lambda: isinstance(pilot.app.screen, Help))
    await pilot.press("f1")
    await until(pilot, lambda: pilot.app.screen is page)


@pytest.mark.parametrize("name", PAGES)
async def test_every_field_is_reached_and_explained(name: str, english: None, opened, until) -> None:
    async with opened(name) as pilot:
        await tab_reaches_every_field_in_reading_order(pilot, until)
        await f1_explains_every_field(pilot, until)
        page = pilot.app.screen
        for binding in bindings_of(page):
            keys = [key.strip() for key in binding.key.split(",")]
            if binding.show and any(key[0] == "f" and key[1:].isdigit() for key in keys):
                assert len(keys) > 1, f"{keys_of(binding)} of {name} has no other key"


async def test_moving_the_focus_makes_no_widgets(english: None, opened) -> None:
    async with opened("backup") as pilot:
        page = pilot.app.screen
        await pilot.press(*["tab"] * 15)
        before = len(pilot.app._registry)
        await pilot.press(*["tab"] * 45)
        assert len(pilot.app._registry) <= before
        assert len(page.query(KeyBar)) == 1


@pytest.mark.parametrize("name", PAGES)
async def test_the_page_is_complete_at_80x24(name: str, spoken: str, opened, text_of, until) -> None:
    async with opened(name) as pilot:
        await pilot.pause()
        page = pilot.app.screen
        for widget in page.walk_children(Widget):
            if widget.region.area and widget.display and not widget.children:
                assert widget.region.right <= 80, f"{widget!r} goes past the edge"
        assert not page.show_horizontal_scrollbar
        await until(pilot, lambda: "F1/^G" in text_of(pilot).splitlines()[-1])
