"""Jobs outlive whoever started them, end in one of five ways, and can be followed from anywhere."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.config import Configuration
from hctui.disk.locks import is_locked
from hctui.errors import DatabaseBusy, JobCrashed, UnknownJob
from hctui.events import BackupDone, Event, Failed, Progress, RestoreDone, Started, TableDone, Warned
from hctui.jobs import Job, find, history, jobs, launcher, locks, start, unattended
from hctui.jobs.job import JOURNAL, RECORD
from hctui.plans import BackupPlan, RestorePlan, UndoPlan, VerifyPlan

Begin = Callable[..., Job]


async def followed(job: Job) -> list[Event]:
    return [event async for event in job.events(poll=0.02)]


async def until(job: Job, kind: type[Event]) -> None:
    async for event in job.events(poll=0.02):
        if isinstance(event, kind):
            return


async def gone(job: Job) -> None:
    while is_locked(job.folder / "alive"):
        await asyncio.sleep(0.01)


async def test_events_arrive_from_the_beginning_to_the_end(begin: Begin, tmp_path: Path) -> None:
    job = begin("quick", password="dez caracteres"[:10])
    events = await followed(job)
    assert isinstance(events[0], Started) and isinstance(events[-1], BackupDone)
    assert events[-1].size == 10
    assert [type(event) for event in events if isinstance(event, TableDone | Warned)] == [TableDone, Warned]
    assert job.state == "done" and job.result == events[-1]
    assert await followed(find(job.id)) == events
    assert job.plan == BackupPlan(("A",), tmp_path, "quick") and job.operation == "backup" and job.databases == ("A",)


async def test_progress_is_written_four_times_a_second_and_once_more_at_the_end(begin: Begin) -> None:
    progress = [event for event in await followed(begin("quick")) if isinstance(event, Progress)]
    assert len(progress) < 10
    assert progress[-1] == Progress(1000, 1000)


async def test_positions_let_a_screen_read_only_what_is_new(begin: Begin) -> None:
    job = begin("quick")
    events = await followed(job)
    first, position = job.snapshot_events()
    assert list(first) == events
    assert job.snapshot_events(position) == ((), position)


async def test_an_error_is_the_last_event(begin: Begin) -> None:
    job = begin("error")
    last = (await followed(job))[-1]
    assert isinstance(last, Failed) and last.exit_code == 1
    assert last.message.values == {"path": "/x", "needed_bytes": 2, "free_bytes": 1}
    assert job.state == "failed"


async def test_a_fault_is_told_without_what_was_in_memory(begin: Begin) -> None:
    job = begin("bug", password="hunter2-correct-horse")
    last = (await followed(job))[-1]
    assert isinstance(last, Failed) and "ZeroDivisionError" in str(last.message)
    await gone(job)
    log = (job.folder / "log").read_text()
    assert "Traceback" in log
    assert "hunter2" not in log + str(last)


async def test_a_killed_process_is_called_dead(begin: Begin) -> None:
    job = begin("die")
    with pytest.raises(JobCrashed):
        await followed(job)
    assert job.state == "died" and job.result is None
    assert job in unattended()


async def test_cancel_waits_for_the_clean_up(begin: Begin, tmp_path: Path) -> None:
    job = begin("wait")
    await until(job, Started)
    job.cancel()
    job.cancel()
    last = (await followed(job))[-1]
    assert isinstance(last, Failed) and last.exit_code == 4
    assert (tmp_path / "cleaned").exists()
    assert job.state == "cancelled"
    job.cancel()


async def test_cancel_before_the_process_is_up(begin: Begin) -> None:
    job = begin("wait")
    job.cancel()
    last = (await followed(job))[-1]
    assert isinstance(last, Failed) and last.exit_code == 4
    await gone(job)
    assert job.state == "cancelled"


async def test_a_hang_up_or_an_interrupt_is_not_its_concern(begin: Begin) -> None:
    assert isinstance((await followed(begin("signals")))[-1], BackupDone)


async def test_it_stands_back_as_far_as_configured(begin: Begin, configuration: Configuration) -> None:
    configuration.path.write_text("nice = 7\n" + configuration.path.read_text())
    job = begin("wait")
    await until(job, Started)
    assert os.getpriority(os.PRIO_PROCESS, job.record.process) == os.getpriority(os.PRIO_PROCESS, 0) + 7


async def test_a_state_folder_may_be_named_from_the_current_folder(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HCTUI_STATE", "state")
    assert isinstance((await followed(begin("quick")))[-1], BackupDone)


async def test_it_outlives_whoever_started_it(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    starter = """
import os, sys
from pathlib import Path
from hctui.config import Configuration
from hctui.jobs import launcher, start
from hctui.plans import BackupPlan
launcher.WORKER = (sys.argv[1],)
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
    assert isinstance((await followed(job))[-1], BackupDone)


async def test_one_job_per_database(begin: Begin, tmp_path: Path) -> None:
    first = begin("wait", "A")
    with pytest.raises(DatabaseBusy) as caught:
        begin("wait", "B", "a")
    assert caught.value.message.values == {"alias": "a", "job": first.id}
    second = begin("quick", "B")
    assert isinstance((await followed(second))[-1], BackupDone)
    assert {job.id for job in jobs()} == {first.id, second.id}
    (tmp_path / "go").touch()
    await followed(first)
    assert isinstance((await followed(begin("quick", "A", "B")))[-1], BackupDone)


