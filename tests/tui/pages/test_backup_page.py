"""The backup page."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from hctui.demo.server import DemoServer
from hctui.i18n import language
from hctui.jobs import locks
from hctui.model import Encryption, Level
from hctui.operations import show
from hctui.plans import BackupPlan
from hctui.tui.screens.backup.screen import BackupPage
from hctui.tui.screens.confirm import MessageDialog
from hctui.tui.screens.progress import ProgressPage


def page_of(pilot) -> BackupPage:
    page = pilot.app.screen
    assert isinstance(page, BackupPage)
    return page


async def test_one_key_makes_a_backup(demo: DemoServer, spoken: str, opened, until, text_of) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        await until(pilot, lambda: page.destination.details)
        assert page.destination.name_field.value.startswith("PAO_DE_OURO_")
        shown = text_of(pilot)
        assert language._("Folder in which the backup is to be created") in shown
        assert language._("Start the backup") in shown
        assert language._("never") in shown
        await pilot.press("f5")
        await until(pilot, lambda: list(demo.backups.glob("*.bkb")))
        assert [each.alias for each in show(next(demo.backups.glob("*.bkb")), None).databases] == ["PAO_DE_OURO"]
        await until(pilot, lambda: not isinstance(pilot.app.screen, ProgressPage))


async def test_all_databases_encrypted_without_images(demo: DemoServer, english: None, opened, until) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        page.destination.which.focus()
        await pilot.press("down", "space")
        await until(pilot, lambda: page.destination.name_field.value.startswith("PAO_DE_OURO+"))
        await pilot.press("f3", "space")
        page.options.encryption.first.value = page.options.encryption.again.value = "segredo-1"
        page.options.query_one("#images").focus()
        await pilot.press("space")
        page.options.query_one("#level").focus()
        await pilot.press("down", "space")
        assert page.plan is not None
        assert (page.plan.encryption, page.plan.level) == (Encryption.AES256, Level.MIN)
        assert page.plan.audit and not page.plan.images
        await pilot.press("f5")
        await until(pilot, lambda: list(demo.backups.glob("*.bkb")))
        contents = show(next(demo.backups.glob("*.bkb")), "segredo-1")
        assert contents.encryption is Encryption.AES256
        assert len(contents.databases) == 3
        assert any(table.left_out for each in contents.databases for table in each.tables)


async def test_passwords_that_differ_are_refused_at_the_field(demo: DemoServer, english: None, opened, until, text_of) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        await pilot.press("f3", "space", "tab", *"one", "tab", *"two")
        await until(pilot, lambda: "The passwords differ." in text_of(pilot))
        page.action_tab(0)
        await pilot.press("f5")
        await until(pilot, lambda: page.tabs.active == 1 and page.focused is page.options.encryption.again.input)
        page.options.encryption.first.value = page.options.encryption.again.value = ""
        await pilot.press("f5")
        await until(pilot, lambda: page.focused is page.options.encryption.first.input)
        await until(pilot, lambda: "Type a password" in text_of(pilot))
        assert not list(demo.backups.iterdir())


async def test_a_refused_job_leaves_the_password_in_its_field(demo: DemoServer, english: None, opened, until, text_of) -> None:
    (demo.backups / "there.bkb").write_bytes(b"")
    async with opened("backup") as pilot:
        page = page_of(pilot)
        encryption = page.options.encryption
        await pilot.press("f3", "space")
        encryption.first.value = encryption.again.value = "segredo-1"
        page.destination.name_field.value = "there"
        await pilot.press("f5")
        await until(pilot, lambda: "exists already" in page.destination.name_field.error)
        await until(pilot, lambda: page.focused is page.destination.name_field.input)
        page.destination.name_field.value = "other"
        configuration = page.application.configuration
        lock = locks.acquire(locks.lock_names(BackupPlan(("PAO_DE_OURO",), demo.backups, ""), configuration), "another")
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessageDialog) and "PAO_DE_OURO" in text_of(pilot))
        await pilot.press("enter")
        locks.release(lock)
        assert (encryption.first.value, encryption.again.value) == ("segredo-1", "segredo-1")
        await pilot.press("f5")
        await until(pilot, lambda: (demo.backups / "other.bkb").exists())
        assert show(demo.backups / "other.bkb", "segredo-1").manifest is not None
        assert (encryption.first.value, encryption.again.value) == ("", "")


async def test_an_error_is_shown_at_its_field(demo: DemoServer, english: None, opened, until, text_of) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        await until(pilot, lambda: page.destination.details)
        page.destination.folder.value = str(demo.folder / "nowhere")
        await until(pilot, lambda: "does not exist" in " ".join(text_of(pilot).split()))
        page.destination.folder.value = "sftp://host/x"
        await until(pilot, lambda: "“sftp” is no kind of destination" in " ".join(text_of(pilot).split()))
        page.destination.name_field.value = "a?b"
        await until(pilot, lambda: page.destination.name_field.error and page.destination.folder.error)
        await pilot.press("f5")
        await until(pilot, lambda: page.focused is page.destination.folder.input)
        page.destination.folder.value = str(demo.backups)
        await until(pilot, lambda: not page.destination.folder.error)
        await pilot.press("f5")
        await until(pilot, lambda: page.focused is page.destination.name_field.input)


async def test_a_folder_that_is_not_named_has_no_warnings(demo: DemoServer, english: None, opened, until, text_of) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        page.destination.folder.value = ""
        await until(pilot, lambda: page.destination.details and dict(page.destination.details)["Free space"] == "")
        await until(pilot, lambda: page.destination.warnings == "" and "Estimated size" in text_of(pilot))


async def test_options_change_the_estimate_at_once(demo: DemoServer, english: None, opened, until) -> None:
    async with opened("backup") as pilot:
        page = page_of(pilot)
        await until(pilot, lambda: page.destination.details)
        before = page.destination.details
        assert page.options.savings["images"] > 0
        await pilot.press("f3")
        page.options.query_one("#images").focus()
        await pilot.press("space")
        await until(pilot, lambda: page.destination.details != before)


async def test_a_folder_is_made_the_default(demo: DemoServer, english: None, opened, until) -> None:
    other = demo.folder / "other"
    other.mkdir()
    async with opened("backup") as pilot:
        page = page_of(pilot)
        page.destination.folder.value = str(other)
        page.query_one("#make-default").focus()
        await pilot.press("enter")
        await until(pilot, lambda: page.application.configuration.destination == other)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_field_has_help_and_is_reached_by_tab(demo: DemoServer, english: None, opened, until, size) -> None:
    async with opened("backup", size=size) as pilot:
        page = page_of(pilot)
        reached = set()
        for _step in range(14):
            await pilot.press("tab")
            reached.add(page.focused)
            if isinstance(page.focused, Input):
                assert any(page.help_texts())
        assert page.query_one("#start") in reached and page.tabs in reached
        assert page.destination.which in reached
