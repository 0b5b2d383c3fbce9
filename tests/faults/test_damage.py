"""A sample of every damage: found, or without effect; and never a wrong byte in a live database. The soak has all of them."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from soak.archives import STANDARDS, Damage, damaged_restore, keys_remembered
from soak.scene import Scene
from soak.tally import Tally

from hctui.model import Encryption


@pytest.fixture(scope="module")
def damage(scene: Scene, tally: Tally) -> Damage:
    return Damage(scene.folder, tally)


@pytest.mark.parametrize("standard", STANDARDS, ids=str)
def test_every_kind_of_damage(damage: Damage, tally: Tally, standard: Encryption | None) -> None:
    with keys_remembered():
        damage.try_all(standard, islice(damage.damages(standard), 0, None, 13))
    found = tally.of(f"found in {standard or 'plain'} backups by")
    assert found.total() > 1000
    assert found["no effect"] < found.total() / 4, "what is there twice, times, versions, modes"
    assert found["structure"] and (found["HMAC"] if standard is Encryption.AES256 else found["CRC"])


def test_bytes_changed_by_somebody_who_knows_zip(damage: Damage, tally: Tally) -> None:
    damage.try_all(None, damage.forgeries())
    assert tally.of("found in plain backups by")["BLAKE3"] == tally.total("bytes changed, checksums made to fit") > 50


def test_nothing_damaged_gets_live(scene: Scene, tally: Tally, random: Random) -> None:
    for _ in range(20):
        damaged_restore(scene, tally, random)
    assert tally.of("damaged backups restored").total() == 20
