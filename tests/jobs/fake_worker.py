"""A job's process with a fake operation, which the name of the plan selects."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import hctui.operations
from hctui.errors import NoSpace
from hctui.events import BackupDone, DatabaseOutcome, Event, Progress, RestoreDone, Started, TableDone, TableStarted, Warned
from hctui.jobs import worker
from hctui.messages import message
from hctui.plans import BackupPlan, Plan, RestorePlan


async def run(plan: Plan, configuration: object, password: str | None) -> AsyncIterator[Event]:
    """Replace `hctui.operations.run`: yield events, then end in the way that the plan's name selects."""
    if isinstance(plan, RestorePlan):
        outcome = DatabaseOutcome("A", len(plan.tables or ()), 0, len(password or ""))
        yield RestoreDone((outcome,), operation="restore", seconds=0.1)
        return
    assert isinstance(plan, BackupPlan)
    yield Started("backup", plan.databases, (("A", "t"),), 1000)
    match plan.name.partition(".")[0]:
        case "error":
            raise NoSpace(path="/x", needed_bytes=2, free_bytes=1)
        case "bug":
            raise ZeroDivisionError(len(f"{password}"))
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            try:
                while not (plan.destination / "go").exists():
                    await asyncio.sleep(0.01)
            finally:
                await asyncio.sleep(0.05)
                (plan.destination / "cleaned").touch()
        case "signals":
            for number in (signal.SIGHUP, signal.SIGINT):
                os.kill(os.getpid(), number)
            await asyncio.sleep(0.05)
    yield TableStarted("A", "t", 1000)
    for done in range(1, 1001):
        yield Progress(done, 1000)
    yield TableDone("A", "t", 1000, rows=3)
    yield Warned(message("{table} moved", table="t"))
    size = len(password or "")
    yield BackupDone(plan.destination / plan.name, size, 1000, plan.encryption, (), operation="backup", seconds=0.1)


if __name__ == "__main__":
    hctui.operations.run = run
    sys.exit(worker.main(sys.argv[1:]))
