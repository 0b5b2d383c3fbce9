"""The menu."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.i18n import language
from hctui.i18n.language import _
from hctui.tui.app import HctuiApp
from hctui.tui.menu_entries import ENTRIES
from hctui.tui.page import Page
from hctui.tui.screens.choose_database import ChooseDatabase
from hctui.tui.screens.help import Help
from hctui.tui.screens.menu import LastBackups, Menu, backup_warnings
from hctui.tui.screens.too_small import TooSmall
from hctui.tui.startup_checks import LastBackup


@pytest.fixture
def app(demo: DemoServer) -> HctuiApp:
    return HctuiApp(Configuration.load(demo.configuration_path))


async def _loaded(app: HctuiApp, pilot, until) -> None:
    await until(pilot, lambda: isinstance(app.screen, Menu) and app.screen.query_one(LastBackups).backups is not None)


async def test_the_menu_names_every_page_and_database(app: HctuiApp, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.pause()
        shown = text_of(pilot)
        assert all(_(entry.label) in shown for entry in ENTRIES.values())
        assert all(database.alias in shown for database in app.configuration.databases)
        assert _("{alias} has never been backed up.").format(alias="PAO_DE_OURO") in shown
        assert "PAO_DE_OURO · sqlite" in shown


async def test_a_database_that_is_refused_is_shown_with_its_reason(demo: DemoServer, spoken: str, until, text_of) -> None:
    path = demo.configuration_path
    path.write_text(path.read_text().replace("[databases.MOVEIS_DA_SERRA]\n", "[databases.MOVEIS_DA_SERRA]\nroles = 1\n"))
    app = HctuiApp(Configuration.load(path))
    async with app.run_test(size=(80, 40)) as pilot:
        await _loaded(app, pilot, until)
        await until(pilot, lambda: "“databases.MOVEIS_DA_SERRA.roles”" in text_of(pilot))
        assert _("{alias} is refused: {reason}").partition(": ")[0].format(alias="MOVEIS_DA_SERRA") in text_of(pilot)


async def test_a_long_file_name_does_not_cut_alias_and_age(app: HctuiApp, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        made = datetime.now(UTC) - timedelta(days=30)
        file = Path("PAO_DE_OURO+MOVEIS_DA_SERRA+CERAMICA_DO_SUL_2026-11-22_22h17.bkb")
        app.screen.query_one(LastBackups).backups = tuple(LastBackup(f"EMPRESA_DE_NOME_LON{at}", made, file) for at in range(3))
        await until(pilot, lambda: "EMPRESA_DE_NOME_LON2" in text_of(pilot))
        for line in (line for line in text_of(pilot).splitlines() if "NOME_LON" in line):
            assert f"   {language.age(made)}   PAO_DE" in line and line.endswith("_2026-11-22_22h17.bkb")


@pytest.mark.parametrize("name", list(ENTRIES))
async def test_one_key_opens_each_page_and_escape_comes_back(app: HctuiApp, english: None, until, name: str) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.press(ENTRIES[name].key)
        await until(pilot, lambda: isinstance(app.screen, Page) and ENTRIES[name].label == app.screen.TITLE)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Menu)


async def test_another_database_is_chosen_and_remembered(app: HctuiApp, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.press("ctrl+b")
        await until(pilot, lambda: isinstance(app.screen, ChooseDatabase) and app.screen.focused)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, Menu) and app.current == "MOVEIS_DA_SERRA")
        await until(pilot, lambda: Configuration.load(app.configuration.path).current == "MOVEIS_DA_SERRA")
        await until(pilot, lambda: "MOVEIS_DA_SERRA · sqlite" in text_of(pilot).splitlines()[0])


async def test_one_key_changes_the_language(app: HctuiApp, english: None, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.press("f9")
        await until(pilot, lambda: "Cópias existentes" in text_of(pilot))
        await until(pilot, lambda: "Ajuda" in text_of(pilot))
        await until(pilot, lambda: Configuration.load(app.configuration.path).language == "pt_BR")
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Existing backups" in text_of(pilot))


async def test_one_key_changes_the_theme(app: HctuiApp, english: None, until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        assert app.current_theme.dark
        await pilot.press("f8")
        await until(pilot, lambda: Configuration.load(app.configuration.path).theme == "light")
        assert not app.current_theme.dark


async def test_help_explains_and_lists_the_keys(app: HctuiApp, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        for key in ("f1", "ctrl+g", "question_mark"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, Help))
            await pilot.pause()
            await until(pilot, lambda: "F2/^B" in text_of(pilot) and _("tick, untick, choose") in text_of(pilot))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, Menu))


async def test_there_is_no_command_palette(app: HctuiApp, english: None, until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, Menu), "no command palette"


async def test_a_window_that_is_too_small_covers_the_page_until_it_grows(app: HctuiApp, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await _loaded(app, pilot, until)
        await pilot.press("down", "down")
        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await until(pilot, lambda: "60" in text_of(pilot))
        await pilot.press("escape")
        assert isinstance(app.screen, TooSmall)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, Menu))
        assert app.screen.query_one("#menu").cursor == 2  # type: ignore[attr-defined]


async def test_without_databases_it_shows_what_to_do(tmp_path: Path, demo: DemoServer, spoken: str, text_of, until) -> None:
    app = HctuiApp(Configuration.load(tmp_path / "none.toml"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await until(pilot, lambda: _("No database is registered yet.") in text_of(pilot))
        await until(pilot, lambda: "hctui demo" in text_of(pilot).replace("\n", " "))


def test_warnings_name_databases_without_backup_first_and_count_the_others(english: None) -> None:
    now = datetime.now(UTC)
    fresh = LastBackup("FRESH", now - timedelta(hours=3), Path("a.bkb"))
    old = LastBackup("OLD", now - timedelta(days=3), Path("b.bkb"))
    assert backup_warnings([fresh]) == ""
    assert backup_warnings([old, LastBackup("NEVER")]).splitlines() == [
        "NEVER has never been backed up.",
        "OLD: the last backup was 3 days ago; what was recorded since is in none.",
    ]
    assert backup_warnings([LastBackup(f"D{number}") for number in range(9)]).splitlines()[2].startswith("7 more databases")
    assert language.active() == "en"
