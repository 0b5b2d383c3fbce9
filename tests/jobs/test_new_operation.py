"""An operation is a row, a runner and a name: one that is added here is run, locked, journalled, listed, named and shown."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hctui.cli.context import Invocation
from hctui.cli.entry import run as hctui
from hctui.cli.progress.follow import run_job
from hctui.config import Configuration
from hctui.events import Started
from hctui.i18n import language
from hctui.jobs import find, launcher, locks, start
from hctui.tui.job_result import job_result
from hctui.tui.plan_titles import plan_title

WORKER = Path(__file__).with_name("copy_worker.py")


@pytest.fixture
def copying(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module of the new operation, which this process and the processes of jobs know."""
    spec = importlib.util.spec_from_file_location("copy_worker", WORKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "copy_worker", module)
    spec.loader.exec_module(module)
    module.register(monkeypatch.setitem)
    monkeypatch.setattr(launcher, "worker_command", lambda *words: [sys.executable, str(WORKER), *words])
    language.activate("en")
    return module


async def test_it_runs_as_a_job_and_is_read_from_its_journal(copying: ModuleType, configuration: Configuration) -> None:
    plan = copying.CopyPlan(Path("/b/a.bkb"), "A")
    job = start(plan, configuration, None)
    events = [event async for event in job.events(poll=0.02)]
    assert Started("copy", ("A",), (), 1) in events
    assert events[-1] == copying.CopyDone(Path("/b/a.copy"), operation="copy", seconds=1.0)
    known = find(job.id)
    assert (known.plan, known.operation, known.databases, known.state) == (plan, "copy", ("A",), "done")
    assert known.result == events[-1]


def test_it_locks_its_database(copying: ModuleType, configuration: Configuration) -> None:
    assert list(locks.lock_names(copying.CopyPlan(Path("/b/a.bkb"), "B"), configuration).values()) == ["B"]


def test_it_is_named_and_its_result_is_shown(
    copying: ModuleType, configuration: Configuration, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = copying.CopyPlan(Path("/b/a.bkb"), "A")
    assert plan_title(plan) == "Copy of a backup"
    result = job_result(copying.CopyDone(Path("/b/a.copy"), operation="copy", seconds=1.0))
    assert (result.success, result.headline, result.details) == (True, "The job is done.", (("Time taken", "1 s"),))
    assert run_job(plan, Invocation(configuration.path, plain=True), None, as_json=False) == 0
    assert capfd.readouterr().out.splitlines() == ["Copy of a backup A: 0 tables, 1 byte.", "Done in 1 s."]
    assert hctui(["jobs", "--lang", "en"]) == 0
    assert "Copy of a backup  A" in capfd.readouterr().out
