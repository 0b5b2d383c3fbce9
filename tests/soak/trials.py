"""Every kind of bad day, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from random import Random

from .archives import STANDARDS, Damage, damaged_restore, keys_remembered
from .disks import Disks, any_failure
from .kills import Kills, deeds, killed_recovery
from .scene import Scene
from .tally import Tally

AT_ONCE = 500
"""Damages that one turn takes."""


@dataclass
class Trial:
    """Something that can be done any number of times."""

    name: str
    run: Callable[[Random], object]
    times: int = 0
    seconds: float = 0.0


def trials(scene: Scene, tally: Tally) -> list[Trial]:
    """Return all of them, ready to run on a scene."""
    kills, disks = Kills(scene, tally), Disks(scene, tally)

    def kill(random: Random) -> None:
        deed = random.choice(deeds(scene))
        kind = random.choice(("step", "call", "instant"))
        if kind == "step":
            kills.at_step(deed, random.randint(1, kills.steps(deed)))
        elif kind == "call":
            kills.at_call(deed, random.randint(1, kills.calls(deed)))
        else:
            kills.at_random(deed, random)

    return [
        Trial("kills", kill),
        Trial("recovery", lambda random: killed_recovery(scene, tally, random)),
        Trial("disks", lambda random: any_failure(disks, random.choice(deeds(scene)), random)),
        Trial("damage", _damage(scene, tally)),
        Trial("restores", lambda random: damaged_restore(scene, tally, random)),
    ]


def _damage(scene: Scene, tally: Tally) -> Callable[[Random], None]:
    """Go through every damage of every kind of backup, some at each turn, and begin anew where all are done."""
    under_way = {standard: iter(()) for standard in STANDARDS}
    damage = Damage(scene.folder, tally)

    def some(random: Random) -> None:
        standard = random.choice(STANDARDS)
        with keys_remembered():
            taken = list(islice(under_way[standard], AT_ONCE))
            if not taken:
                tally.add("rounds of every damage begun", str(standard or "plain"))
                under_way[standard] = damage.damages(standard)
                taken = [*damage.forgeries()] if standard is None else list(islice(under_way[standard], AT_ONCE))
            damage.try_all(standard, taken)

    return some


NAMES = ("kills", "recovery", "disks", "damage", "restores")
