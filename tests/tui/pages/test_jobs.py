"""The pages of progress and result, with real jobs."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from waiting import wait_until_async

from hctui import jobs
from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.events import Progress, Started
from hctui.i18n.language import _
from hctui.model import Encryption
from hctui.plans import BackupPlan
from hctui.tui.app import HctuiApp
from hctui.tui.screens.attach import Attach
from hctui.tui.screens.confirm import Confirm, MessageDialog
from hctui.tui.screens.menu import Menu
from hctui.tui.screens.password import AskPassword
from hctui.tui.screens.progress import ProgressPage
from hctui.tui.screens.result import ResultPage
from hctui.tui.screens.too_small import TooSmall

SLOW = "CERAMICA_DO_SUL"
"""The database whose backup begins with a command of 60 seconds."""


@pytest.fixture
def app(demo: DemoServer) -> HctuiApp:
    configuration = Configuration.load(demo.configuration_path)
    configuration.replace(SLOW, replace(configuration.database(SLOW), before="sleep 60"))
    return HctuiApp(configuration)


@pytest.fixture
def plan(demo: DemoServer) -> BackupPlan:
    return BackupPlan(("PAO_DE_OURO",), demo.backups, "one.bkb")


@pytest.fixture
def slow_plan(demo: DemoServer) -> BackupPlan:
    return BackupPlan((SLOW,), demo.backups, "slow.bkb")


async def test_a_backup_is_followed_to_its_result(app: HctuiApp, plan: BackupPlan, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(plan, None)
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        await until(pilot, lambda: _("The backup is done.") in text_of(pilot))
        shown = text_of(pilot)
        assert "one.bkb" in shown
        assert _("Verify now") in shown
        assert _("consistent: every table as it was at one instant") in shown
        await until(pilot, lambda: jobs.unattended() == ())
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Menu))


async def test_verify_now(app: HctuiApp, plan: BackupPlan, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(replace(plan, encryption=Encryption.AES256), "açúcar")
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, AskPassword) and app.screen.focused)
        await pilot.press(*"açúcar")
        await pilot.pause()
        assert "açúcar" not in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: _("The backup is whole: every byte is what was written.") in text_of(pilot))


async def test_a_failed_job_shows_the_reason(app: HctuiApp, plan: BackupPlan, english: None, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(replace(plan, destination=plan.destination / "missing"), None)
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        await until(pilot, lambda: "does not exist" in text_of(pilot))
        assert "Verify" not in text_of(pilot)


async def test_a_second_job_on_a_database_is_refused(
    app: HctuiApp, slow_plan: BackupPlan, english: None, until, text_of
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        job = await asyncio.to_thread(jobs.start, slow_plan, app.configuration, None)
        app.start_job(replace(slow_plan, name="other.bkb"), None)
        await until(pilot, lambda: isinstance(app.screen, MessageDialog))
        await until(pilot, lambda: SLOW in text_of(pilot))
        await pilot.press("enter")
        await asyncio.to_thread(job.cancel)


async def test_cancel_asks_once_and_leaves_no_files(app: HctuiApp, slow_plan: BackupPlan, spoken: str, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(slow_plan, None)
        await until(pilot, lambda: isinstance(app.screen, ProgressPage) and app.screen.progress.operation)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, Confirm))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressPage))
        assert app.screen.running, "the answer that changes nothing has the focus"
        await pilot.press("ctrl+x")
        await until(pilot, lambda: isinstance(app.screen, Confirm) and app.screen.focused)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        await until(pilot, lambda: _("Cancelled. Nothing half-made was left behind.") in text_of(pilot))
        assert list(slow_plan.destination.glob("slow*")) == []


async def test_a_question_stays_until_it_is_answered(app: HctuiApp, slow_plan: BackupPlan, english: None, until) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(slow_plan, None)
        await until(pilot, lambda: isinstance(app.screen, ProgressPage) and app.screen.progress.operation)
        page = app.screen
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, Confirm) and app.screen.focused)
        await asyncio.to_thread(page.job.cancel)
        await until(pilot, lambda: page._end is not None)
        await pilot.pause()
        assert isinstance(app.screen, Confirm), "the job ended while the question was open"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        assert page not in app.screen_stack


async def test_a_job_can_be_left_and_opened_again(app: HctuiApp, slow_plan: BackupPlan, english: None, until, text_of) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        app.start_job(slow_plan, None)
        await until(pilot, lambda: isinstance(app.screen, ProgressPage) and app.screen.progress.operation)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Menu))
        await until(pilot, lambda: "is under way" in text_of(pilot))
        await pilot.press("f7")
        await until(pilot, lambda: isinstance(app.screen, Attach) and app.screen.focused)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProgressPage))
        await asyncio.to_thread(app.screen.job.cancel)
        await until(pilot, lambda: isinstance(app.screen, ResultPage))


async def test_the_menu_follows_running_jobs(app: HctuiApp, slow_plan: BackupPlan, english: None, until, text_of) -> None:
    job = await asyncio.to_thread(jobs.start, slow_plan, app.configuration, None)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Attach) and app.screen.focused)
        await pilot.press("escape")
        await until(pilot, lambda: "is under way" in text_of(pilot))
        await asyncio.to_thread(job.cancel)
        await until(pilot, lambda: "was cancelled" in text_of(pilot) and "is under way" not in text_of(pilot))


async def test_a_job_that_ended_unseen_is_offered_at_the_next_start(
    app: HctuiApp, plan: BackupPlan, spoken: str, until, text_of
) -> None:
    job = await asyncio.to_thread(jobs.start, plan, app.configuration, None)
    await wait_until_async(lambda: job.state != "running", f"the end of {job.id}")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Attach) and app.screen.focused)
        await until(pilot, lambda: _("is done") in text_of(pilot))
        await pilot.press("1")
        await until(pilot, lambda: isinstance(app.screen, ResultPage))
        await until(pilot, lambda: "one.bkb" in text_of(pilot))
        await until(pilot, lambda: jobs.unattended() == ())


async def test_it_is_offered_in_a_window_that_was_too_small(app: HctuiApp, plan: BackupPlan, english: None, until) -> None:
    job = await asyncio.to_thread(jobs.start, plan, app.configuration, None)
    await wait_until_async(lambda: job.state != "running", f"the end of {job.id}")
    async with app.run_test(size=(60, 20)) as pilot:
        await until(
            pilot, lambda: isinstance(app.screen, TooSmall) and any(isinstance(each, Attach) for each in app.screen_stack)
        )
        for size in ((200, 50), (60, 20), (80, 24)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda size=size: isinstance(app.screen, Attach if size[0] >= 80 else TooSmall))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Menu) and app.screen.focused)


async def test_the_progress_page_shows_only_known_amounts(app: HctuiApp, slow_plan: BackupPlan, english: None, until) -> None:
    async with app.run_test(size=(80, 24)):
        job = await asyncio.to_thread(jobs.start, slow_plan, app.configuration, None)
        page = ProgressPage(job)
        assert page._amounts_text() == "The job is starting…"
        page.progress.add(Started("restore", (SLOW,), (), 0))
        assert page._amounts_text() == "", "an unknown total is not shown"
        page.progress.add(Started("restore", (SLOW,), (), 2000))
        assert page._amounts_text() == "2 kB to go through"
        page.progress.add(Progress(1000, 2000))
        assert page._amounts_text() == "1 kB of 2 kB"
        await asyncio.to_thread(job.cancel)
