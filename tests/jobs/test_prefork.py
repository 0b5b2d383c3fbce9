"""A process that was forked early runs a job like any other; one that gets no job ends."""

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
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked early on Linux only"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # pytest's process has threads, hctui's has none
]


@pytest.fixture
def inheritable(tmp_path: Path) -> Iterator[Path]:
    """Give a file that this process has open and that a child inherits."""
    path = tmp_path / "theirs"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.set_inheritable(descriptor, True)
    yield path
    os.close(descriptor)


@pytest.fixture
def ready(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> Iterator[prefork.WaitingProcess]:
    """Give a process that waits for the next job; its operation is replaced by that of the fake worker."""
    waiting: list[prefork.WaitingProcess] = []
    monkeypatch.setattr(prefork, "_waiting", waiting)
    fake = runpy.run_path(str(Path(__file__).with_name("fake_worker.py")))
    monkeypatch.setattr(operations, "run", fake["run"])
    prefork.prepare(worker.serve)
    (started,) = waiting
    yield started
    started.kill()
    started.wait()


async def test_it_runs_the_job_with_its_password_locks_and_log(
    inheritable: Path, ready: prefork.WaitingProcess, begin: Begin, tmp_path: Path
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
    assert str(inheritable) not in inherited and str(job.folder / "log") in inherited
    (tmp_path / "go").touch()
    last = (await followed(job))[-1]
    assert isinstance(last, BackupDone) and last.size == len("senha")
    ready.wait()
    assert not is_locked(job.folder / "alive")


async def test_a_fault_is_in_the_log_of_the_job(ready: prefork.WaitingProcess, begin: Begin) -> None:
    job = begin("bug")
    assert job.record.process == ready.pid
    assert isinstance((await followed(job))[-1], Failed)
    assert "ZeroDivisionError" in (job.folder / "log").read_text()


async def test_it_runs_one_job_and_the_next_job_gets_another_process(ready: prefork.WaitingProcess, begin: Begin) -> None:
    first, second = begin("quick", "A"), begin("quick", "B")
    assert first.record.process == ready.pid != second.record.process
    for job in (first, second):
        assert isinstance((await followed(job))[-1], BackupDone)


async def test_a_killed_process_is_replaced(ready: prefork.WaitingProcess, begin: Begin) -> None:
    ready.kill()
    ready.wait()
    job = begin("quick")
    assert job.record.process != ready.pid
    assert isinstance((await followed(job))[-1], BackupDone)


def test_a_process_without_a_job_ends(ready: prefork.WaitingProcess, state: Path) -> None:
    taken = prefork.take()
    assert taken is ready
    ready.close()
    ready.wait()
    assert not list(state.rglob("*"))


@pytest.mark.parametrize("arguments", [["backup", "--help"], ["show", "backup"], ["restore", "x", "--dry-run"], [], ["-h"]])
def test_no_process_is_forked_for_a_command_without_a_job(arguments: list[str]) -> None:
    assert not prefork.expects_job(arguments)


def test_no_process_is_forked_with_a_password_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HCTUI_PASSWORD", raising=False)
    assert prefork.expects_job(["--plain", "backup"])
    monkeypatch.setenv("HCTUI_PASSWORD", "in no environment")
    assert not prefork.expects_job(["--plain", "backup"])
