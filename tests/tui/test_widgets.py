"""The shared widgets: what keys do to them, and that they can be read without colour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from hctui.i18n import language
from hctui.tui import themes
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.checkbox import Tick
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_values import Facts, Notice
from hctui.tui.widgets.menu_list import Entries, Entry
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.path_field import PathField
from hctui.tui.widgets.progress_bar import Bar
from hctui.tui.widgets.radio_group import Alternative, Choice


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


class Shown(App[None]):
    """One widget, or several, on an empty page; a callable makes one once there is an application."""

    AUTO_FOCUS = None

    def __init__(self, *widgets: Any) -> None:
        super().__init__()
        self._shown = widgets
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        self.posted: list[Any] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.DEFAULTS

    def compose(self) -> ComposeResult:
        for each in self._shown:
            yield each() if callable(each) else each

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def on_tick_changed(self, event: Tick.Changed) -> None:
        self.posted.append(event.value)

    def on_choice_changed(self, event: Choice.Changed) -> None:  # type: ignore[type-arg]
        self.posted.append(event.value)

    def on_action_pressed(self, event: Action.Pressed) -> None:
        self.posted.append(event.action.id)

    def on_entries_chosen(self, event: Entries.Chosen) -> None:
        self.posted.append(event.name)


async def test_a_tick_can_be_read_without_colour() -> None:
    app = Shown(Tick("Include images", note="saves 4 GB"))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab")
        assert app.text.splitlines()[0].startswith(">[ ] Include images")
        assert app.text.splitlines()[0].endswith("saves 4 GB")
        await pilot.press("space")
        assert ">[x] Include images" in app.text
        await pilot.press("enter")
        assert ">[ ] Include images" in app.text
        assert app.posted[-2:] == [True, False]


def _choice() -> Choice[int]:
    return Choice([Alternative(1, "one", "the first"), Alternative(2, "two"), Alternative(3, "three")], 1)


async def test_moving_through_a_choice_changes_nothing() -> None:
    choice = _choice()
    app = Shown(Tick("before"), choice, Tick("after"))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.press("tab", "tab")
        assert app.focused is choice
        await pilot.press("down", "down", "down")
        assert choice.value == 1
        assert app.focused is not choice, "past its end the focus moves on"
        await pilot.press("shift+tab", "down", "space")
        assert choice.value == 2
        assert " ( ) one" in app.text
        assert ">(•) two" in app.text
        await pilot.press("right")
        assert choice.value == 3
        await pilot.press("left", "left", "left")
        assert choice.value == 1


async def test_explanations_go_under_where_there_is_no_room_beside() -> None:
    wide = Shown(Choice([Alternative(1, "one", "x" * 30)], 1))
    async with wide.run_test(size=(60, 5)):
        assert f"one   {'x' * 30}" in wide.text
    narrow = Shown(Choice([Alternative(1, "one", "x" * 30)], 1))
    async with narrow.run_test(size=(38, 5)):
        assert narrow.text.splitlines()[1].strip() == "x" * 30


async def test_typing_faster_than_messages_settles_on_what_was_typed() -> None:
    field = Field("Name")
    app = Shown(field)
    async with app.run_test(size=(60, 5)) as pilot:
        entry = app.query_one(Input)
        for text in ("a", "ab", "abc", "ab", "abcd"):
            entry.value = text
        await pilot.pause()
        await pilot.pause()
        assert (field.value, entry.value) == ("abcd", "abcd")


async def test_a_field_marks_its_label_and_says_what_is_wrong() -> None:
    app = Shown(lambda: Field("Name", "old", help="about it"))
    async with app.run_test(size=(60, 6)) as pilot:
        field = app.query_one(Field)
        field.focus()
        await pilot.pause()
        assert app.text.splitlines()[0] == ">Name"
        assert app.text.splitlines()[1].startswith(" [old")
        field.error = "No such name."
        await pilot.pause()
        assert "! No such name." in app.text
        field.error = ""
        field.value = "new"
        await pilot.pause()
        assert "!" not in app.text
        assert "[new" in app.text


async def test_a_password_is_never_shown() -> None:
    field = PasswordField("Password")
    app = Shown(field)
    async with app.run_test(size=(60, 5)) as pilot:
        field.focus()
        await pilot.press(*"segredo")
        assert field.value == "segredo"
        assert "segredo" not in app.text
        assert "segredo" not in repr(field)
        assert field.take() == "segredo"
        assert field.value == ""


async def test_a_path_is_completed_from_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backup.txt").touch()
    field = PathField("Folder", folder=True)
    app = Shown(field)
    async with app.run_test(size=(100, 5)) as pilot:
        field.focus()
        field.value = f"{tmp_path}/bac"
        await _until(pilot, lambda: app.query_one(Input)._suggestion)
        await pilot.press("end", "right")
        assert field.path == tmp_path / "backups"


async def test_actions_by_keys() -> None:
    app = Shown(Actions(Action("Start", id="start"), Action("Return", id="return")))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab")
        assert ">[Start]<" in app.text
        assert "[ Return ]" in app.text
        await pilot.press("enter", "right", "space")
        assert app.posted == ["start", "return"]


async def test_entries_by_key_and_by_cursor() -> None:
    app = Shown(Entries([Entry("first", "1", "First"), Entry("second", "2", "Second")]))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab", "down", "enter", "1")
        assert app.posted == ["second", "first"]


async def test_wide_signs_in_an_entry_leave_its_end_whole() -> None:
    app = Shown(Entries([Entry("one", "1", "LOJA", "/srv/café 😀/dados 😀.db")]))
    async with app.run_test(size=(60, 5)) as pilot:
        app.query_one(Entries).focus()
        await pilot.pause()
        assert app.text.splitlines()[0].rstrip().endswith("dados 😀.db")


async def test_a_bar_tells_in_cells_and_numbers() -> None:
    bar = Bar()
    app = Shown(bar)
    async with app.run_test(size=(58, 3)) as pilot:
        bar.share = 0.5
        await pilot.pause()
        assert app.text.splitlines()[0].strip() == "█" * 25 + "░" * 25 + "   50%"
        bar.share = 7.0
        await pilot.pause()
        assert "100%" in app.text


async def test_facts_are_aligned_and_empty_ones_left_out() -> None:
    app = Shown(Facts((("Size", "1 MB"), ("Nothing", ""), ("Free space", "2 GB"))), Notice("One.\nTwo."), Notice(""))
    async with app.run_test(size=(60, 8)):
        assert app.text.splitlines()[:4] == [" Size         1 MB", " Free space   2 GB", " ! One.", " ! Two."]


async def _until(pilot: Any, there: Callable[[], object]) -> None:
    for _attempt in range(200):
        if there():
            return
        await pilot.pause(0.02)
    raise AssertionError("it does not happen")
