"""`python -m tests.soak [--seed N] [--minutes M] [only…]`: try until the time is up, then say what came of it."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from itertools import cycle
from random import Random, SystemRandom

from .scene import staged
from .tally import Tally
from .trials import NAMES, Trial, trials


def main() -> int:
    """Run the trials that were named, or all; return 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1 << 32))
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("only", nargs="*", metavar="only", help=", ".join(NAMES))
    chosen = parser.parse_args()
    unknown = set(chosen.only) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    print(f"seed {chosen.seed}, {chosen.minutes} minutes, {', '.join(chosen.only or NAMES)}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # clearing up as it would in the end
    tally, lost = Tally(), 0
    with staged() as scene:
        random = Random(chosen.seed)
        found = [trial for trial in trials(scene, tally) if trial.name in (chosen.only or NAMES)]
        for trial in _turns(found, chosen.minutes * 60):
            try:
                trial.run(random)
            except AssertionError as failure:
                lost += 1
                print(f"LOST in {trial.name}: {failure}", file=sys.stderr)
                traceback.print_exc()
            trial.times += 1
    for trial in found:
        print(f"{trial.name}: {trial.times} times, {trial.seconds:.0f} s")
    print("\n".join(tally.lines()))
    print(f"lost: {lost or 'nothing'} (seed {chosen.seed})")
    return 1 if lost else 0


def _turns(found: list[Trial], seconds: float) -> Iterator[Trial]:
    """Give every trial its share of the time, in turn, once at least."""
    deadline, share = time.monotonic() + seconds, seconds / max(len(found), 1)
    for trial in found:
        yield from _timed(trial)
    for trial in cycle(found):
        if time.monotonic() > deadline or all(each.seconds > share for each in found):
            return
        if trial.seconds <= share:
            yield from _timed(trial)


def _timed(trial: Trial) -> Iterator[Trial]:
    begun = time.monotonic()
    yield trial
    trial.seconds += time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
