"""The Server page, the form of a database and the page of its tables."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from hctui.config import Configuration
from hctui.i18n import language
from hctui.model import Role
from hctui.operations import backup, restore
from hctui.plans import BackupPlan, RestorePlan
from hctui.tui.screens.confirm import Confirm, MessageDialog
from hctui.tui.screens.result import ResultPage
from hctui.tui.screens.server.form import DatabasePage
from hctui.tui.screens.server.tables import ChooseRole, TablesPage


async def test_a_database_is_recognised_and_registered(demo, spoken, opened, until, text_of) -> None:
    location = demo.folder / "loja nova.db"
    with closing(sqlite3.connect(location)) as connection, connection:
        connection.execute("CREATE TABLE produtos (id INTEGER PRIMARY KEY)")
    async with opened("server") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: len(page.databases.states) == 3)
        await until(pilot, lambda: "PAO_DE_OURO" in text_of(pilot) and "sqlite" in text_of(pilot))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatabasePage))
        form = pilot.app.screen
        form.location.value = str(location)
        await until(pilot, lambda: form.alias.value == "LOJA_NOVA")
        assert form.engine.value == "sqlite"
        form.alias.value = "loja!"
        await until(pilot, lambda: form.alias.error)
        await pilot.press("f5")
        assert form.focused is form.alias.input
        form.alias.value = "PAO_DE_OURO"
        await pilot.press("f5")
        await until(pilot, lambda: "PAO_DE_OURO" in form.alias.error)
        form.alias.value = "LOJA"
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen is page and "LOJA" in page.databases.states)
    assert Configuration.load(demo.configuration_path).database("LOJA").location == str(location)
    assert language.active() == spoken


async def test_a_location_that_does_not_fit_the_engine_is_refused(demo, english, opened, until, text_of) -> None:
    company = Configuration.load(demo.configuration_path).database("PAO_DE_OURO")
    async with opened("server") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatabasePage))
        form = pilot.app.screen
        form.alias.value = "LOJA"
        for location, engine, error in (
            (str(demo.backups), "sqlite", "This is a folder; a SQLite database is one file."),
            (company.location, "folder", "This is a file; table files lie in a folder."),
        ):
            form.location.value = location
            await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers))
            form.engine.value = engine
            await until(pilot, lambda engine=engine: form.query_one("#reindex").display == (engine == "folder"))
            assert form.query_one("#before").display
            await pilot.press("f5")
            await until(pilot, lambda error=error: form.location.error == error)
            assert form.focused is form.location.input
        form.location.value = str(demo.folder / "not yet")
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen is not form)
    assert Configuration.load(demo.configuration_path).database("LOJA").engine == "folder"


async def test_a_database_is_tested_changed_and_removed_but_its_files_stay(demo, english, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: len(page.databases.states) == 3)
        await pilot.press("down", "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog) and "It can be read" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is page)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatabasePage) and pilot.app.screen.focused)
        pilot.app.screen.query_one("#before").value = "systemctl stop loja"
        await pilot.press("f5")
        await until(pilot, lambda: pilot.app.screen is page)
        database = Configuration.load(demo.configuration_path).database("MOVEIS_DA_SERRA")
        assert database.before == "systemctl stop loja"
        await until(pilot, lambda: len(page.databases.states) == 3)
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "files stay" in text_of(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: pilot.app.screen is page and page.databases.row_count() == 2)
    assert [each.alias for each in Configuration.load(demo.configuration_path).databases] == ["PAO_DE_OURO", "CERAMICA_DO_SUL"]
    assert (demo.companies / "moveis_da_serra" / "moveis.db").exists()


async def test_a_role_is_changed_by_a_pattern(demo, english, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        await until(pilot, lambda: pilot.app.screen.databases.row_count() == 3)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TablesPage) and pilot.app.screen.live.row_count())
        page = pilot.app.screen
        page.live.cursor = next(at for at, table in enumerate(page.live.tables) if table.name == "movimentos")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChooseRole) and "audit" in text_of(pilot))
        await pilot.press("2")
        await until(pilot, lambda: pilot.app.screen is page and page.live.table.role is Role.AUDIT)
    roles = Configuration.load(demo.configuration_path).database("PAO_DE_OURO").roles
    assert [(each.pattern, each.role) for each in roles] == [("movimentos", Role.AUDIT)]


async def test_a_missing_database_is_reported(demo, english, opened, until, text_of) -> None:
    (demo.companies / "pao_de_ouro" / "pao_de_ouro.db").unlink()
    async with opened("server") as pilot:
        await until(pilot, lambda: "there is nothing at" in text_of(pilot))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog))


async def test_the_last_restore_is_undone(demo, english, opened, until, text_of) -> None:
    configuration = Configuration.load(demo.configuration_path)
    plan = BackupPlan(("PAO_DE_OURO",), demo.backups, "bakery.bkb")
    async for _event in backup(plan, configuration, None):
        pass
    database = demo.companies / "pao_de_ouro" / "pao_de_ouro.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM pedidos")
    async for _event in restore(RestorePlan(demo.backups / "bakery.bkb", ("PAO_DE_OURO",)), configuration, None):
        pass
    async with opened("server") as pilot:
        await until(pilot, lambda: "can be undone" in text_of(pilot))
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "as they were before" in text_of(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM pedidos").fetchone() == (0,)


async def test_a_refused_database_is_listed_with_its_reason_and_can_be_removed(demo, english, opened, until, text_of) -> None:
    path = demo.configuration_path
    path.write_text(path.read_text().replace("[databases.MOVEIS_DA_SERRA]\n", "[databases.MOVEIS_DA_SERRA]\npath = 1\n"))
    async with opened("server") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: page.databases.row_count() == 3 and len(page.databases.states) == 3)
        await pilot.press("end")
        await until(pilot, lambda: "“databases.MOVEIS_DA_SERRA.path” is not known" in text_of(pilot))
        for key in ("e", "t", "c", "enter"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog) and "can't be used" in text_of(pilot))
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is page)
        await pilot.press("delete")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm) and "files stay" in text_of(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: pilot.app.screen is page and page.databases.row_count() == 2)
    assert Configuration.load(path).aliases == ("PAO_DE_OURO", "CERAMICA_DO_SUL")
