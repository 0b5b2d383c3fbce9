"""The restore page."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.i18n import language
from hctui.model import Encryption
from hctui.operations import backup
from hctui.plans import BackupPlan
from hctui.tui.screens.checklist.screen import ChecklistPage
from hctui.tui.screens.confirm import RestorePreviewDialog, TypeNameDialog
from hctui.tui.screens.progress import ProgressPage
from hctui.tui.screens.restore.pick_backup import PickBackup
from hctui.tui.screens.restore.screen import RestorePage
from hctui.tui.screens.result import ResultPage
from hctui.tui.widgets.field import Field

BAKERY = "companies/pao_de_ouro/pao_de_ouro.db"


def rows(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def delete_all(database: Path, *tables: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")


@pytest.fixture
async def backed_up(demo: DemoServer) -> Callable:
    """Give `await backed_up(password)`: the path of a backup of the bakery."""

    async def make(password: str | None = None) -> Path:
        encryption = Encryption.AES256 if password else None
        plan = BackupPlan(("PAO_DE_OURO",), demo.backups, "bakery.bkb", encryption=encryption)
        async for _event in backup(plan, Configuration.load(demo.configuration_path), password):
            pass
        return demo.backups / "bakery.bkb"

    return make


async def test_a_full_restore(demo, spoken, opened, until, text_of, backed_up) -> None:
    await backed_up()
    database = demo.folder / BAKERY
    before = rows(database, "pedidos")
    delete_all(database, "pedidos", "usuarios")
    async with opened("restore") as pilot:
        page = pilot.app.screen
        assert isinstance(page, RestorePage)
        await pilot.press("f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickBackup) and pilot.app.screen.backups.row_count())
        await pilot.press("enter")
        await until(pilot, lambda: page.source.contents)
        await until(pilot, lambda: "PAO_DE_OURO" in text_of(pilot))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestorePreviewDialog))
        await until(pilot, lambda: "pedidos " in text_of(pilot))
        await until(pilot, lambda: pilot.app.screen.focused)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypeNameDialog))
        pilot.app.screen.query_one(Field).value = "pao_de_ouro"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    assert rows(database, "pedidos") == before
    assert rows(database, "usuarios") == 0, "users stay as they are unless asked for"
    assert language.active() == spoken


async def test_a_partial_restore_of_an_encrypted_backup(demo, english, opened, until, text_of, backed_up) -> None:
    await backed_up("segredo")
    database = demo.folder / BAKERY
    before = rows(database, "clientes")
    delete_all(database, "pedidos", "produtos_imagem")
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.use_file(demo.backups / "bakery.bkb")
        await until(pilot, lambda: page.focused is page.source.password_field.input)
        await until(pilot, lambda: "AES-256" in text_of(pilot) and "encrypted" in text_of(pilot))
        await pilot.press("x", "enter")
        await until(pilot, lambda: page.source.password_field.error)
        await until(pilot, lambda: "does not open" in text_of(pilot))
        page.source.password_field.read_and_clear()
        page.source.password_field.value = "segredo"
        await pilot.press("enter")
        await until(pilot, lambda: page.source.contents and page.source.contents.manifest)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChecklistPage) and pilot.app.screen.tables.row_count())
        await pilot.press("slash", *"imagem", "enter", "space", "escape")
        await until(pilot, lambda: pilot.app.screen is page)
        assert page.plan.tables == ("produtos_imagem",)
        await until(pilot, lambda: "1 of 14" in text_of(pilot))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestorePreviewDialog))
        await until(pilot, lambda: pilot.app.screen.focused)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypeNameDialog))
        pilot.app.screen.query_one(Field).value = "pao_de_ouro"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage | ProgressPage))
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    assert rows(database, "produtos_imagem") > 0
    assert rows(database, "pedidos") == 0 and rows(database, "clientes") == before


async def test_tables_that_point_to_a_ticked_one_are_named_before_it_starts(
    demo, spoken, opened, until, text_of, backed_up
) -> None:
    file = await backed_up()
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.file.value = str(file)
        await pilot.press("enter")
        await until(pilot, lambda: page.source.contents)
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChecklistPage) and pilot.app.screen.tables.row_count())
        await pilot.press("slash", *"clientes", "enter", "space", "escape")
        await until(pilot, lambda: pilot.app.screen is page)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestorePreviewDialog))
        await until(pilot, lambda: "pedidos → clientes" in " ".join(text_of(pilot).replace("│", "").split()))


async def test_an_error_is_shown_at_the_field_that_prevents_the_restore(demo, english, opened, until, text_of) -> None:
    other = demo.folder / "letter.txt"
    other.write_text("no backup at all")
    async with opened("restore") as pilot:
        page = pilot.app.screen
        await pilot.press("f5")
        await until(pilot, lambda: "Name the backup" in text_of(pilot))
        page.source.file.value = str(other)
        await until(pilot, lambda: "is not a backup" in page.source.file.error)
        page.scope.into.focus()
        await pilot.press("f5")
        await until(pilot, lambda: page.focused is page.source.file.input)
        page.source.file.value = str(demo.folder / "gone.bkb")
        await until(pilot, lambda: "gone.bkb" in page.source.file.error)


async def test_a_partial_restore_without_ticks_does_not_start(demo, english, opened, until, text_of, backed_up) -> None:
    file = await backed_up()
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.use_file(file)
        await until(pilot, lambda: page.source.contents)
        page.scope.partial.focus()
        await pilot.press("space")
        assert page.scope.which.disabled and page.query_one("#tables-row").display
        await pilot.press("f5")
        await until(pilot, lambda: "No table is ticked" in text_of(pilot))
        assert page.focused is page.query_one("#select")


async def test_a_missing_database_and_a_bad_name_are_shown(demo, english, opened, until, text_of, backed_up) -> None:
    file = await backed_up()
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.use_file(file)
        await until(pilot, lambda: page.source.contents)
        assert "is not in this backup" not in page.problem.text
        pilot.app.current = "CERAMICA_DO_SUL"
        await until(pilot, lambda: "is not in this backup, which holds PAO_DE_OURO" in page.problem.text)
        page.scope.which.value = True
        await until(pilot, lambda: not page.problem.text)
        page.scope.into.value = "a b"
        await until(pilot, lambda: page.scope.into.error)
        await pilot.press("f5")
        assert page.focused is page.scope.into.input
        page.scope.into.value = "CERAMICA_DO_SUL"
        page.scope.which.focus()
        await pilot.press("f5")
        await until(pilot, lambda: "CERAMICA_DO_SUL" in page.scope.into.error)
        await until(pilot, lambda: page.focused is page.scope.into.input)


async def test_a_zip_that_another_program_made(demo, english, opened, until, text_of):
    database = demo.folder / BAKERY
    before = rows(database, "pedidos")
    with zipfile.ZipFile(demo.backups / "by hand.zip", "w") as archive:
        archive.write(database, database.name)
    delete_all(database, "pedidos")
    async with opened("restore") as pilot:
        page = pilot.app.screen
        page.source.use_file(demo.backups / "by hand.zip")
        await until(pilot, lambda: "Another program made this file" in text_of(pilot))
        assert not page.problem.text, "its database counts as the current one"
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestorePreviewDialog))
        await until(pilot, lambda: pilot.app.screen.focused)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypeNameDialog))
        pilot.app.screen.query_one(Field).value = "PAO_DE_OURO"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    assert rows(database, "pedidos") == before
