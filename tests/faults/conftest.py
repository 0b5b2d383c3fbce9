"""Fixtures for the trials of `tests/soak`: a scene, a random generator, and statistics that are printed at the end."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from soak import tracing
from soak.scene import Scene, make_scene
from soak.stats import Statistics

SEED = 2611


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Yield a scene for one file of tests."""
    with make_scene() as found:
        yield found


@pytest.fixture(scope="module")
def stats(request: pytest.FixtureRequest) -> Statistics:
    """Return the statistics of one file of tests."""
    return Statistics()


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
