"""Tests of jobs: they outlive the process that started them, have one of five states, and any process can follow them."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from waiting import wait_until_async

from hctui import __version__, codec
from hctui.config import Configuration
from hctui.disk.locks import is_locked
from hctui.errors import DatabaseBusy, JobCrashed, UnknownDestination, UnknownJob
from hctui.events import SCHEMA, BackupDone, Event, Failed, JobStarted, Progress, RestoreDone, Started, TableDone, Warned
from hctui.jobs import Job, find, history, jobs, launcher, locks, start, unattended
from hctui.jobs.job import JOURNAL, RECORD
from hctui.plans import BackupPlan, RestorePlan, UndoPlan, VerifyPlan

Begin = Callable[..., Job]


async def all_events(job: Job) -> list[Event]:
    return [event async for event in job.events(poll=0.02)]


async def wait_for(job: Job, kind: type[Event]) -> None:
    async for event in job.events(poll=0.02):
        if isinstance(event, kind):
            return


async def wait_for_end(job: Job) -> None:
    await wait_until_async(lambda: not is_locked(job.folder / "alive"), f"the end of {job.id}")


async def test_events_arrive_from_the_beginning_to_the_end(begin: Begin, tmp_path: Path) -> None:
    job = begin("quick", password="dez caracteres"[:10])
    events = await all_events(job)
    assert events[0] == JobStarted(job.id, __version__, SCHEMA)
    assert isinstance(events[1], Started) and isinstance(events[-1], BackupDone)
    assert events[-1].size == 10
    assert [type(event) for event in events if isinstance(event, TableDone | Warned)] == [TableDone, Warned]
    assert job.state == "done" and job.result == events[-1]
    assert await all_events(find(job.id)) == events
    assert job.plan == BackupPlan(("A",), tmp_path, "quick") and job.operation == "backup" and job.databases == ("A",)


async def test_progress_is_written_four_times_a_second_and_at_the_end(begin: Begin) -> None:
    started = time.monotonic()
    progress = [event for event in await all_events(begin("quick")) if isinstance(event, Progress)]
    assert len(progress) <= (time.monotonic() - started) * 4 + 2 < 1000
    assert progress[-1] == Progress(1000, 1000)


async def test_reading_from_a_position_returns_only_later_events(begin: Begin) -> None:
    job = begin("quick")
    events = await all_events(job)
    first, position = job.snapshot_events()
    assert list(first) == events
    assert job.snapshot_events(position) == ((), position)


async def test_an_error_is_the_last_event(begin: Begin) -> None:
    job = begin("error")
    last = (await all_events(job))[-1]
    assert isinstance(last, Failed) and (last.error, last.exit_code) == ("no-space", 1)
    assert last.message.values == {"path": "/x", "needed_bytes": 2, "free_bytes": 1}
    assert job.state == "failed"


async def test_a_fault_is_reported_without_the_values_of_variables(begin: Begin) -> None:
    job = begin("bug", password="hunter2-correct-horse")
    last = (await all_events(job))[-1]
    assert isinstance(last, Failed) and "ZeroDivisionError" in str(last.message)
    await wait_for_end(job)
    log = (job.folder / "log").read_text()
    assert "Traceback" in log
    assert "hunter2" not in log + str(last)


async def test_the_state_of_a_killed_job_is_died(begin: Begin) -> None:
    job = begin("die")
    with pytest.raises(JobCrashed):
        await all_events(job)
    assert job.state == "died" and job.result is None
    assert job in unattended()


async def test_cancel_waits_for_the_clean_up(begin: Begin, tmp_path: Path) -> None:
    job = begin("wait")
    await wait_for(job, Started)
    job.cancel()
    job.cancel()
    last = (await all_events(job))[-1]
    assert isinstance(last, Failed) and last.exit_code == 4
    assert (tmp_path / "cleaned").exists()
    assert job.state == "cancelled"
    job.cancel()


async def test_cancel_before_the_process_runs(begin: Begin) -> None:
    job = begin("wait")
    job.cancel()
    last = (await all_events(job))[-1]
    assert isinstance(last, Failed) and last.exit_code == 4
    await wait_for_end(job)
    assert job.state == "cancelled"


async def test_a_hang_up_and_an_interrupt_are_ignored(begin: Begin) -> None:
    assert isinstance((await all_events(begin("signals")))[-1], BackupDone)


async def test_it_runs_with_the_configured_niceness(begin: Begin, configuration: Configuration) -> None:
    configuration.path.write_text("nice = 7\n" + configuration.path.read_text())
    job = begin("wait")
    await wait_for(job, Started)
    assert os.getpriority(os.PRIO_PROCESS, job.record.process) == os.getpriority(os.PRIO_PROCESS, 0) + 7


async def test_the_state_folder_may_be_a_relative_path(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HCTUI_STATE", "state")
    assert isinstance((await all_events(begin("quick")))[-1], BackupDone)


async def test_it_outlives_the_process_that_started_it(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    starter = """
import os, sys
from pathlib import Path
from hctui.config import Configuration
from hctui.jobs import launcher, start
from hctui.plans import BackupPlan
launcher.worker_command = lambda *words: [sys.executable, sys.argv[1], *words]
print(start(BackupPlan(("A",), Path("."), "wait"), Configuration.load(Path(sys.argv[2])), None).id, flush=True)
os.kill(os.getpid(), 9)
"""
    worker = str(Path(__file__).with_name("fake_worker.py"))
    arguments = [sys.executable, "-c", starter, worker, str(configuration.path)]
    ended = await asyncio.to_thread(subprocess.run, arguments, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == -9
    job = find(ended.stdout.strip())
    assert job.state == "running" and job in unattended()
    assert isinstance(job.plan, BackupPlan) and job.plan.destination == tmp_path
    assert os.getsid(job.record.process) == job.record.process
    (tmp_path / "go").touch()
    assert isinstance((await all_events(job))[-1], BackupDone)


async def test_one_job_per_database(begin: Begin, tmp_path: Path) -> None:
    first = begin("wait", "A")
    with pytest.raises(DatabaseBusy) as caught:
        begin("wait", "B", "a")
    assert caught.value.message.values == {"alias": "a", "job": first.id}
    second = begin("quick", "B")
    assert isinstance((await all_events(second))[-1], BackupDone)
    assert {job.id for job in jobs()} == {first.id, second.id}
    (tmp_path / "go").touch()
    await all_events(first)
    assert isinstance((await all_events(begin("quick", "A", "B")))[-1], BackupDone)


async def test_a_killed_job_keeps_no_lock(begin: Begin) -> None:
    with pytest.raises(JobCrashed):
        await all_events(begin("die", "A"))
    assert isinstance((await all_events(begin("quick", "A")))[-1], BackupDone)


async def test_two_aliases_of_one_location_share_a_lock(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    begin("wait", "A")
    (tmp_path / "link").symlink_to(tmp_path)
    other = Configuration.load(tmp_path / "other.toml")
    other.add(replace(configuration.database("A"), alias="OTHER", location=str(tmp_path / "link" / "A.db")))
    with pytest.raises(DatabaseBusy, match="OTHER"):
        start(UndoPlan("OTHER"), other, None)


def test_an_address_is_refused_before_anything_of_a_job_is_made(configuration: Configuration, state: Path) -> None:
    with pytest.raises(UnknownDestination):
        start(BackupPlan(("A",), Path("sftp://host/x"), ""), configuration, None)
    assert not list(state.rglob("*"))


def test_each_plan_locks_its_databases(configuration: Configuration) -> None:
    def locked(plan: BackupPlan | RestorePlan | UndoPlan | VerifyPlan) -> list[str]:
        return list(locks.lock_names(plan, configuration).values())

    file = Path("/x.bkb")
    assert locked(RestorePlan(file, ("B",))) == ["B"]
    assert locked(RestorePlan(file)) == ["A", "B"]
    assert locked(RestorePlan(file, ("B",), into="NEW")) == ["NEW"]
    assert locked(UndoPlan("A")) == ["A"]
    assert locked(VerifyPlan(file)) == []


async def test_of_four_that_start_at_once_exactly_one_runs(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    starter = """
import sys, time
from pathlib import Path
from hctui.config import Configuration
from hctui.errors import DatabaseBusy
from hctui.jobs import launcher, start
from hctui.plans import BackupPlan
launcher.worker_command = lambda *words: [sys.executable, sys.argv[1], *words]
configuration, plan = Configuration.load(Path(sys.argv[2])), BackupPlan(("A", "B"), Path(sys.argv[3]), "wait")
print("ready", flush=True)
sys.stdin.readline()
try:
    print(start(plan, configuration, None).id)
