"""Waiting for a condition. One deadline for all tests, and it only ends a test that hangs: no result depends on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds after which something counts as never going to happen, on a machine that is busy with other things too."""


class Deadline:
    """The moment at which waiting that began now is over."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._end = time.monotonic() + PATIENCE

    def check(self) -> None:
        """Fail the test once the moment has come."""
        if time.monotonic() > self._end:
            raise AssertionError(f"waited {PATIENCE:.0f} s in vain: {self._what}")


def wait_until(condition: Callable[[], object], what: str, pause: float = 0.01) -> None:
    """Wait until `condition()` holds, checked every `pause` seconds."""
    deadline = Deadline(what)
    while not condition():
        deadline.check()
        time.sleep(pause)


async def wait_until_async(condition: Callable[[], object], what: str, pause: float = 0.01) -> None:
    """Wait until `condition()` holds while the event loop goes on."""
    deadline = Deadline(what)
    while not condition():
        deadline.check()
        await asyncio.sleep(pause)
