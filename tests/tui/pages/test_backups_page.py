"""The list of existing backups, and the details of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.model import Encryption
from hctui.operations import backup, summary
from hctui.plans import BackupPlan
from hctui.tui.screens.backups.details import DetailsPage
from hctui.tui.screens.confirm import Confirm
from hctui.tui.screens.password import AskPassword
from hctui.tui.screens.restore.screen import RestorePage
from hctui.tui.screens.result import ResultPage
from hctui.tui.widgets.password_field import PasswordField


@pytest.fixture
async def backups(demo: DemoServer) -> Callable:
    """Give `await backups(name, password)`, which makes a backup."""

    async def make(name: str, password: str | None = None) -> Path:
        encryption = Encryption.AES128 if password else None
        plan = BackupPlan(("PAO_DE_OURO", "MOVEIS_DA_SERRA"), demo.backups, name, encryption=encryption)
        async for _event in backup(plan, Configuration.load(demo.configuration_path), password):
            pass
        return demo.backups / name

    return make


async def test_backups_are_listed_verified_opened_and_deleted(demo, spoken, opened, until, text_of, backups) -> None:
    file = await backups("two.bkb")
    (demo.backups / "bad.bkb").write_bytes(b"no zip")
    async with opened("backups") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: page.backups.row_count() == 2)
        page.backups.cursor = next(at for at, each in enumerate(page.backups.backups) if each.file == file)
        await until(pilot, lambda: "two.bkb" in text_of(pilot))
        await until(pilot, lambda: "PAO_DE_OURO" in text_of(pilot) and "! bad.bkb" in text_of(pilot))
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
        assert summary(file).verified is not None
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ResultPage))
        pilot.app.home()
        pilot.app.open_page("backups")
        await until(pilot, lambda: getattr(pilot.app.screen, "backups", None) and pilot.app.screen.backups.row_count() == 2)
        page = pilot.app.screen
        page.backups.cursor = next(at for at, each in enumerate(page.backups.backups) if each.file == file)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailsPage) and pilot.app.screen.stored.row_count() > 20)
        await until(pilot, lambda: "PAO_DE_OURO/auditoria" in text_of(pilot) and "█" in text_of(pilot))
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailsPage))
        assert file.exists(), "the answer that changes nothing has the focus"
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("right", "enter")
        await until(pilot, lambda: pilot.app.screen is page)
        assert not file.exists()
        await until(pilot, lambda: page.backups.row_count() == 1)


async def test_an_encrypted_backup_asks_for_its_password(demo, english, opened, until, text_of, backups) -> None:
    await backups("secret.bkb", "abre-te")
    async with opened("backups") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: page.backups.row_count() == 1)
        await until(pilot, lambda: "AES-128" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskPassword))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailsPage) and "AES-128" in text_of(pilot))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskPassword))
        await pilot.press("x", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskPassword) and "does not open" in text_of(pilot))
        pilot.app.screen.query_one(PasswordField).value = "abre-te"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DetailsPage) and pilot.app.screen.stored.row_count() > 20)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestorePage) and pilot.app.screen.source.contents)
        assert pilot.app.screen.source.file.path == demo.backups / "secret.bkb"
        await until(pilot, lambda: pilot.app.screen.focused is pilot.app.screen.source.password_field.input)


async def test_the_reason_of_an_empty_list_is_shown(demo, english, opened, until, text_of) -> None:
    async with opened("backups") as pilot:
        await until(pilot, lambda: "There are no backups in" in text_of(pilot))
        pilot.app.screen.folder = demo.folder / "gone"
        await pilot.press("f5")
        await until(pilot, lambda: "There is no file or folder" in text_of(pilot))
        pilot.app.screen.folder = None
        await pilot.press("f5")
        await until(pilot, lambda: "No default folder yet" in text_of(pilot))
