"""Tests with a loss of power between any two system calls: no data is lost, and no incomplete file has its final name."""

from __future__ import annotations

import os
from random import Random

import pytest
from soak.kills import Operation, operations
from soak.power import Power
from soak.scene import Scene
from soak.stats import Statistics

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("strace"),
]
CHOSEN = (
    "backup",
    "encrypted backup",
    "restore of LOJA",
    "partial restore of PADARIA",
    "undo of FABRICA",
    "restore of FABRICA",
    "restore of files",
    "restore of missing files",
)


@pytest.fixture(scope="module")
def power(scene: Scene, stats: Statistics) -> Power:
    return Power(scene, stats)


@pytest.fixture(params=CHOSEN)
def operation(request: pytest.FixtureRequest, scene: Scene) -> Operation:
    return next(each for each in operations(scene) if each.name == request.param)


def test_a_loss_of_power_loses_no_data(power: Power, operation: Operation, random: Random) -> None:
    for end in random.sample(power.boundaries(operation), 7):
        power.cut(operation, end, random)
    power.cut(operation, random.randrange(len(power.calls_of(operation))), random)
    power.cut(operation, len(power.calls_of(operation)), random)


def test_a_backup_never_has_its_name_before_its_bytes(power: Power, scene: Scene, random: Random) -> None:
    backup = operations(scene)[0]
    calls = power.calls_of(backup)
    named = next(place for place, call in enumerate(calls) if call.name == "rename" and call.paths[1].endswith(".bkb"))
    for end in range(named - 1, min(named + 4, len(calls))):
        for _ in range(3):
            power.cut(backup, end, random)


def test_a_restored_file_never_has_its_name_before_its_bytes(power: Power, scene: Scene, random: Random) -> None:
    """An incomplete file would count as restored: the next restore keeps existing files."""
    restore = next(each for each in operations(scene) if each.name == "restore of missing files")
    named = next(place for place, call in enumerate(power.calls_of(restore)) if call.name == "rename")
    for _ in range(60):
        power.cut(restore, named + 1, random)


def test_the_trial_finds_a_program_that_does_not_sync(scene: Scene, stats: Statistics, random: Random) -> None:
    """The same backup without fsync is reported as done, and the disk loses it."""
    without_sync = Power(scene, Statistics(), lambda child: setattr(os, "fsync", lambda descriptor: None))
    backup = operations(scene)[0]
    with pytest.raises(AssertionError, match=r"lost it|incomplete backup"):
        for _ in range(20):
            without_sync.cut(backup, len(without_sync.calls_of(backup)), random)
