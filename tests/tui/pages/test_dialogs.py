"""Every dialog: its help, its focus and its keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hctui.i18n.language import _
from hctui.model import Role, Table
from hctui.tui.dialog import Dialog
from hctui.tui.page import bindings_of
from hctui.tui.screens.checklist.model import Checklist
from hctui.tui.screens.checklist.roles import RolesDialog
from hctui.tui.screens.choose_database import ChooseDatabase
from hctui.tui.screens.confirm import Confirm, MessageDialog, RestorePreviewDialog, TypeNameDialog
from hctui.tui.screens.help import Help
from hctui.tui.screens.password import AskPassword
from hctui.tui.screens.restore.pick_backup import PickBackup
from hctui.tui.screens.server.tables import ChooseRole
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.file_picker import FilePicker
from hctui.tui.widgets.key_bar import keys_of

REASON = "not asked for, and " + "so long that it needs more than one line " * 3
SECTIONS = [("Stays: 1 table", [("usuarios", REASON)]), ("Place", [("", f"where {index}") for index in range(40)])]
DIALOGS: dict[str, Callable[[], Dialog]] = {
    "message": lambda: MessageDialog("", "text"),
    "confirm": lambda: Confirm("title", "text", yes="yes"),
    "preview": lambda: RestorePreviewDialog("title", SECTIONS),
    "name": lambda: TypeNameDialog("title", ["A"], action="go"),
    "password": lambda: AskPassword("text"),
    "database": ChooseDatabase,
    "pick": PickBackup,
    "folder": lambda: FilePicker("title", None, folder=True),
    "role": lambda: ChooseRole(Table("users", Role.USERS)),
    "roles": lambda: RolesDialog(Checklist([])),
}


@pytest.mark.slow
async def test_f1_explains_every_dialog(spoken: str, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        for name, make in DIALOGS.items():
            dialog = make()
            pilot.app.push_screen(dialog)
            await until(pilot, lambda dialog=dialog: pilot.app.screen is dialog and dialog.focused)
            await until(pilot, lambda: f"F1/^G {_('Help')}" in text_of(pilot).splitlines()[-1])
            for binding in bindings_of(dialog):
                keys = [key.strip() for key in binding.key.split(",")]
                if any(key[0] == "f" and key[1:].isdigit() for key in keys):
                    assert len(keys) > 1, f"{keys_of(binding)} of {name} has no other key"
            await pilot.press("f1")
            await until(pilot, lambda: isinstance(pilot.app.screen, Help) and pilot.app.screen.focused)
            assert pilot.app.screen._texts, f"there is no help for {name}"
            await pilot.press("ctrl+g")
            await until(pilot, lambda dialog=dialog: pilot.app.screen is dialog)
            await pilot.press("escape")
            await until(pilot, lambda dialog=dialog: pilot.app.screen is not dialog)


@pytest.mark.parametrize("key", ["enter", "f5", "ctrl+r"])
async def test_the_preview_of_a_restore_scrolls_and_goes_on(key: str, english, opened, until, text_of) -> None:
    answers: list[bool | None] = []
    async with opened("server") as pilot:
        dialog = RestorePreviewDialog("title", SECTIONS)
        pilot.app.push_screen(dialog, answers.append)
        await until(pilot, lambda: pilot.app.screen is dialog and ">[Continue]<" in text_of(pilot))
        lines = text_of(pilot).splitlines()
        first = next(at for at, line in enumerate(lines) if "usuarios" in line)
        column = lines[first].index("not asked")
        assert lines[first + 1][:column].strip(" │") == "" and lines[first + 1][column] != " ", "lines are aligned"
        await pilot.press("pagedown", "down")
        await until(pilot, lambda: "usuarios" not in text_of(pilot))
        assert isinstance(dialog.focused, Action)
        await pilot.press(key)
        await until(pilot, lambda: answers == [True])
