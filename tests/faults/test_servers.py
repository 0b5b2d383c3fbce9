"""SIGKILL during restores on a PostgreSQL server: at a statement, at any instant, and during the recovery."""

from __future__ import annotations

from random import Random

import pytest
from soak.kills import Operation
from soak.scene import Scene
from soak.servers import Servers, available
from soak.stats import Statistics

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("strace"),
]
OPERATIONS = 4


@pytest.fixture(scope="module")
def servers(scene: Scene, stats: Statistics) -> Servers:
    return Servers(scene, stats)  # skips where there is no server to start, and fails in CI


@pytest.fixture(params=range(OPERATIONS))
def operation(request: pytest.FixtureRequest, servers: Servers) -> Operation:
    assert len(servers.operations()) == OPERATIONS
    return servers.operations()[request.param]


def test_killed_at_a_statement(servers: Servers, operation: Operation, random: Random) -> None:
    calls = servers.calls(operation)
    assert calls > 20
    servers.at_call(operation, random.randint(2, calls // 2))
    servers.at_call(operation, random.randint(calls * 3 // 4, calls - 1))


def test_killed_at_any_instant(servers: Servers, operation: Operation, random: Random) -> None:
    servers.at_random(operation, random)


def test_killed_during_recovery(servers: Servers, random: Random) -> None:
    for operation in servers.operations()[:2]:
        calls = servers.calls(operation)
        servers.recovery_killed(operation, random.randint(calls // 2, calls - 1), random)


def test_nothing_was_lost(stats: Statistics) -> None:
    """Check, as the last test, that kills happened, before and after the swap."""
    assert available()
    assert stats.total("killed at a statement") > 6
    assert stats.of("found on a server")["the old"] and stats.of("found on a server")["the new"]
