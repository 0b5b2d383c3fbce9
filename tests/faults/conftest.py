"""Fixtures for the trials of `tests/soak`: a scene, a random generator, and statistics that are printed at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))  # tests/ is no package in which pytest could find `soak`

from soak import tracing
from soak.scene import Scene, make_scene
from soak.stats import Statistics

SEED = 2611
_statistics: list[Statistics] = []


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Yield a scene for one file of tests."""
    with make_scene() as found:
        yield found


@pytest.fixture(scope="module")
def stats(request: pytest.FixtureRequest) -> Statistics:
    """Return the statistics of one file of tests."""
    made = Statistics()
    _statistics.append(made)
    return made


@pytest.fixture
def random(request: pytest.FixtureRequest) -> Random:
    """Return a random generator with the same seed in every run of a test."""
    return Random(f"{SEED} {request.node.name}")


@pytest.fixture
def strace(tool: object) -> None:
    """Skip the test where processes can't be traced."""
    assert callable(tool)
    tool("strace")
    if not tracing.available():
        pytest.skip("processes may not be traced here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the statistics."""
    lines = [line for stats in _statistics for line in stats.lines()]
    if lines:
        terminalreporter.section("what was tried")
        for line in lines:
            terminalreporter.write_line(line)
