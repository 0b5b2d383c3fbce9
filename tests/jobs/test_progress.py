"""The progress of a job, computed from its events."""

from __future__ import annotations

import pytest

from hctui.events import Progress, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.jobs.progress import JobProgress, TableState
from hctui.messages import message


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_tables_speed_and_time_left() -> None:
    clock = Clock()
    progress = JobProgress(clock)
    assert (progress.share, progress.speed, progress.left) == (0.0, None, None)
    progress.add(Started("backup", ("A",), (("A", "one"), ("A", "two")), 1000))
    progress.add(StepStarted("A", Step.PACK))
    progress.add(TableStarted("A", "one", 400))
    assert [table.state for table in progress.tables] == [TableState.RUNNING, TableState.WAITING]
    progress.add(Progress(100, 1000))
    clock.now = 2.0
    progress.add(Progress(500, 1000))
    assert (progress.share, progress.speed, progress.left) == (0.5, 200.0, 2.5)
    progress.add(TableDone("A", "one", 400, 12))
    progress.add(TableDone("A", "made since", 4))
    assert [(table.table, table.state) for table in progress.tables][2] == ("made since", TableState.DONE)
    assert progress.changed == {0, 2}
    progress.add(Warned(message("Careful.")))
    assert progress.warnings == [message("Careful.")]


def test_the_speed_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    progress = JobProgress(clock)
    for second in range(60):
        clock.now = float(second)
        progress.add(Progress(1000 * second if second < 30 else 30_000 + 10 * (second - 30), 100_000))
    assert progress.speed == pytest.approx(10.0)


def test_events_that_come_at_once_give_no_speed() -> None:
    progress = JobProgress(Clock())
    progress.add(Progress(10, 100))
    progress.add(Progress(90, 100))
    assert progress.speed is None
