"""The table of operations: what every layer knows of each.

To add an operation: a plan in `hctui.plans`, a result in `hctui.events`, a row here, its runner in `operations/dispatch.py` and
its name for people in `i18n/labels.py`. A title (`tui/plan_titles.py`) and pages for its result (`cli/results.py`,
`tui/job_result.py`) replace general ones.
"""

from __future__ import annotations

from msgspec import Struct

from hctui.events import BackupDone, Done, Event, FilesDone, RestoreDone, VerifyDone
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan, VerifyPlan


class Operation(Struct, frozen=True):
    """One kind of operation. Which databases its job locks is a property of the plan."""

    name: str
    """As in events, journals and `jobs list --json`; the tag of its plan."""
    plan: type[Plan]
    result: type[Done]
    """The event that it ends with; operations may share one."""


OPERATIONS: dict[str, Operation] = {
    each.name: each
    for each in (
        Operation("backup", BackupPlan, BackupDone),
        Operation("restore", RestorePlan, RestoreDone),
        Operation("verify", VerifyPlan, VerifyDone),
        Operation("undo", UndoPlan, RestoreDone),
        Operation("files-backup", FilesBackupPlan, FilesDone),
        Operation("files-restore", FilesRestorePlan, FilesDone),
    )
}
"""The operations by name."""


def operation_of(plan: Plan) -> Operation:
    """Return the operation that a plan is for."""
    return OPERATIONS[tag_of(type(plan))]


def tag_of(kind: type[Event | Plan]) -> str:
    """Return the tag of a class of events or plans."""
    return str(kind.__struct_config__.tag)
