"""Full disks, failing ones, rights lost midway, a destination that vanishes: one sentence, the truth, and nothing left."""

from __future__ import annotations

from random import Random

import pytest
from soak.disks import NAME_ERRORS, STEP_ERRORS, WRITE_ERRORS, Disks
from soak.kills import Deed, deeds
from soak.scene import Scene
from soak.tally import Tally

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NAMES = (0, 2, 4, 6, 8, 9, 11, 15)
"""Deeds of every kind, not each for each engine: the soak has those."""


@pytest.fixture(scope="module")
def disks(scene: Scene, tally: Tally) -> Disks:
    return Disks(scene, tally)


@pytest.fixture(params=NAMES)
def deed(request: pytest.FixtureRequest, scene: Scene) -> Deed:
    return deeds(scene)[request.param]


def test_a_step_fails(disks: Disks, deed: Deed, random: Random) -> None:
    for _ in range(2):
        disks.at_step(deed, random.randint(1, disks.steps(deed)), random.choice(STEP_ERRORS))


def test_a_write_fails(disks: Disks, deed: Deed, random: Random, strace: None) -> None:
    disks.at_call(deed, random.randint(1, disks.calls(deed)), random.choice(WRITE_ERRORS))


def test_the_disk_is_full_from_then_on(disks: Disks, deed: Deed, random: Random, strace: None) -> None:
    disks.at_call(deed, random.randint(1, disks.calls(deed)), "ENOSPC", lasting=True)


def test_rights_are_lost_midway(disks: Disks, deed: Deed, random: Random, strace: None) -> None:
    number = random.randint(1, disks.calls(deed, naming=True))
    disks.at_call(deed, number, random.choice(NAME_ERRORS), naming=True, lasting=True)


def test_tables_that_can_not_be_read(disks: Disks, deed: Deed, random: Random, strace: None) -> None:
    disks.reading(deed, random.randint(1, max(disks.reads(deed), 1)))


def test_the_destination_vanishes(disks: Disks, scene: Scene, random: Random) -> None:
    for deed in deeds(scene)[:2]:
        disks.vanishing(deed, random)


def test_a_full_disk_before_anything_is_there(disks: Disks, scene: Scene, strace: None) -> None:
    backup = deeds(scene)[0]
    ended = disks.at_call(backup, 1, "ENOSPC", lasting=True)
    assert ended.error
