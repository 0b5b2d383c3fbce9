"""Tests with failing disks: the operation reports the result truly, with one message, and leaves no temporary file."""

from __future__ import annotations

from random import Random

import pytest
from soak.disks import NAME_ERRORS, STEP_ERRORS, WRITE_ERRORS, Disks
from soak.kills import Operation, operations
from soak.scene import Scene
from soak.stats import Statistics

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NAMES = (0, 2, 4, 6, 8, 9, 11, 15)
"""Operations of every kind, but not of every engine; the soak runs all of them."""


@pytest.fixture(scope="module")
def disks(scene: Scene, stats: Statistics) -> Disks:
    return Disks(scene, stats)


@pytest.fixture(params=NAMES)
def operation(request: pytest.FixtureRequest, scene: Scene) -> Operation:
    return operations(scene)[request.param]


def test_a_step_fails(disks: Disks, operation: Operation, random: Random) -> None:
    for _ in range(2):
        disks.at_step(operation, random.randint(1, disks.steps(operation)), random.choice(STEP_ERRORS))


def test_a_write_fails(disks: Disks, operation: Operation, random: Random, strace: None) -> None:
    disks.at_call(operation, random.randint(1, disks.calls(operation)), random.choice(WRITE_ERRORS))


def test_the_disk_becomes_full(disks: Disks, operation: Operation, random: Random, strace: None) -> None:
    disks.at_call(operation, random.randint(1, disks.calls(operation)), "ENOSPC", lasting=True)


def test_permission_is_lost_during_the_operation(disks: Disks, operation: Operation, random: Random, strace: None) -> None:
    number = random.randint(1, disks.calls(operation, naming=True))
    disks.at_call(operation, number, random.choice(NAME_ERRORS), naming=True, lasting=True)


def test_tables_that_can_not_be_read(disks: Disks, operation: Operation, random: Random, strace: None) -> None:
    disks.at_read(operation, random.randint(1, max(disks.reads(operation), 1)))


def test_the_destination_is_moved_away(disks: Disks, scene: Scene, random: Random) -> None:
    for operation in operations(scene)[:2]:
        disks.without_destination(operation, random)


def test_a_disk_that_is_full_from_the_beginning(disks: Disks, scene: Scene, strace: None) -> None:
    backup = operations(scene)[0]
    ended = disks.at_call(backup, 1, "ENOSPC", lasting=True)
    assert ended.error
