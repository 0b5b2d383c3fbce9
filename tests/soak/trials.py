"""Every kind of bad day, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from .archives import STANDARDS, Damage, damaged_restore, fuzzed, keys_remembered
from .crowds import knocking, two_at_once
from .disks import Disks, any_failure
from .hot import hot
from .kills import Kills, deeds, killed_recovery
from .power import Power
from .scene import Scene
from .servers import Servers, killed_on_a_server
from .servers import available as servers_available
from .tally import Tally
from .tracing import available

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

    power = Power(scene, tally)

    def cut(random: Random) -> None:
        deed = random.choice(deeds(scene))
        ends = power.boundaries(deed) if random.random() < 0.5 else range(len(power.calls_of(deed)) + 1)
        power.cut(deed, random.choice(ends), random)

    server = cache(lambda: Servers(scene, tally))
    found = [
        Trial("kills", kill),
        Trial("recovery", lambda random: killed_recovery(scene, tally, random)),
        Trial("disks", lambda random: any_failure(disks, random.choice(deeds(scene)), random)),
        Trial("power", cut),
        Trial("damage", _damage(scene, tally)),
        Trial("restores", lambda random: damaged_restore(scene, tally, random)),
        Trial("hot", lambda random: hot(scene, tally, random)),
        Trial("knocking", lambda random: knocking(scene, tally, random)),
        Trial("two", lambda random: two_at_once(scene, tally, random)),
        Trial("servers", lambda random: killed_on_a_server(server(), random)),
    ]
    assert tuple(trial.name for trial in found) == NAMES
    missing = {*(() if available() else NEEDS_STRACE), *(() if servers_available() else ("servers",))}
    return [trial for trial in found if trial.name not in missing]


def _damage(scene: Scene, tally: Tally) -> Callable[[Random], None]:
    """Go through every damage of every kind of backup, some at each turn, and begin anew where all are done."""
    under_way = {standard: iter(()) for standard in STANDARDS}
    damage = Damage(scene.folder, tally)

    def some(random: Random) -> None:
        standard = random.choice(STANDARDS)
        with keys_remembered():
            if random.random() < 0.2:
                fuzzed(damage, random)
                return
            taken = list(islice(under_way[standard], AT_ONCE))
            if not taken:
                tally.add("rounds of every damage begun", str(standard or "plain"))
                under_way[standard] = damage.damages(standard)
                taken = [*damage.forgeries()] if standard is None else list(islice(under_way[standard], AT_ONCE))
            damage.try_all(standard, taken)

    return some


NAMES = ("kills", "recovery", "disks", "power", "damage", "restores", "hot", "knocking", "two", "servers")
NEEDS_STRACE = ("kills", "disks", "power", "servers")
