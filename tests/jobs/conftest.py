"""Fixtures of the tests of jobs: a state folder, a configuration with two databases, and jobs with a fake operation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.jobs import Job, jobs, launcher, start
from hctui.model import Database
from hctui.plans import BackupPlan


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the state folder of the test."""
    monkeypatch.setenv("HCTUI_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def configuration(tmp_path: Path, state: Path) -> Configuration:
    """Return a configuration with the databases A and B."""
    configuration = Configuration.load(tmp_path / "config.toml")
    for alias in "AB":
        configuration.add(Database(alias, "sqlite", str(tmp_path / f"{alias}.db")))
    return configuration


@pytest.fixture
def begin(configuration: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Job]]:
    """Return a function that starts a job of `fake_worker`; running jobs are cancelled after the test."""
    fake = str(Path(__file__).with_name("fake_worker.py"))
    monkeypatch.setattr(launcher, "worker_command", lambda *words: [sys.executable, fake, *words])

    def begin(name: str, *databases: str, password: str | None = None) -> Job:
        return start(BackupPlan(databases or ("A",), tmp_path, name), configuration, password)

    yield begin
    for job in jobs():
        job.cancel()
