"""The result of a job in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.events import BackupDone, DatabaseOutcome, Failed, RestoreDone
from hctui.i18n import language
from hctui.messages import message
from hctui.model import Consistency, Encryption
from hctui.tui.job_result import job_result


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


def test_the_result_of_a_backup() -> None:
    database = DatabaseOutcome("A", 3, 1200, 4_000_000, Consistency.CONSISTENT)
    end = BackupDone(
        Path("/mnt/b/a.bkb"),
        1_000_000,
        4_000_000,
        Encryption.AES256,
        (database,),
        operation="backup",
        seconds=12.0,
        warnings=(message("Careful."),),
        advice=(message("Same disk."),),
    )
    result = job_result(end)
    details = dict(result.details)
    assert result.success
    assert details["Size"] == "1 MB, 25% of 4 MB"
    assert details["A"] == "3 tables, 1,200 rows, 4 MB"
    assert details["Encryption"] == "AES-256"
    assert result.warnings == ("Careful.", "Same disk.")
    assert result.file == end.file


def test_the_result_of_a_restore() -> None:
    kept = tuple(f"table{number}" for number in range(9))
    database = DatabaseOutcome("A", 1, 0, 10, kept=kept, reindex=("table0",), undo=True)
    result = job_result(RestoreDone((database,), operation="restore", seconds=1.0))
    details = dict(result.details)
    assert details["A"] == "1 table, 10 bytes"
    assert details["Kept in A"].endswith("table5 and 3 more")
    assert details["To reindex in A"] == "table0"
    assert result.undo == ("A",)


def test_the_result_of_a_failure_has_its_reason_and_offers_nothing() -> None:
    result = job_result(Failed(message("The disk is full."), 1, "disk-full"))
    assert not result.success
    assert result.text == "The disk is full."
    assert (result.file, result.undo) == (None, ())
