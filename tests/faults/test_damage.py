"""Tests with a sample of damaged backups: damage is found or has no effect, and no wrong byte gets into a live database."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
from soak.archives import STANDARDS, Damage, cached_keys, restore_damaged
from soak.scene import Scene
from soak.stats import Statistics

from hctui.model import Encryption


@pytest.fixture(scope="module")
def damage(scene: Scene, stats: Statistics) -> Damage:
    return Damage(scene.folder, stats)


@pytest.mark.parametrize("standard", STANDARDS, ids=str)
def test_every_kind_of_damage(damage: Damage, stats: Statistics, standard: Encryption | None) -> None:
    with cached_keys():
        damage.try_all(standard, islice(damage.damages(standard), 0, None, 13))
    found = stats.of(f"found in {standard or 'plain'} backups by")
    assert found.total() > 1000
    assert found["no effect"] < found.total() / 4, "only redundant fields, times, versions and modes have no effect"
    assert found["structure"] and (found["HMAC"] if standard is Encryption.AES256 else found["CRC"])


def test_changed_bytes_with_corrected_checksums_are_found(damage: Damage, stats: Statistics) -> None:
    damage.try_all(None, damage.forgeries())
    assert stats.of("found in plain backups by")["BLAKE3"] == stats.total("bytes changed, checksums corrected") > 50


def test_no_damaged_data_gets_into_a_live_database(scene: Scene, stats: Statistics, random: Random) -> None:
    for _ in range(20):
        restore_damaged(scene, stats, random)
    assert stats.of("damaged backups restored").total() == 20
