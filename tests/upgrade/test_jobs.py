"""Jobs of version 0.1 are listed, followed to their end and shown, whether they have ended or still run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hctui.codec import decode_event
from hctui.disk.locks import try_lock
from hctui.events import Done, Failed, Started
from hctui.i18n import language
from hctui.jobs.job import JOURNAL, Job
from hctui.jobs.progress import JobProgress
from hctui.tui.job_result import job_result
from hctui.tui.plan_titles import plan_title

JOBS = {
    "20261128-040321-a86d": ("backup", "done", "backup-done", 3, "Backup of PADARIA, MOVEIS"),
    "20261128-040327-3550": ("verify", "done", "verify-done", 0, "Verification of todos.bkb"),
    "20261128-040336-7164": ("restore", "done", "restore-done", 0, "Restore of PADARIA"),
    "20261128-040344-4346": ("undo", "done", "restore-done", 0, "Undo of the last restore of PADARIA"),
    "20261128-040351-c256": ("files-backup", "done", "files-done", 0, "Backup of files to arquivos"),
    "20261128-040357-b13b": ("files-restore", "done", "files-done", 0, "Restore of files from arquivos.bkb"),
    "20261128-040402-0874": ("files-restore", "done", "files-done", 3, "Restore of files from arquivos.bkb"),
    "20261128-040407-a07f": ("backup", "failed", "failed", 1, "Backup of PADARIA"),
    "20261128-040411-32da": ("backup", "cancelled", "failed", 4, "Backup of MOVEIS"),
    "20261128-040417-a9ec": ("backup", "died", "failed", 1, "Backup of MOVEIS"),
}
"""Operation, state, kind of the last event, exit code and title."""


@pytest.fixture
def folder(place: Any, old: Path) -> Path:
    """Return the folder of jobs, with those of version 0.1."""
    folder: Path = place.folder / "state" / "jobs"
    shutil.copytree(old / "jobs", folder)
    return folder


def test_they_are_listed(place: Any, folder: Path) -> None:
    listed = place.hctui("jobs", "list", "--json")
    assert {job["id"]: (job["operation"], job["state"]) for job in listed} == {id: known[:2] for id, known in JOBS.items()}


@pytest.mark.parametrize("id", JOBS)
def test_one_is_followed_with_the_kinds_of_now(place: Any, folder: Path, id: str) -> None:
    operation, _state, kind, code, _title = JOBS[id]
    lines = place.hctui("jobs", "follow", id, "--json", codes=(code,))
    assert lines[-1]["kind"] == kind
    assert lines[-1].get("exit_code", code) == code
    assert lines[-1].get("operation", operation) == operation
    assert len(lines) >= len((folder / id / JOURNAL).read_text().splitlines())
    assert all(decode_event(json.dumps(line)) for line in lines)


@pytest.mark.parametrize("id", JOBS)
def test_one_is_shown(folder: Path, id: str) -> None:
    language.activate("en")
    _operation, state, _kind, code, title = JOBS[id]
    job = Job.load(folder / id)
    progress = JobProgress()
    for event in job.snapshot_events()[0]:
        progress.add(event)
    assert plan_title(job.plan) == title
    assert progress.ended == job.result
    if job.result is None:
        assert state == "died"
    else:
        assert isinstance(job.result, Done | Failed) and job.result.exit_code == code
        assert job_result(job.result).success == (state == "done")


def test_one_that_still_runs_is_followed(place: Any, folder: Path) -> None:
    running = folder / "20261128-040321-a86d"
    lines = (running / JOURNAL).read_bytes().splitlines(keepends=True)
    (running / JOURNAL).write_bytes(b"".join(lines[:6]))
    lock = os.open(running / "alive", os.O_RDWR | os.O_CREAT)
    assert try_lock(lock) and Job.load(running).state == "running"
    command = [sys.executable, "-P", "-m", "hctui", "jobs", "follow", running.name, "--json"]
    environment = {**os.environ, **place.environment}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as following:
        assert following.stdout is not None
        first = [decode_event(following.stdout.readline()) for _line in range(6)]
        assert [isinstance(event, Started) for event in first] == [False, False, False, True, False, False]
        with (running / JOURNAL).open("ab") as journal:
            journal.write(b"".join(lines[6:]))
        os.close(lock)
        rest, errors = following.communicate(timeout=60)
    assert following.returncode == 3, errors
    assert len(rest.splitlines()) == len(lines) - 6
