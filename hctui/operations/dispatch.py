"""The runner of each operation, imported when it is first called."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from importlib import import_module
from typing import Protocol

from hctui.config import Configuration
from hctui.events import Event
from hctui.operation_kinds import operation_of
from hctui.plans import Plan

RUNNERS: dict[str, str] = {
    "backup": "hctui.operations.backup:backup",
    "restore": "hctui.operations.restore:restore",
    "verify": "hctui.operations.verify:verify",
    "undo": "hctui.operations.undo:undo",
    "files-backup": "hctui.operations.files_backup:files_backup",
    "files-restore": "hctui.operations.files_restore:files_restore",
}
"""The runners by name of operation, as `module:function`."""


class Runner(Protocol):
    """Runs one kind of operation."""

    def __call__(self, plan: Plan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
        """Yield the events of an operation. Raises `HctuiError` as it goes."""


def run(plan: Plan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Return the events of the operation that `plan` is for. Raises `HctuiError` as it goes."""
    module, _colon, function = RUNNERS[operation_of(plan).name].partition(":")
    runner: Runner = getattr(import_module(module), function)
    return runner(plan, configuration, password)
