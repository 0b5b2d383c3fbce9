"""`python -m tests.soak [--seed N] [--minutes M] [only…]`: run trials until the time is up, then print the statistics."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from itertools import cycle
from random import Random, SystemRandom

from .scene import make_scene
from .stats import Statistics
from .trials import NAMES, Trial, trials


def main() -> int:
    """Run the named trials, or all; return 1 where data was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("only", nargs="*", metavar="only", help=", ".join(NAMES))
    arguments = parser.parse_args()
    unknown = set(arguments.only) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    print(f"seed {arguments.seed}, {arguments.minutes} minutes, {', '.join(arguments.only or NAMES)}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it cleans up
    stats, lost = Statistics(), 0
    with make_scene() as scene:
        random = Random(arguments.seed)
        chosen = [trial for trial in trials(scene, stats) if trial.name in (arguments.only or NAMES)]
        for trial in _turns(chosen, arguments.minutes * 60):
            try:
                trial.run(random)
            except AssertionError as failure:
                lost += 1
                print(f"LOST in {trial.name}: {failure}", file=sys.stderr)
                traceback.print_exc()
            trial.times += 1
    for trial in chosen:
        print(f"{trial.name}: {trial.times} times, {trial.seconds:.0f} s")
    print("\n".join(stats.lines()))
    print(f"lost: {lost or 'nothing'} (seed {arguments.seed})")
    return 1 if lost else 0


def _turns(chosen: list[Trial], seconds: float) -> Iterator[Trial]:
    """Yield the trials in turn until each has had its share of the time; each at least once."""
    deadline, share = time.monotonic() + seconds, seconds / max(len(chosen), 1)
    for trial in chosen:
        yield from _timed(trial)
    for trial in cycle(chosen):
        if time.monotonic() > deadline or all(each.seconds > share for each in chosen):
            return
        if trial.seconds <= share:
            yield from _timed(trial)


def _timed(trial: Trial) -> Iterator[Trial]:
    started = time.monotonic()
    yield trial
    trial.seconds += time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
