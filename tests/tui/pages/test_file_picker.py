"""The file picker."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.tui.app import HctuiApp
from hctui.tui.widgets.file_picker import FilePicker


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name in ("alpha/deep", "beta", ".hidden"):
        (root / name).mkdir(parents=True)
    (root / "file.bkb").write_bytes(b"x" * 1234)
    return root


def _names(app: HctuiApp) -> list[str]:
    screen = app.screen
    assert isinstance(screen, FilePicker)
    return [screen.rows.cells(row)[0] for row in range(screen.rows.row_count())]


async def test_a_folder_is_chosen(demo: DemoServer, tree: Path, english: None, until) -> None:
    app = HctuiApp(Configuration.load(demo.configuration_path))
    async with app.run_test(size=(80, 24)) as pilot:
        chosen: list[Path | None] = []
        app.push_screen(FilePicker("Folder", tree / "not there", folder=True), chosen.append)
        await until(pilot, lambda: _names(app) == ["../", "alpha/", "beta/"])
        await pilot.press("down", "enter")
        await until(pilot, lambda: _names(app) == ["../", "deep/"])
        await pilot.press("backspace")
        await until(pilot, lambda: len(_names(app)) == 3 and app.screen.rows.cursor == 1)
        await pilot.press("full_stop")
        await until(pilot, lambda: ".hidden/" in _names(app))
        await pilot.press("f5")
        await until(pilot, lambda: chosen == [tree])


async def test_a_file_is_chosen_and_escape_chooses_none(demo: DemoServer, tree: Path, english: None, until, text_of) -> None:
    app = HctuiApp(Configuration.load(demo.configuration_path))
    async with app.run_test(size=(80, 24)) as pilot:
        chosen: list[Path | None] = []
        app.push_screen(FilePicker("File", tree / "file.bkb", folder=False), chosen.append)
        await until(pilot, lambda: "file.bkb" in _names(app))
        await until(pilot, lambda: "1.2 kB" in text_of(pilot))
        await pilot.press("end", "enter")
        await until(pilot, lambda: chosen == [tree / "file.bkb"])
        app.push_screen(FilePicker("File", tree, folder=False), chosen.append)
        await until(pilot, lambda: isinstance(app.screen, FilePicker) and app.screen.focused)
        await pilot.press("escape")
        await until(pilot, lambda: chosen[1:] == [None])


async def test_the_error_of_an_unreadable_folder_is_shown(demo: DemoServer, tree: Path, english: None, until, text_of) -> None:
    app = HctuiApp(Configuration.load(demo.configuration_path))
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(FilePicker("Folder", tree, folder=True))
        await until(pilot, lambda: "alpha/" in _names(app))
        (tree / "alpha" / "deep").rmdir()
        (tree / "alpha").rmdir()
        await pilot.press("down", "enter")
        await until(pilot, lambda: "No such file" in text_of(pilot))
        assert app.screen.current_folder == tree