async def test_a_killed_job_keeps_no_lock(begin: Begin) -> None:
    with pytest.raises(JobCrashed):
        await followed(begin("die", "A"))
    assert isinstance((await followed(begin("quick", "A")))[-1], BackupDone)


async def test_locks_mean_the_place_whatever_it_is_called(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    begin("wait", "A")
    (tmp_path / "link").symlink_to(tmp_path)
    other = Configuration.load(tmp_path / "other.toml")
    other.add(replace(configuration.database("A"), alias="OTHER", location=str(tmp_path / "link" / "A.db")))
    with pytest.raises(DatabaseBusy, match="OTHER"):
        start(UndoPlan("OTHER"), other, None)


def test_which_databases_a_plan_locks(configuration: Configuration) -> None:
    def locked(plan: BackupPlan | RestorePlan | UndoPlan | VerifyPlan) -> list[str]:
        return list(locks.lock_names(plan, configuration).values())

    file = Path("/x.bkb")
    assert locked(RestorePlan(file, ("B",))) == ["B"]
    assert locked(RestorePlan(file)) == ["A", "B"]
    assert locked(RestorePlan(file, ("B",), into="NEW")) == ["NEW"]
    assert locked(UndoPlan("A")) == ["A"]
    assert locked(VerifyPlan(file)) == []


async def test_of_two_that_start_at_once_exactly_one_wins(begin: Begin, tmp_path: Path, configuration: Configuration) -> None:
    starter = """
import sys, time
from pathlib import Path
from hctui.config import Configuration
from hctui.errors import DatabaseBusy
from hctui.jobs import launcher, start
from hctui.plans import BackupPlan
launcher.WORKER = (sys.argv[1],)
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
    said = sorted(racer.communicate()[0].strip() for racer in racers)
    (winner,) = jobs()
    assert said == [winner.id, *[f"busy {winner.id}"] * 3]
    (tmp_path / "go").touch()
    assert isinstance((await followed(winner))[-1], BackupDone)


async def test_a_plan_larger_than_a_pipe_arrives(begin: Begin, configuration: Configuration, tmp_path: Path) -> None:
    tables = tuple(f"table-{number}" for number in range(10_000))
    job = start(RestorePlan(tmp_path, ("A",), tables=tables), configuration, "senha")
    last = (await followed(job))[-1]
    assert isinstance(last, RestoreDone)
    assert (last.databases[0].tables, last.databases[0].size) == (10_000, 5)


@pytest.mark.parametrize("cut", [1, 40])
async def test_a_starter_that_died_in_mid_sentence_starts_nothing(
    cut: int, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = codec.encode

    def encode(value: object) -> bytes:
        """Promise a longer password than there is, or stop within the first line."""
        if isinstance(value, launcher.Order):
            return whole(replace(value, password_length=99)) if cut == 1 else whole(value)[:cut]
        return whole(value)

    monkeypatch.setattr(codec, "encode", encode)
    job = begin("quick", password="senha")
    events = await followed(job)
    assert [type(event) for event in events] == [Failed] and job.state == "failed"


async def test_everything_kept_is_private(begin: Begin, state: Path) -> None:
    job = begin("quick")
    await followed(job)
    for path in (state, *state.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


async def test_seen_jobs_are_not_offered_again(begin: Begin) -> None:
    job = begin("quick")
    assert unattended() == (job,)
    await followed(job)
    assert unattended() == (job,)
    job.seen()
    assert job.was_seen and unattended() == ()
    await gone(job)
    job.forget()
    assert jobs() == ()
    with pytest.raises(UnknownJob):
        find(job.id)


async def test_a_running_job_is_not_forgotten(begin: Begin) -> None:
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


async def test_old_jobs_are_forgotten_but_for_unseen_failures(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT_JOBS", 0)
    failed, done = begin("error", "A"), begin("quick", "B")
    for job in (failed, done):
        await followed(job)
        await gone(job)
    running = begin("wait")
    assert jobs() == tuple(sorted((failed, running), key=lambda job: job.id, reverse=True))
    monkeypatch.setattr(history, "KEPT_FAILURES", timedelta(0))
    history.prune()
    assert jobs() == (running,)


def test_rubbish_in_the_state_folder_is_no_job(begin: Begin, state: Path) -> None:
    (locks.jobs_folder() / "notes").mkdir()
    (locks.jobs_folder() / "file").touch()
    (locks.jobs_folder() / "bad").mkdir()
    (locks.jobs_folder() / "bad" / RECORD).write_text("{}\n{}\n")
    assert jobs() == ()


async def test_lines_of_another_version_are_passed_over(begin: Begin) -> None:
    job = begin("quick")
    events = await followed(job)
    with (job.folder / JOURNAL).open("r+b") as file:
        whole = file.read()
        file.seek(0)
        file.write(b'{"kind":"Newer","x":1}\nrubbish\n' + whole + b'{"kind":"half')
    assert list(job.snapshot_events()[0]) == events
