"""The result of a job in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.events import BackupDone, DatabaseOutcome, Failed, RestoreDone
from hctui.i18n import language
from hctui.messages import message
from hctui.model import Consistency, Encryption
from hctui.tui.job_result import outcome_of


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


def test_a_backup_in_words() -> None:
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
    outcome = outcome_of(end)
    facts = dict(outcome.facts)
    assert outcome.good
    assert facts["Size"] == "1 MB, 25% of 4 MB"
    assert facts["A"] == "3 tables, 1,200 rows, 4 MB"
    assert facts["Encryption"] == "AES-256"
    assert outcome.warnings == ("Careful.", "Same disk.")
    assert outcome.file == end.file


def test_a_restore_in_words() -> None:
    kept = tuple(f"table{number}" for number in range(9))
    database = DatabaseOutcome("A", 1, 0, 10, kept=kept, reindex=("table0",), undo=True)
    outcome = outcome_of(RestoreDone((database,), operation="restore", seconds=1.0))
    facts = dict(outcome.facts)
    assert facts["A"] == "1 table, 10 bytes"
    assert facts["Kept in A"].endswith("table5 and 3 more")
    assert facts["To reindex in A"] == "table0"
    assert outcome.undo == ("A",)


def test_a_failure_is_told_and_offers_nothing() -> None:
    outcome = outcome_of(Failed(message("The disk is full."), 1))
    assert not outcome.good
    assert outcome.text == "The disk is full."
    assert (outcome.file, outcome.undo) == (None, ())
