"""Tests of real jobs: a backup, a verification and a restore in processes of their own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.events import BackupDone, Failed, RestoreDone, VerifyDone
from hctui.jobs import Job, start
from hctui.model import Encryption
from hctui.plans import BackupPlan, RestorePlan, VerifyPlan

PASSWORD = "outra-senha-ção"


@pytest.fixture
def database(configuration: Configuration) -> Path:
    path = Path(configuration.database("A").location)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE produtos (id INTEGER PRIMARY KEY, nome TEXT)")
        connection.executemany("INSERT INTO produtos (nome) VALUES (?)", [(f"produto {number}",) for number in range(500)])
    return path


async def last_event(job: Job) -> BackupDone | RestoreDone | VerifyDone | Failed:
    last = [event async for event in job.events(poll=0.02)][-1]
    assert isinstance(last, BackupDone | RestoreDone | VerifyDone | Failed), last
    return last


async def test_backup_verify_and_restore(configuration: Configuration, database: Path, tmp_path: Path) -> None:
    made = await last_event(start(BackupPlan(("A",), tmp_path, "a.bkb", Encryption.AES256), configuration, PASSWORD))
    assert isinstance(made, BackupDone), made
    assert isinstance(await last_event(start(VerifyPlan(made.file), configuration, PASSWORD)), VerifyDone)
    wrong = await last_event(start(VerifyPlan(made.file), configuration, "wrong"))
    assert isinstance(wrong, Failed) and (wrong.error, wrong.exit_code) == ("wrong-password", 12)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM produtos")
    back = await last_event(start(RestorePlan(made.file, ("A",)), configuration, PASSWORD))
    assert isinstance(back, RestoreDone), back
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM produtos").fetchone() == (500,)


async def test_an_invalid_configuration_fails_the_job(configuration: Configuration, tmp_path: Path) -> None:
    configuration.path.write_text("nonsense")
    last = await last_event(start(BackupPlan(("A",), tmp_path, "a.bkb"), configuration, None))
    assert isinstance(last, Failed) and (last.error, last.exit_code) == ("invalid-configuration", 2)
