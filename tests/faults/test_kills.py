"""Tests with SIGKILL at any instant: the next start finds each database old or new and complete, and cleans up."""

from __future__ import annotations

from random import Random

import pytest
from soak.kills import Kills, Operation, kill_recovery, operations
from soak.scene import Scene
from soak.stats import Statistics

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
OPERATIONS = 17


@pytest.fixture(scope="module")
def kills(scene: Scene, stats: Statistics) -> Kills:
    return Kills(scene, stats)


@pytest.fixture(params=range(OPERATIONS))
def operation(request: pytest.FixtureRequest, scene: Scene) -> Operation:
    assert len(operations(scene)) == OPERATIONS
    return operations(scene)[request.param]


def test_killed_before_a_step(kills: Kills, operation: Operation, random: Random) -> None:
    steps = kills.steps(operation)
    assert steps > 20
    assert kills.at_step(operation, random.randint(2, steps // 2))
    kills.at_step(operation, random.randint(steps // 2, steps - 2))


def test_killed_at_any_instant(kills: Kills, operation: Operation, random: Random) -> None:
    kills.at_random(operation, random)


def test_killed_in_a_system_call(kills: Kills, operation: Operation, random: Random, strace: None) -> None:
    kills.at_call(operation, random.randint(1, kills.calls(operation)))


@pytest.mark.parametrize("turn", range(3))
def test_killed_recoveries(scene: Scene, stats: Statistics, random: Random, turn: int) -> None:
    kill_recovery(scene, stats, random)


def test_nothing_was_lost(stats: Statistics) -> None:
    """Check, as the last test, that there were enough kills, before and after the swap."""
    killed = sum(stats.total(f"killed at {kind}") for kind in ("a step", "an instant", "a system call"))
    assert killed > 30
    assert stats.of("found")["the old"] > 5 and stats.of("found")["the new"] > 2
