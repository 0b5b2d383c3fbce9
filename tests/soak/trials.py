"""All trials by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from .archives import STANDARDS, Damage, cached_keys, fuzz, restore_damaged
from .concurrency import restore_among_writers, two_programs
from .disks import Disks, random_failure
from .hot_backups import hot_backups
from .kills import Kills, kill_recovery, operations
from .power import Power
from .scene import Scene
from .servers import Servers, killed_on_a_server
from .servers import available as servers_available
from .stats import Statistics
from .tracing import available

AT_ONCE = 500
"""The number of damaged backups in one turn."""


@dataclass
class Trial:
    """A trial that can run any number of times."""

    name: str
    run: Callable[[Random], object]
    times: int = 0
    seconds: float = 0.0


def trials(scene: Scene, stats: Statistics) -> list[Trial]:
    """Return the trials that can run here, on a scene."""
    kills, disks = Kills(scene, stats), Disks(scene, stats)

    def kill(random: Random) -> None:
        operation = random.choice(operations(scene))
        kind = random.choice(("step", "call", "instant"))
        if kind == "step":
            kills.at_step(operation, random.randint(1, kills.steps(operation)))
        elif kind == "call":
            kills.at_call(operation, random.randint(1, kills.calls(operation)))
        else:
            kills.at_random(operation, random)

    power = Power(scene, stats)

    def cut(random: Random) -> None:
        operation = random.choice(operations(scene))
        ends = power.boundaries(operation) if random.random() < 0.5 else range(len(power.calls_of(operation)) + 1)
        power.cut(operation, random.choice(ends), random)

    server = cache(lambda: Servers(scene, stats))
    all_trials = [
        Trial("kills", kill),
        Trial("recovery", lambda random: kill_recovery(scene, stats, random)),
        Trial("disks", lambda random: random_failure(disks, random.choice(operations(scene)), random)),
        Trial("power", cut),
        Trial("damage", _damage(scene, stats)),
        Trial("restores", lambda random: restore_damaged(scene, stats, random)),
        Trial("hot", lambda random: hot_backups(scene, stats, random)),
        Trial("writers", lambda random: restore_among_writers(scene, stats, random)),
        Trial("two", lambda random: two_programs(scene, stats, random)),
        Trial("servers", lambda random: killed_on_a_server(server(), random)),
    ]
    assert tuple(trial.name for trial in all_trials) == NAMES
    missing = {*(() if available() else NEEDS_STRACE), *(() if servers_available() else ("servers",))}
    return [trial for trial in all_trials if trial.name not in missing]


def _damage(scene: Scene, stats: Statistics) -> Callable[[Random], None]:
    """Return a trial of some damaged backups; its turns go through all of them and then start again."""
    remaining = {standard: iter(()) for standard in STANDARDS}
    damage = Damage(scene.folder, stats)

    def turn(random: Random) -> None:
        standard = random.choice(STANDARDS)
        with cached_keys():
            if random.random() < 0.2:
                fuzz(damage, random)
                return
            damaged = list(islice(remaining[standard], AT_ONCE))
            if not damaged:
                stats.add("rounds of every damage started", str(standard or "plain"))
                remaining[standard] = damage.damages(standard)
                damaged = [*damage.forgeries()] if standard is None else list(islice(remaining[standard], AT_ONCE))
            damage.try_all(standard, damaged)

    return turn


NAMES = ("kills", "recovery", "disks", "power", "damage", "restores", "hot", "writers", "two", "servers")
NEEDS_STRACE = ("kills", "disks", "power", "servers")
