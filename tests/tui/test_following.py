"""What is known of a job from its events, and what its end is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.events import (
    BackupDone,
    DatabaseOutcome,
    Failed,
    Progress,
    RestoreDone,
    Started,
    Step,
    StepStarted,
    TableDone,
    TableStarted,
    Warned,
)
from hctui.i18n import language
from hctui.messages import message
from hctui.model import Consistency, Encryption
from hctui.tui.following import Following, State
from hctui.tui.job_result import outcome_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def english() -> None:
    language.activate("en")


def test_tables_speed_and_time_left() -> None:
    clock = Clock()
    following = Following(clock)
    assert (following.share, following.speed, following.left) == (0.0, None, None)
    following.take(Started("backup", ("A",), (("A", "one"), ("A", "two")), 1000))
    following.take(StepStarted("A", Step.PACK))
    following.take(TableStarted("A", "one", 400))
    assert [table.state for table in following.tables] == [State.AT_WORK, State.WAITING]
    following.take(Progress(100, 1000))
    clock.now = 2.0
    following.take(Progress(500, 1000))
    assert (following.share, following.speed, following.left) == (0.5, 200.0, 2.5)
    following.take(TableDone("A", "one", 400, 12))
    following.take(TableDone("A", "made since", 4))
    assert [(table.table, table.state) for table in following.tables][2] == ("made since", State.DONE)
    assert following.changed == {0, 2}
    following.take(Warned(message("Careful.")))
    assert following.warnings == [message("Careful.")]


def test_speed_is_that_of_late() -> None:
    clock = Clock()
    following = Following(clock)
    for second in range(60):
        clock.now = float(second)
        following.take(Progress(1000 * second if second < 30 else 30_000 + 10 * (second - 30), 100_000))
    assert following.speed == pytest.approx(10.0)


def test_what_is_caught_up_with_at_once_has_no_speed() -> None:
    following = Following(Clock())
    following.take(Progress(10, 100))
    following.take(Progress(90, 100))
    assert following.speed is None


def test_a_backup_in_words() -> None:
    database = DatabaseOutcome("A", 3, 1200, 4_000_000, Consistency.CONSISTENT)
    end = BackupDone(
        Path("/mnt/b/a.bkb"),
        1_000_000,
        4_000_000,
        12.0,
        Encryption.AES256,
        (database,),
        (message("Careful."),),
        (message("Same disk."),),
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
    outcome = outcome_of(RestoreDone("restore", (database,), 1.0))
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
