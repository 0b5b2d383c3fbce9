"""A process split off ahead does the job as any other; one that is not needed ends by itself."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hctui import operations, prefork
from hctui.disk.locks import is_locked
from hctui.errors import DatabaseBusy
from hctui.events import BackupDone, Event, Failed, Started
from hctui.jobs import Job, worker

Begin = Callable[..., Job]


async def followed(job: Job) -> list[Event]:
    return [event async for event in job.events(poll=0.02)]


pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are split off on Linux only"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # pytest's has threads, hctui's has none yet
]


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Path]:
    """Give a file that this process has open and would pass on."""
    path = tmp_path / "theirs"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    yield path
    os.close(descriptor)


@pytest.fixture
def ready(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> Iterator[prefork.Ahead]:
    """Give a process that waits for the next job, whose operation is a stand-in."""
    waiting: list[prefork.Ahead] = []
    monkeypatch.setattr(prefork, "_waiting", waiting)
    stand_in = runpy.run_path(str(Path(__file__).with_name("fake_worker.py")))
    monkeypatch.setattr(operations, "run", stand_in["run"])
    prefork.prepare(worker.serve)
    (started,) = waiting
    yield started
    started.kill()
    started.wait()


async def test_it_does_the_job_with_its_password_locks_and_log(
    theirs: Path, ready: prefork.Ahead, begin: Begin, tmp_path: Path
) -> None:
    job = begin("wait", password="senha")
    assert job.record.process == ready.pid
    async for event in job.events(poll=0.02):
        if isinstance(event, Started):
            break
    assert os.getsid(ready.pid) == ready.pid
    with pytest.raises(DatabaseBusy):
        begin("quick", "A")
    assert os.readlink(f"/proc/{ready.pid}/cwd") == "/"
    inherited = {os.readlink(entry) for entry in Path(f"/proc/{ready.pid}/fd").iterdir()}
    assert str(theirs) not in inherited and str(job.folder / "log") in inherited
    (tmp_path / "go").touch()
    last = (await followed(job))[-1]
    assert isinstance(last, BackupDone) and last.size == len("senha")
    ready.wait()
    assert not is_locked(job.folder / "alive")


async def test_its_faults_are_in_the_log_of_the_job(ready: prefork.Ahead, begin: Begin) -> None:
    job = begin("bug")
    assert job.record.process == ready.pid
    assert isinstance((await followed(job))[-1], Failed)
    assert "ZeroDivisionError" in (job.folder / "log").read_text()


async def test_it_does_one_job_and_the_next_gets_a_process_of_its_own(ready: prefork.Ahead, begin: Begin) -> None:
    first, second = begin("quick", "A"), begin("quick", "B")
    assert first.record.process == ready.pid != second.record.process
    for job in (first, second):
        assert isinstance((await followed(job))[-1], BackupDone)


async def test_one_that_was_killed_is_replaced(ready: prefork.Ahead, begin: Begin) -> None:
    ready.kill()
    ready.wait()
    job = begin("quick")
    assert job.record.process != ready.pid
    assert isinstance((await followed(job))[-1], BackupDone)


def test_one_that_is_not_needed_ends(ready: prefork.Ahead, state: Path) -> None:
    taken = prefork.take()
    assert taken is ready
    ready.close()
    ready.wait()
    assert not list(state.rglob("*"))


@pytest.mark.parametrize("arguments", [["backup", "--help"], ["show", "backup"], ["restore", "x", "--dry-run"], [], ["-h"]])
def test_nothing_is_split_off_for_what_becomes_no_job(arguments: list[str]) -> None:
    assert not prefork.expects_job(arguments)


def test_nothing_is_split_off_that_would_keep_a_password_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HCTUI_PASSWORD", raising=False)
    assert prefork.expects_job(["--plain", "backup"])
    monkeypatch.setenv("HCTUI_PASSWORD", "in no environment")
    assert not prefork.expects_job(["--plain", "backup"])
