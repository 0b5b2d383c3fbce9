"""What the trials of `tests/soak` need here: their ground, and counts that are printed when all is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))  # tests are no package that pytest could find `soak` in

from soak import tracing
from soak.scene import Scene, staged
from soak.tally import Tally

SEED = 2611
_tallies: list[Tally] = []


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Give three databases, a backup of what they were, and what they are now."""
    with staged() as found:
        yield found


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Tally:
    """Give the counts of one file of tests, printed at the end of the run."""
    made = Tally()
    _tallies.append(made)
    return made


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """Give the same chances every time; the soak takes others."""
    return Random(f"{SEED} {request.node.name}")


@pytest.fixture
def strace(tool: object) -> None:
    """Skip where processes can't be traced."""
    assert callable(tool)
    tool("strace")
    if not tracing.available():
        pytest.skip("processes may not be traced here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was tried and what came of it."""
    lines = [line for tally in _tallies for line in tally.lines()]
    if lines:
        terminalreporter.section("what was tried")
        for line in lines:
            terminalreporter.write_line(line)
