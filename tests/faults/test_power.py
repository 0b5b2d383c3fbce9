"""Loss of power between any two system calls: what was told to be done is there, and what has its name is whole."""

from __future__ import annotations

import os
from random import Random

import pytest
from soak.kills import Deed, deeds
from soak.power import Power
from soak.scene import Scene
from soak.tally import Tally

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
def power(scene: Scene, tally: Tally) -> Power:
    return Power(scene, tally)


@pytest.fixture(params=CHOSEN)
def deed(request: pytest.FixtureRequest, scene: Scene) -> Deed:
    return next(each for each in deeds(scene) if each.name == request.param)


def test_a_loss_of_power_loses_nothing(power: Power, deed: Deed, random: Random) -> None:
    for end in random.sample(power.boundaries(deed), 7):
        power.cut(deed, end, random)
    power.cut(deed, random.randrange(len(power.calls_of(deed))), random)
    power.cut(deed, len(power.calls_of(deed)), random)


def test_a_backup_never_has_its_name_before_its_bytes(power: Power, scene: Scene, random: Random) -> None:
    backup = deeds(scene)[0]
    calls = power.calls_of(backup)
    named = next(place for place, call in enumerate(calls) if call.name == "rename" and call.paths[1].endswith(".bkb"))
    for end in range(named - 1, min(named + 4, len(calls))):
        for _ in range(3):
            power.cut(backup, end, random)


def test_a_restored_file_never_has_its_name_before_its_bytes(power: Power, scene: Scene, random: Random) -> None:
    """One that is short would pass for restored: the next restore leaves what exists as it is."""
    restore = next(each for each in deeds(scene) if each.name == "restore of missing files")
    named = next(place for place, call in enumerate(power.calls_of(restore)) if call.name == "rename")
    for _ in range(60):
        power.cut(restore, named + 1, random)


def test_a_program_that_does_not_sync_is_found_out(scene: Scene, tally: Tally, random: Random) -> None:
    """The trial can fail: the same backup without fsync is told to be done, and the disk forgets it."""
    careless = Power(scene, Tally(), lambda child: setattr(os, "fsync", lambda descriptor: None))
    backup = deeds(scene)[0]
    with pytest.raises(AssertionError, match=r"forgot it|not whole"):
        for _ in range(20):
            careless.cut(backup, len(careless.calls_of(backup)), random)
