"""A process started ahead does the job as any other; one that is not needed ends by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hctui import ahead
from hctui.errors import DatabaseBusy
from hctui.events import BackupDone, Event, Failed, Started
from hctui.jobs import Job, locks

Begin = Callable[..., Job]
PATIENCE = 60


async def followed(job: Job) -> list[Event]:
    return [event async for event in job.events(poll=0.02)]


@pytest.fixture
def ready(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> Iterator[ahead.Ahead]:
    """Give a process that waits for the next job."""
    monkeypatch.setattr(ahead, "WORKER", (str(Path(__file__).with_name("fake_worker.py")),))
    monkeypatch.setenv("HCTUI_PASSWORD", "in no environment")
    waiting: list[ahead.Ahead] = []
    monkeypatch.setattr(ahead, "_waiting", waiting)
    ahead.prepare(["--plain", "backup"])
    (started,) = waiting
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.process.wait()


async def test_it_does_the_job_with_its_password_locks_and_log(ready: ahead.Ahead, begin: Begin, tmp_path: Path) -> None:
    job = begin("wait", password="senha")
    assert job.record.process == ready.process.pid
    async for event in job.events(poll=0.02):
        if isinstance(event, Started):
            break
    assert os.getsid(ready.process.pid) == ready.process.pid
    with pytest.raises(DatabaseBusy):
        begin("quick", "A")
    environment = Path(f"/proc/{ready.process.pid}/environ")
    assert not environment.exists() or b"in no environment" not in environment.read_bytes()
    (tmp_path / "go").touch()
    last = (await followed(job))[-1]
    assert isinstance(last, BackupDone) and last.size == len("senha")
    assert ready.process.wait(PATIENCE) == 0
    assert not locks.is_held(job.folder / "alive")


async def test_its_faults_are_in_the_log_of_the_job(ready: ahead.Ahead, begin: Begin) -> None:
    job = begin("bug")
    assert job.record.process == ready.process.pid
    assert isinstance((await followed(job))[-1], Failed)
    assert "ZeroDivisionError" in (job.folder / "log").read_text()


async def test_it_does_one_job_and_the_next_gets_a_process_of_its_own(ready: ahead.Ahead, begin: Begin) -> None:
    first, second = begin("quick", "A"), begin("quick", "B")
    assert first.record.process == ready.process.pid != second.record.process
    for job in (first, second):
        assert isinstance((await followed(job))[-1], BackupDone)


async def test_one_that_was_killed_is_replaced(ready: ahead.Ahead, begin: Begin) -> None:
    os.kill(ready.process.pid, signal.SIGKILL)
    ready.process.wait(PATIENCE)
    job = begin("quick")
    assert job.record.process != ready.process.pid
    assert isinstance((await followed(job))[-1], BackupDone)


def test_one_that_is_not_needed_ends(ready: ahead.Ahead, state: Path) -> None:
    taken = ahead.take()
    assert taken is ready
    ready.close()
    assert ready.process.wait(PATIENCE) == 0
    assert not list(state.rglob("*"))


@pytest.mark.parametrize("arguments", [["backup", "--help"], ["show", "backup"], ["restore", "x", "--dry-run"], [], ["-h"]])
def test_nothing_is_started_for_what_becomes_no_job(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[ahead.Ahead] = []
    monkeypatch.setattr(ahead, "_waiting", waiting)
    ahead.prepare(arguments)
    assert not waiting
