"""The pages of files backup and files restore."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hctui.tui.screens.files_backup.screen import FilesBackupPage
from hctui.tui.screens.files_backup.tree import Mark
from hctui.tui.screens.files_restore.screen import FilesRestorePage
from hctui.tui.screens.result import ResultPage


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home folder with a few papers; the tree opens there."""
    home = tmp_path / "home"
    (home / "papers" / "old").mkdir(parents=True)
    (home / "papers" / "letter.txt").write_text("dear sir\n" * 100)
    (home / "papers" / "old" / "ação.txt").write_text("x" * 5000)
    (home / "other.txt").write_text("y" * 70)
    monkeypatch.setenv("HOME", str(home))
    return home


async def test_files_are_ticked_backed_up_and_restored(demo, spoken, papers, opened, until, text_of) -> None:
    async with opened("files_backup") as pilot:
        page = pilot.app.screen
        assert isinstance(page, FilesBackupPage)
        tree = page.selection.tree_list
        await until(pilot, lambda: tree.node is not None and tree.node.entry.path == str(papers) and tree.node.open)
        await pilot.press("down", "right")
        await until(pilot, lambda: tree.node.open)
        await pilot.press("space")
        await until(pilot, lambda: page.selection.totals)
        assert page.selection.paths == (papers / "papers",)
        total = page.selection.totals[str(papers / "papers")]
        assert (total.files, total.size) == (2, 5900)
        await until(pilot, lambda: "[x] papers/" in text_of(pilot))
        await until(pilot, lambda: page.settings.name_field.value)
        page.settings.name_field.value = "papers"
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    target = papers / "back"
    target.mkdir()
    async with opened("files_restore") as pilot:
        page = pilot.app.screen
        assert isinstance(page, FilesRestorePage)
        page.source.use_file(demo.backups / "papers.bkb")
        page.target.value = str(target)
        await until(pilot, lambda: page.tree_list.row_count())
        await pilot.press("f3")
        await until(pilot, lambda: page.tree_list.has_focus)
        assert page.tree_list.tree_model.mark(page.tree_list.node) is Mark.ALL and page.plan.only == ()
        await pilot.press("right")
        await until(pilot, lambda: page.tree_list.row_count() > 1)
        await pilot.press("down", "space")
        assert page.plan.only != ()
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResultPage))
    found = {path.name for path in target.rglob("*") if path.is_file()}
    assert found == {"letter.txt"}, "the folder “old” was unticked"


async def test_without_ticked_files_no_job_starts(demo, english, papers, opened, until) -> None:
    async with opened("files_backup") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: page.settings.name_field.value)
        await pilot.press("f3", "f5")
        await until(pilot, lambda: page.tabs.active == 0)
        assert pilot.app.screen is page and not list(demo.backups.iterdir())


def owner_has_access(path: str, mode: int) -> bool:
    """Return what `os.access` returns for an owner who is not root; root may read every folder."""
    return os.stat(path).st_mode >> 6 & mode == mode


async def test_an_unreadable_folder_is_marked(demo, english, papers, monkeypatch, opened, until, text_of) -> None:
    monkeypatch.setattr(os, "access", owner_has_access)
    (papers / "papers").chmod(0)
    async with opened("files_backup") as pilot:
        await until(pilot, lambda: "can't be read" in text_of(pilot))
    (papers / "papers").chmod(0o700)


async def test_an_error_is_shown_at_the_field_that_prevents_the_restore(demo, english, opened, until, text_of) -> None:
    async with opened("files_restore") as pilot:
        page = pilot.app.screen
        await pilot.press("f5")
        await until(pilot, lambda: "Name the backup" in text_of(pilot))
        page.target.value = str(demo.folder / "nowhere")
        await until(pilot, lambda: "does not exist" in page.target.error)


async def test_an_address_is_refused_at_the_field(demo, english, papers, opened, until, text_of) -> None:
    async with opened("files_backup") as pilot:
        folder = pilot.app.screen.settings.folder
        folder.value = "sftp://host/x"
        await until(pilot, lambda: "“sftp” is no kind of destination" in folder.error)
    async with opened("files_restore") as pilot:
        target = pilot.app.screen.target
        target.value = "sftp://host/x"
        await until(pilot, lambda: "“sftp” is no kind of destination" in target.error)


async def test_a_name_that_is_taken_is_shown_at_its_field(demo, english, papers, opened, until) -> None:
    (demo.backups / "there.bkb").write_bytes(b"")
    async with opened("files_backup") as pilot:
        page = pilot.app.screen
        await until(pilot, lambda: page.selection.tree_list.node and page.selection.tree_list.node.open)
        page.settings.name_field.value = "there"
        await pilot.press("space", "f5")
        await until(pilot, lambda: "exists already" in page.settings.name_field.error)
        await until(pilot, lambda: page.tabs.active == 1 and page.focused is page.settings.name_field.input)
