"""SIGKILL, at steps, in system calls and at any instant: the next start finds the old or the new, whole, and clears up."""

from __future__ import annotations

import os
from random import Random

import pytest
from soak.kills import Deed, Kills, deeds, killed_recovery
from soak.scene import Scene
from soak.tally import Tally

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
DEEDS = 17


@pytest.fixture(scope="module")
def kills(scene: Scene, tally: Tally) -> Kills:
    return Kills(scene, tally)


@pytest.fixture(params=range(DEEDS))
def deed(request: pytest.FixtureRequest, scene: Scene) -> Deed:
    found = deeds(scene)
    assert len(found) == DEEDS
    return found[request.param]


def test_killed_before_a_step(kills: Kills, deed: Deed, random: Random) -> None:
    steps = kills.steps(deed)
    assert steps > 20
    assert kills.at_step(deed, random.randint(2, steps // 2))
    kills.at_step(deed, random.randint(steps // 2, steps - 2))


def test_killed_at_any_instant(kills: Kills, deed: Deed, random: Random) -> None:
    kills.at_random(deed, random)


def test_killed_in_a_system_call(kills: Kills, deed: Deed, random: Random, strace: None) -> None:
    kills.at_call(deed, random.randint(1, kills.calls(deed)))


@pytest.mark.parametrize("turn", range(3))
def test_killed_recoveries(scene: Scene, tally: Tally, random: Random, turn: int) -> None:
    killed_recovery(scene, tally, random)


@pytest.mark.skipif("PYTEST_XDIST_WORKER" in os.environ, reason="each worker counts only its own")
def test_nothing_was_lost(tally: Tally) -> None:
    """Runs last: the kills above were as many as they should be, and hit on both sides of the swap."""
    killed = sum(tally.total(f"killed at {kind}") for kind in ("a step", "an instant", "a system call"))
    assert killed > 30
    assert tally.of("found")["the old"] > 5 and tally.of("found")["the new"] > 2
