"""The operation for each type of plan."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hctui.config import Configuration
from hctui.events import Event
from hctui.operations.backup import backup
from hctui.operations.files_backup import files_backup
from hctui.operations.files_restore import files_restore
from hctui.operations.restore import restore
from hctui.operations.undo import undo
from hctui.operations.verify import verify
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan, VerifyPlan


def run(plan: Plan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Return the events of the operation that carries out `plan`. The generator raises `HctuiError`."""
    match plan:
        case BackupPlan():
            return backup(plan, configuration, password)
        case RestorePlan():
            return restore(plan, configuration, password)
        case VerifyPlan():
            return verify(plan, configuration, password)
        case UndoPlan():
            return undo(plan, configuration, password)
        case FilesBackupPlan():
            return files_backup(plan, configuration, password)
        case FilesRestorePlan():
            return files_restore(plan, configuration, password)
