"""An operation that hctui does not have, and a job's process that knows it.

`register` does all that the package needs: a row, a runner and a name for people.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, MutableMapping
from pathlib import Path

from hctui.config import Configuration
from hctui.events import Done, Event, Started
from hctui.i18n import labels
from hctui.jobs import worker
from hctui.operation_kinds import OPERATIONS, Operation
from hctui.operations import dispatch
from hctui.plans import Plan


class CopyPlan(Plan, frozen=True, tag="copy"):
    """Copy a backup."""

    file: Path
    database: str

    @property
    def aliases(self) -> tuple[str, ...]:
        """The database that it locks."""
        return (self.database,)


class CopyDone(Done, frozen=True, tag="copy-done"):
    """The backup is copied."""

    file: Path


async def copy(plan: CopyPlan, configuration: Configuration, password: str | None) -> AsyncIterator[Event]:
    """Yield the events of a copy."""
    yield Started("copy", plan.aliases, (), 1)
    yield CopyDone(plan.file.with_suffix(".copy"), operation="copy", seconds=1.0)


def register(put: Callable[[MutableMapping[str, object], str, object], None]) -> None:
    """Add the operation to the tables."""
    put(OPERATIONS, "copy", Operation("copy", CopyPlan, CopyDone))
    put(dispatch.RUNNERS, "copy", f"{__name__}:copy")
    put(labels.OPERATIONS, "copy", "Copy of a backup")


if __name__ == "__main__":
    register(lambda table, name, value: table.update({name: value}))
    sys.exit(worker.main(sys.argv[1:]))
