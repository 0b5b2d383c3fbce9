"""SIGKILL beside a PostgreSQL server: at its statements, at any instant, and again while the next start clears up."""

from __future__ import annotations

import os
from random import Random

import pytest
from soak.kills import Deed
from soak.scene import Scene
from soak.servers import Servers, available
from soak.tally import Tally

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.usefixtures("strace"),
]
DEEDS = 4


@pytest.fixture(scope="module")
def servers(scene: Scene, tally: Tally) -> Servers:
    return Servers(scene, tally)  # skips where there is no server to start, and fails in CI


@pytest.fixture(params=range(DEEDS))
def deed(request: pytest.FixtureRequest, servers: Servers) -> Deed:
    assert len(servers.deeds()) == DEEDS
    return servers.deeds()[request.param]


def test_killed_at_its_statements(servers: Servers, deed: Deed, random: Random) -> None:
    calls = servers.calls(deed)
    assert calls > 20
    servers.at_call(deed, random.randint(2, calls // 2))
    servers.at_call(deed, random.randint(calls * 3 // 4, calls - 1))


def test_killed_at_any_instant(servers: Servers, deed: Deed, random: Random) -> None:
    servers.at_random(deed, random)


def test_killed_while_it_clears_up(servers: Servers, random: Random) -> None:
    for deed in servers.deeds()[:2]:
        calls = servers.calls(deed)
        servers.recovery_killed(deed, random.randint(calls // 2, calls - 1), random)


@pytest.mark.skipif("PYTEST_XDIST_WORKER" in os.environ, reason="each worker counts only its own")
def test_nothing_was_lost(tally: Tally) -> None:
    """Runs last: they were killed, and on both sides of the swap."""
    assert available()
    assert tally.total("killed at a statement") > 6
    assert tally.of("found on a server")["the old"] and tally.of("found on a server")["the new"]
