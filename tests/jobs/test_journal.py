"""Tests of the journal: it stays readable, and has its last line, whatever happens to the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hctui.events import Failed, FilesDone, Progress, Started, Step, StepStarted, TableStarted, Warned
from hctui.jobs import journal
from hctui.jobs.journal import Journal
from hctui.messages import message

END = Failed(message("It ends."), 1, "no-space")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_the_last_event_is_found_after_long_lines(path: Path) -> None:
    writer = Journal(path)
    assert journal.last(path) is None
    writer.write(Started("backup", (), tuple(("A", f"table {number}") for number in range(2000)), 1))
    assert journal.last(path) is None
    end = FilesDone(
        Path("/x"), 1, 2, 3, operation="files-backup", seconds=0.5, warnings=tuple(message("w" * 500) for _ in range(100))
    )
    writer.write(end)
    writer.close()
    assert journal.last(path) == end
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_missing_journal_has_no_events(path: Path) -> None:
    assert journal.last(path) is None
    assert journal.read(path, 0) == ((), 0)


def test_an_incomplete_line_is_not_an_event_yet(path: Path) -> None:
    writer = Journal(path)
    writer.write(TableStarted("A", "ção", 1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-5])
    events, position = journal.read(path, 0)
    assert events == (TableStarted("A", "ção", 1),) and position == len(whole)
    path.write_bytes(whole * 2)
    assert journal.read(path, position) == (events, len(whole) * 2)


def test_a_full_disk_loses_lines_but_not_the_last_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, room = os.pwrite, 400

    def pwrite(file: int, data: bytes, offset: int) -> int:
        """Write to a disk that is full after `room` bytes unless the reserve has been removed."""
        left = len(data) if not (path.parent / "reserve").exists() else max(0, room - offset)
        if left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data[:left], offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    writer = Journal(path)
    for number in range(20):
        writer.write(StepStarted(f"A{number}", Step.PACK))
        writer.write(Warned(message("{count} more", count=number)))
    writer.write(Progress(1, 2))
    writer.write(Progress(2, 2))
    writer.write(END)
    writer.close()
    events, position = journal.read(path, 0)
    assert position == path.stat().st_size
    assert events[0] == StepStarted("A0", Step.PACK) and events[-2:] == (Progress(2, 2), END)
    assert 4 < len(events) < 20
    assert journal.last(path) == END


def test_a_deleted_journal_does_not_stop_the_operation(path: Path) -> None:
    writer = Journal(path)
    path.unlink()
    (path.parent / "reserve").unlink()
    writer.write(Warned(message("x")))
    writer.write(END)
    writer.close()


def test_events_that_come_together_are_written_together_and_in_order(path: Path) -> None:
    writer = Journal(path)
    events = [TableStarted("A", str(number), 1) for number in range(300)]
    for event in events:
        writer.add(event)
    writer.add(Progress(1, 2))
    writer.add(Progress(2, 2))
    assert writer.is_behind and journal.read(path, 0) == ((), 0)
    writer.flush()
    assert not writer.is_behind
    assert journal.read(path, 0)[0] == (*events, Progress(1, 2))
    writer.add(StepStarted("A", Step.VERIFY))
    writer.write(END)
    writer.close()
    assert journal.read(path, 0)[0] == (*events, Progress(1, 2), StepStarted("A", Step.VERIFY), Progress(2, 2), END)


def test_a_write_that_is_cut_short_keeps_the_whole_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: real(file, data[:130], offset))
    writer = Journal(path)
    for number in range(5):
        writer.add(TableStarted("A", str(number), 1))
    writer.flush()
    monkeypatch.undo()
    writer.write(END)
    writer.close()
    assert journal.read(path, 0) == ((TableStarted("A", "0", 1), TableStarted("A", "1", 1), END), path.stat().st_size)
