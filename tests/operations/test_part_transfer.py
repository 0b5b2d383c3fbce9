"""Tests of the transfer of parts: each part once, in which order, and what happens to the others when one fails."""

from __future__ import annotations

import threading

import pytest
from waiting import PATIENCE

from hctui.errors import Cancelled, DamagedArchive
from hctui.events import Reporter
from hctui.model import Part, PartKind
from hctui.operations.part_transfer import LARGE, transfer_all
from hctui.operations.progress import OperationReporter


def part(name: str, size: int) -> Part:
    return Part(name, PartKind.DATA, name, size)


PARTS = (part("a", 1), part("b", LARGE), part("c", 2 * LARGE), part("d", 2), part("e", 3 * LARGE))


@pytest.fixture
def reporter() -> OperationReporter:
    return OperationReporter(lambda: None)


def test_parts_are_transferred_in_order(reporter: OperationReporter) -> None:
    transferred: list[str] = []
    transfer_all(PARTS, lambda part, reporter: transferred.append(part.path), reporter, any_order=False)
    assert "".join(transferred) == "abcde"


def test_two_large_parts_at_the_same_time_and_each_part_once(reporter: OperationReporter) -> None:
    transferred: list[str] = []
    both = threading.Barrier(2, timeout=PATIENCE)

    def transfer(part: Part, reporter: Reporter) -> None:
        if part.path in "ec":
            both.wait()
        transferred.append(part.path)

    transfer_all(PARTS, transfer, reporter, any_order=True)
    assert sorted(transferred) == list("abcde")
    assert [name for name in transferred if name in "ad"] == ["a", "d"]


def test_parts_of_no_table_come_first(reporter: OperationReporter) -> None:
    transferred: list[str] = []
    schema = tuple(Part(name, PartKind.SCHEMA, size=size) for name, size in (("1", 5 * LARGE), ("2", 1)))
    transfer_all((*PARTS, *schema), lambda part, reporter: transferred.append(part.path), reporter, any_order=True)
    assert transferred[:2] == ["1", "2"]
    assert sorted(transferred[2:]) == list("abcde")


def test_a_failure_stops_the_others_and_its_error_is_raised(reporter: OperationReporter) -> None:
    started = threading.Event()
    ends: list[str] = []

    def transfer(part: Part, reporter: Reporter) -> None:
        if part.path == "e":
            assert started.wait(PATIENCE)
            raise DamagedArchive(member="e", path="x", reason="torn")
        started.set()
        try:
            while True:
                reporter.advance(1)
        except Cancelled:
            ends.append(part.path)
            raise

    with pytest.raises(DamagedArchive):
        transfer_all(PARTS, transfer, reporter, any_order=True)
    assert "c" in ends
    reporter.advance(1)  # the operation itself continues: it cleans up and reports


def test_cancelling_stops_every_transfer(reporter: OperationReporter) -> None:
    def transfer(part: Part, stoppable: Reporter) -> None:
        reporter.cancel()
        while True:
            stoppable.advance(1)

    with pytest.raises(Cancelled):
        transfer_all(PARTS, transfer, reporter, any_order=True)
