"""The titles of jobs on the screens."""

from __future__ import annotations

from functools import singledispatch

from hctui.i18n.labels import OPERATIONS
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.operation_kinds import operation_of
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan, VerifyPlan


@singledispatch
def plan_title(plan: Plan) -> str:
    """Return the title of a plan's job, translated."""
    return _(OPERATIONS[operation_of(plan).name])


@plan_title.register
def _backup(plan: BackupPlan) -> str:
    return render(message(N_("Backup of {aliases}"), aliases=", ".join(plan.databases)))


@plan_title.register
def _restore(plan: RestorePlan) -> str:
    if not plan.databases:
        return render(message(N_("Restore of all databases in {file}"), file=plan.file.name))
    return render(message(N_("Restore of {aliases}"), aliases=", ".join(plan.databases)))


@plan_title.register
def _verification(plan: VerifyPlan) -> str:
    return render(message(N_("Verification of {file}"), file=plan.file.name))


@plan_title.register
def _undo(plan: UndoPlan) -> str:
    return render(message(N_("Undo of the last restore of {alias}"), alias=plan.database))


@plan_title.register
def _files_backup(plan: FilesBackupPlan) -> str:
    return render(message(N_("Backup of files to {file}"), file=plan.name))


@plan_title.register
def _files_restore(plan: FilesRestorePlan) -> str:
    return render(message(N_("Restore of files from {file}"), file=plan.file.name))
