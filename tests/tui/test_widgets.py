"""The shared widgets: their keys, and how they are drawn without colour."""

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
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_values import KeyValues, Notice
from hctui.tui.widgets.menu_list import MenuItem, MenuList
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.path_field import PathField
from hctui.tui.widgets.progress_bar import ProgressBar
from hctui.tui.widgets.radio_group import Alternative, RadioGroup


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


class WidgetApp(App[None]):
    """An application that shows widgets; a callable is called to make one when the application runs."""

    AUTO_FOCUS = None

    def __init__(self, *widgets: Any) -> None:
        super().__init__()
        self._widgets = widgets
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        self.posted: list[Any] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.DEFAULTS

    def compose(self) -> ComposeResult:
        for each in self._widgets:
            yield each() if callable(each) else each

    @property
    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        self.posted.append(event.value)

    def on_radio_group_changed(self, event: RadioGroup.Changed) -> None:
        self.posted.append(event.value)

    def on_action_pressed(self, event: Action.Pressed) -> None:
        self.posted.append(event.action.id)

    def on_menu_list_chosen(self, event: MenuList.Chosen) -> None:
        self.posted.append(event.name)


async def test_a_checkbox_can_be_read_without_colour() -> None:
    app = WidgetApp(Checkbox("Include images", note="saves 4 GB"))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab")
        assert app.text.splitlines()[0].startswith(">[ ] Include images")
        assert app.text.splitlines()[0].endswith("saves 4 GB")
        await pilot.press("space")
        assert ">[x] Include images" in app.text
        await pilot.press("enter")
        assert ">[ ] Include images" in app.text
        assert app.posted[-2:] == [True, False]


def _radio_group() -> RadioGroup:
    return RadioGroup([Alternative(1, "one", "the first"), Alternative(2, "two"), Alternative(3, "three")], 1)


async def test_moving_through_a_radio_group_changes_nothing() -> None:
    group = _radio_group()
    app = WidgetApp(Checkbox("before"), group, Checkbox("after"))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.press("tab", "tab")
        assert app.focused is group
        await pilot.press("down", "down", "down")
        assert group.value == 1
        assert app.focused is not group, "past the last alternative the focus moves on"
        await pilot.press("shift+tab", "down", "space")
        assert group.value == 2
        assert " ( ) one" in app.text
        assert ">(•) two" in app.text
        await pilot.press("right")
        assert group.value == 3
        await pilot.press("left", "left", "left")
        assert group.value == 1


async def test_explanations_are_under_the_labels_in_a_narrow_group() -> None:
    wide = WidgetApp(RadioGroup([Alternative(1, "one", "x" * 30)], 1))
    async with wide.run_test(size=(60, 5)):
        assert f"one   {'x' * 30}" in wide.text
    narrow = WidgetApp(RadioGroup([Alternative(1, "one", "x" * 30)], 1))
    async with narrow.run_test(size=(38, 5)):
        assert narrow.text.splitlines()[1].strip() == "x" * 30


async def test_a_field_has_the_last_text_after_fast_typing() -> None:
    field = Field("Name")
    app = WidgetApp(field)
    async with app.run_test(size=(60, 5)) as pilot:
        line = app.query_one(Input)
        for text in ("a", "ab", "abc", "ab", "abcd"):
            line.value = text
        await pilot.pause()
        await pilot.pause()
        assert (field.value, line.value) == ("abcd", "abcd")


async def test_a_field_marks_its_label_and_shows_its_error() -> None:
    app = WidgetApp(lambda: Field("Name", "old", help="about it"))
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
    app = WidgetApp(field)
    async with app.run_test(size=(60, 5)) as pilot:
        field.focus()
        await pilot.press(*"segredo")
        assert field.value == "segredo"
        assert "segredo" not in app.text
        assert "segredo" not in repr(field)
        assert field.read_and_clear() == "segredo"
        assert field.value == ""


async def test_a_path_is_completed_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backup.txt").touch()
    field = PathField("Folder", folder=True)
    app = WidgetApp(field)
    async with app.run_test(size=(100, 5)) as pilot:
        field.focus()
        field.value = f"{tmp_path}/bac"
        await _until(pilot, lambda: app.query_one(Input)._suggestion)
        await pilot.press("end", "right")
        assert field.path == tmp_path / "backups"


async def test_actions_are_pressed_with_keys() -> None:
    app = WidgetApp(Actions(Action("Start", id="start"), Action("Return", id="return")))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab")
        assert ">[Start]<" in app.text
        assert "[ Return ]" in app.text
        await pilot.press("enter", "right", "space")
        assert app.posted == ["start", "return"]


async def test_items_are_chosen_by_key_and_by_cursor() -> None:
    app = WidgetApp(MenuList([MenuItem("first", "1", "First"), MenuItem("second", "2", "Second")]))
    async with app.run_test(size=(60, 5)) as pilot:
        await pilot.press("tab", "down", "enter", "1")
        assert app.posted == ["second", "first"]


async def test_wide_characters_in_an_item_do_not_cut_its_end() -> None:
    app = WidgetApp(MenuList([MenuItem("one", "1", "LOJA", "/srv/café 😀/dados 😀.db")]))
    async with app.run_test(size=(60, 5)) as pilot:
        app.query_one(MenuList).focus()
        await pilot.pause()
        assert app.text.splitlines()[0].rstrip().endswith("dados 😀.db")


async def test_a_progress_bar_has_cells_and_a_number() -> None:
    bar = ProgressBar()
    app = WidgetApp(bar)
    async with app.run_test(size=(58, 3)) as pilot:
        bar.share = 0.5
        await pilot.pause()
        assert app.text.splitlines()[0].strip() == "█" * 25 + "░" * 25 + "   50%"
        bar.share = 7.0
        await pilot.pause()
        assert "100%" in app.text


async def test_values_are_aligned_and_empty_ones_are_left_out() -> None:
    app = WidgetApp(KeyValues((("Size", "1 MB"), ("Nothing", ""), ("Free space", "2 GB"))), Notice("One.\nTwo."), Notice(""))
    async with app.run_test(size=(60, 8)):
        assert app.text.splitlines()[:4] == [" Size         1 MB", " Free space   2 GB", " ! One.", " ! Two."]


async def _until(pilot: Any, condition: Callable[[], object]) -> None:
    for _attempt in range(200):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("the condition did not become true")
