"""The checklist page, with as many tables as a large database has."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from statistics import median

import pytest

from hctui.i18n import language
from hctui.model import Role, Table
from hctui.tui.screens.checklist.model import Checklist, TableChoice
from hctui.tui.screens.checklist.roles import RolesDialog
from hctui.tui.screens.checklist.screen import ChecklistPage

MOMENT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)


def many(count: int) -> Checklist:
    roles = list(Role)

    def choice(at: int) -> TableChoice:
        stored = Table(f"table_{at:05}", roles[at % 5], at * 13, at * 1700, modified=MOMENT, left_out=at % 50 == 9)
        now = None if at % 70 == 8 else Table(stored.name, stored.role, at * 13 + at % 3, at * 1700)
        return TableChoice(stored, now, not stored.left_out)

    return Checklist([choice(at) for at in range(count)])


async def test_keys_answer_at_once_with_5000_tables(english, opened, until, text_of) -> None:
    checklist = many(5000)
    async with opened("server") as pilot:
        pilot.app.push_screen(ChecklistPage(checklist))
        await until(pilot, lambda: isinstance(pilot.app.screen, ChecklistPage) and "table_00000" in text_of(pilot))
        durations = {}
        for keys in (["down"] * 5, ["space"] * 5, ["pagedown"] * 5, ["a", "n", "i"], ["slash", *"table 49", "escape"]):
            times = []
            for key in keys:
                started = time.process_time()
                await pilot.press(key)
                times.append(time.process_time() - started)
            durations[keys[0]] = median(times)
        assert {key: seconds for key, seconds in durations.items() if seconds > 1} == {}, "5 ms of a processor are usual"
        assert len(pilot.app.screen.query("*")) < 30, "rows are not widgets"


async def test_one_sign_marks_the_widget_with_the_focus(english, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        pilot.app.push_screen(ChecklistPage(many(200)))
        await until(pilot, lambda: "\n>[ ] table_00000" in text_of(pilot))
        await pilot.press("slash")
        await until(pilot, lambda: ">Filter [" in text_of(pilot) and "\n [ ] table_00000" in text_of(pilot))


async def test_filter_and_commands_do_not_clash(spoken, opened, until, text_of) -> None:
    checklist = many(200)
    async with opened("server") as pilot:
        page = ChecklistPage(checklist)
        pilot.app.push_screen(page)
        await until(pilot, lambda: pilot.app.screen is page and page.tables.has_focus)
        await pilot.press("slash", *"anip")
        assert page.filter.value == "anip" and checklist.ticked_count == 0
        await pilot.press("ctrl+u", *"0000", "enter")
        assert page.tables.has_focus and len(checklist.shown) == 10
        await pilot.press("a")
        assert checklist.ticked_count == 9, "the table that was left out can't be ticked"
        await pilot.press("home", "up")
        assert page.filter.has_focus
        await pilot.press("ctrl+u", "down", "n", "end", "space")
        assert checklist.ticked == ("table_00199",)
        shown = text_of(pilot)
        assert "[x] table_00199" in shown and " -  table_00159" not in shown
        assert language.render(total(1, 200, 199 * 1700)) in shown
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not page)


def total(ticked: int, known: int, size: int):
    from hctui.messages import message

    return message("{ticked} of {known} · {ticked_bytes}", ticked=ticked, known=known, ticked_bytes=size)


async def test_a_table_can_be_read_without_colour(english, opened, until, text_of) -> None:
    async with opened("server", size=(120, 40)) as pilot:
        page = ChecklistPage(many(200))
        pilot.app.push_screen(page)
        await until(pilot, lambda: pilot.app.screen is page and "table_00009" in text_of(pilot))
        lines = {line.split("table_")[1][:5]: line for line in text_of(pilot).splitlines() if "table_" in line[:30]}
        assert "left out" in lines["00009"] and "[ ]" not in lines["00009"]
        assert "missing" in lines["00008"]
        assert "+1" in lines["00001"] and " = " in lines["00003"]


@pytest.mark.parametrize("keys", [("space",), ("down", "space", "up", "space")])
async def test_roles_are_ticked_in_a_dialog(english, opened, until, text_of, keys) -> None:
    checklist = many(200)
    async with opened("server") as pilot:
        page = ChecklistPage(checklist)
        pilot.app.push_screen(page)
        await until(pilot, lambda: pilot.app.screen is page and page.tables.has_focus)
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, RolesDialog) and "images" in text_of(pilot))
        await pilot.press(*keys)
        await until(pilot, lambda: f"{checklist.roles()[Role.DATA][0]} of 40" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is page)
        expected = 40 if len(keys) == 1 else 80
        assert checklist.ticked_count == expected
