"""The page that registers the databases of a PostgreSQL server."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from textual.widget import Widget

from hctui.config import Configuration
from hctui.i18n import language
from hctui.model import Database
from hctui.tui.screens.confirm import MessageDialog
from hctui.tui.screens.server.discover import AskServerPassword, DiscoverPage
from hctui.tui.screens.server.form import DatabasePage
from hctui.tui.screens.server.screen import ServerPage
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.password_field import PasswordField

PASSWORD = "segredo ç:@"


def _servers() -> Any:
    name = "hctui_case_postgresql"
    if name not in sys.modules:
        path = Path(__file__).parents[2] / "databases" / "postgresql" / "case.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def own_server() -> Any:
    """Give a server without databases of other tests."""
    return _servers().Server(18)


@pytest.fixture
def server(own_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a server with three databases and a role that needs a password and has no access to one of them."""
    made = own_server
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    made.run("postgres", "DROP ROLE IF EXISTS gerente_da_loja")
    made.run("postgres", f"CREATE ROLE gerente_da_loja LOGIN PASSWORD '{PASSWORD}'")
    for name in ("tres_irmaos", "Açaí & Cia", "segredos"):
        made.run("postgres", f'DROP DATABASE IF EXISTS "{name}"')
        made.run("postgres", f'CREATE DATABASE "{name}" TEMPLATE template0')
        made.run(quote(name), "CREATE TABLE caixa (valor int)")
        if name != "segredos":
            made.run(quote(name), "GRANT SELECT ON caixa TO gerente_da_loja")
    rules = made.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"local all gerente_da_loja scram-sha-256\n{before}")
    made.run("postgres", "SELECT pg_reload_conf()")
    made.until("SELECT EXISTS (SELECT FROM pg_hba_file_rules WHERE 'gerente_da_loja' = ANY (user_name))")
    yield made
    rules.write_text(before)
    made.run("postgres", "SELECT pg_reload_conf()")
    for name in ("tres_irmaos", "Açaí & Cia", "segredos"):
        made.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
    made.run("postgres", "DROP ROLE gerente_da_loja")


def _row(page: DiscoverPage, name: str) -> int:
    return [each.name for each in page.databases.databases].index(name)


@pytest.mark.parametrize("keep", [False, True])
async def test_databases_are_listed_and_registered(demo, server, spoken, opened, until, text_of, tmp_path, keep) -> None:
    address = server.url("", "gerente_da_loja")
    async with opened("server") as pilot:
        await until(pilot, lambda: text_of(pilot).splitlines()[1].endswith(language._("remove")))
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiscoverPage) and pilot.app.screen.focused)
        page = pilot.app.screen
        page.address.value = address
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskServerPassword) and pilot.app.screen.focused)
        first = pilot.app.screen
        await until(pilot, lambda: "gerente_da_loja" in text_of(pilot))
        await pilot.press(*"errada", "enter")
        await until(pilot, lambda: pilot.app.screen not in (first, page) and pilot.app.screen.focused)
        assert "errada" not in text_of(pilot) and "authentication failed" in text_of(pilot)
        pilot.app.screen.query_one(PasswordField).value = PASSWORD
        await pilot.pause()
        assert PASSWORD not in text_of(pilot) and PASSWORD not in repr(pilot.app.screen.query_one(PasswordField))
        pilot.app.screen.query_one(Checkbox).value = keep
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is page and page.databases.row_count())
        shown = text_of(pilot)
        assert "[x] tres_irmaos" in shown and "[x] Açaí & Cia" in shown and " -  segredos" in shown and "A_a_Cia" in shown
        page.databases.cursor = _row(page, "segredos")
        await until(pilot, lambda: "gerente_da_loja" in text_of(pilot) and "caixa" in text_of(pilot))
        assert all(each.region.right <= 80 for each in page.walk_children(Widget) if each.region.area and each.display)
        page.databases.cursor = _row(page, "Açaí & Cia")
        await pilot.press("n", "space", "f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog) and "A_a_Cia" in text_of(pilot))
        await until(pilot, lambda: "pgpass" in text_of(pilot).replace("│", "").replace(" ", "").replace("\n", ""))
        assert "segredo ç" not in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerPage))
        await until(pilot, lambda: "A_a_Cia" in pilot.app.screen.databases.states)
        assert (pilot.app.screen.databases.states["A_a_Cia"].problem is None) == keep
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiscoverPage) and pilot.app.screen.focused)
        again = pilot.app.screen
        again.address.value = server.url("")
        await pilot.press("f6")
        await until(pilot, lambda: again.databases.row_count())
        await until(pilot, lambda: " =  Açaí & Cia" in text_of(pilot) and "[x] segredos" in text_of(pilot))
    database = Configuration.load(demo.configuration_path).database("A_a_Cia")
    assert (database.engine, database.location) == ("postgresql", server.url("A%C3%A7a%C3%AD%20%26%20Cia", "gerente_da_loja"))
    assert (tmp_path / "pgpass").exists() == keep
    assert "segredo" not in demo.configuration_path.read_text()
    assert language.active() == spoken


async def test_the_form_goes_on_to_the_server_in_its_location(demo, server, english, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, DatabasePage) and pilot.app.screen.focused)
        pilot.app.screen.location.value = server.url("")
        pilot.app.screen.query_one("#discover").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiscoverPage) and "tres_irmaos" in text_of(pilot))
        await pilot.press("n", "f5")
        await until(pilot, lambda: "No database is ticked" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ServerPage))


async def test_the_error_of_a_server_is_shown(demo, server, spoken, opened, until, text_of) -> None:
    async with opened("server") as pilot:
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiscoverPage) and pilot.app.screen.focused)
        page = pilot.app.screen
        for address, word in ((str(demo.folder), "demo"), ("postgresql://ana:segredo@localhost:1/", "localhost")):
            page.address.value = address
            await pilot.press("enter")
            await until(pilot, lambda word=word: word in page.problem.text)
            assert "segredo" not in page.problem.text
        page.address.value = server.url("", "gerente_da_loja")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskServerPassword) and pilot.app.screen.focused)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is page and "gerente_da_loja" in page.problem.text)


async def test_a_note_says_that_only_definitions_of_indexes_are_saved(demo, server, spoken, opened, until, text_of) -> None:
    configuration = Configuration.load(demo.configuration_path)
    configuration.add(Database("IRMAOS", "postgresql", server.url("tres_irmaos")))
    configuration.use("IRMAOS")
    async with opened("backup") as pilot:
        await pilot.press("f3")
        await until(pilot, lambda: pilot.app.screen.options.definitions)
        note = language._("only their definitions: a few bytes")
        await until(pilot, lambda: any(line.rstrip().endswith(note) for line in text_of(pilot).splitlines()))