except DatabaseBusy as error:
    print("busy", error.message.values["job"])
"""
    arguments = [sys.executable, "-c", starter, str(Path(__file__).with_name("fake_worker.py")), str(configuration.path)]
    racers = [
        subprocess.Popen([*arguments, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    outputs = sorted(racer.communicate()[0].strip() for racer in racers)
    (winner,) = jobs()
    assert outputs == [winner.id, *[f"busy {winner.id}"] * 3]
    (tmp_path / "go").touch()
    assert isinstance((await all_events(winner))[-1], BackupDone)


async def test_a_plan_larger_than_a_pipe_arrives_whole(begin: Begin, configuration: Configuration, tmp_path: Path) -> None:
    tables = tuple(f"table-{number}" for number in range(10_000))
    job = start(RestorePlan(tmp_path, ("A",), tables=tables), configuration, "senha")
    last = (await all_events(job))[-1]
    assert isinstance(last, RestoreDone)
    assert (last.databases[0].tables, last.databases[0].size) == (10_000, 5)


@pytest.mark.parametrize("cut", [1, 40])
async def test_an_incomplete_request_starts_nothing(cut: int, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = codec.encode

    def encode(value: object) -> bytes:
        """Announce a longer password than there is, or stop within the first line."""
        if isinstance(value, launcher.Request):
            return whole(replace(value, password_length=99)) if cut == 1 else whole(value)[:cut]
        return whole(value)

    monkeypatch.setattr(codec, "encode", encode)
    job = begin("quick", password="senha")
    events = await all_events(job)
    assert [type(event) for event in events] == [Failed] and job.state == "failed"


async def test_everything_in_the_state_folder_is_private(begin: Begin, state: Path) -> None:
    job = begin("quick")
    await all_events(job)
    for path in (state, *state.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


async def test_jobs_marked_as_seen_are_not_unattended(begin: Begin) -> None:
    job = begin("quick")
    assert unattended() == (job,)
    await all_events(job)
    assert unattended() == (job,)
    job.mark_seen()
    assert job.was_seen and unattended() == ()
    await wait_for_end(job)
    job.forget()
    assert jobs() == ()
    with pytest.raises(UnknownJob):
        find(job.id)


async def test_a_running_job_is_not_deleted(begin: Begin) -> None:
    job = begin("wait")
    with pytest.raises(DatabaseBusy):
        job.forget()
    assert job.state == "running"


async def test_jobs_are_found_by_the_end_of_their_id(begin: Begin) -> None:
    job = begin("quick")
    assert find(job.id[-4:]) == job
    for unknown in ("", "../jobs", "nothing"):
        with pytest.raises(UnknownJob):
            find(unknown)


async def test_old_jobs_are_deleted_except_unseen_failures(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_JOBS", 0)
    failed, done = begin("error", "A"), begin("quick", "B")
    for job in (failed, done):
        await all_events(job)
        await wait_for_end(job)
    running = begin("wait")
    assert jobs() == tuple(sorted((failed, running), key=lambda job: job.started, reverse=True))
    monkeypatch.setattr(history, "KEPT_FAILURES", timedelta(0))
    history.prune()
    assert jobs() == (running,)


def test_other_files_in_the_state_folder_are_no_jobs(begin: Begin, state: Path) -> None:
    (locks.jobs_folder() / "notes").mkdir()
    (locks.jobs_folder() / "file").touch()
    (locks.jobs_folder() / "bad").mkdir()
    (locks.jobs_folder() / "bad" / RECORD).write_text("{}\n{}\n")
    assert jobs() == ()


async def test_lines_of_another_version_are_skipped(begin: Begin) -> None:
    job = begin("quick")
    events = await all_events(job)
    with (job.folder / JOURNAL).open("r+b") as file:
        whole = file.read()
        file.seek(0)
        file.write(b'{"kind":"Newer","x":1}\nrubbish\n' + whole + b'{"kind":"half')
    assert list(job.snapshot_events()[0]) == events
