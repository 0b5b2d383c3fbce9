"""Parts are delivered each once; where one fails, those beside it stop, and its error is the one that is raised."""

from __future__ import annotations

import threading

import pytest

from hctui.errors import Cancelled, DamagedArchive
from hctui.events import Reporter
from hctui.model import Part, PartKind
from hctui.operations.part_transfer import LARGE, deliver_all
from hctui.operations.progress import Bridge

PATIENCE = 30


def part(name: str, size: int) -> Part:
    return Part(name, PartKind.DATA, name, size)


PARTS = (part("a", 1), part("b", LARGE), part("c", 2 * LARGE), part("d", 2), part("e", 3 * LARGE))


@pytest.fixture
def bridge() -> Bridge:
    return Bridge(lambda: None)


def test_in_their_order_where_it_matters(bridge: Bridge) -> None:
    delivered: list[str] = []
    deliver_all(PARTS, lambda part, reporter: delivered.append(part.path), bridge, any_order=False)
    assert "".join(delivered) == "abcde"


def test_two_large_ones_at_once_and_each_part_once(bridge: Bridge) -> None:
    delivered: list[str] = []
    both = threading.Barrier(2, timeout=PATIENCE)

    def deliver(part: Part, reporter: Reporter) -> None:
        if part.path in "ec":
            both.wait()
        delivered.append(part.path)

    deliver_all(PARTS, deliver, bridge, any_order=True)
    assert sorted(delivered) == list("abcde")
    assert [name for name in delivered if name in "ad"] == ["a", "d"]


def test_what_is_of_no_table_comes_first(bridge: Bridge) -> None:
    delivered: list[str] = []
    schema = tuple(Part(name, PartKind.SCHEMA, size=size) for name, size in (("1", 5 * LARGE), ("2", 1)))
    deliver_all((*PARTS, *schema), lambda part, reporter: delivered.append(part.path), bridge, any_order=True)
    assert delivered[:2] == ["1", "2"]
    assert sorted(delivered[2:]) == list("abcde")


def test_a_failure_stops_the_others_and_is_what_is_raised(bridge: Bridge) -> None:
    begun = threading.Event()
    ends: list[str] = []

    def deliver(part: Part, reporter: Reporter) -> None:
        if part.path == "e":
            assert begun.wait(PATIENCE)
            raise DamagedArchive(member="e", path="x", reason="torn")
        begun.set()
        try:
            while True:
                reporter.advance(1)
        except Cancelled:
            ends.append(part.path)
            raise

    with pytest.raises(DamagedArchive):
        deliver_all(PARTS, deliver, bridge, any_order=True)
    assert "c" in ends
    bridge.advance(1)  # the operation itself goes on: it cleans up and tells


def test_cancelling_ends_all_of_them(bridge: Bridge) -> None:
    def deliver(part: Part, reporter: Reporter) -> None:
        bridge.cancel()
        while True:
            reporter.advance(1)

    with pytest.raises(Cancelled):
        deliver_all(PARTS, deliver, bridge, any_order=True)
