"""What a job is called on the screens."""

from __future__ import annotations

from hctui.i18n.language import render
from hctui.messages import N_, message
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan, VerifyPlan


def plan_title(plan: Plan) -> str:
    """Return in a few words what a plan does, translated."""
    match plan:
        case BackupPlan():
            return render(message(N_("Backup of {aliases}"), aliases=", ".join(plan.databases)))
        case RestorePlan(databases=()):
            return render(message(N_("Restore of all databases in {file}"), file=plan.file.name))
        case RestorePlan():
            return render(message(N_("Restore of {aliases}"), aliases=", ".join(plan.databases)))
        case VerifyPlan():
            return render(message(N_("Verification of {file}"), file=plan.file.name))
        case UndoPlan():
            return render(message(N_("Undo of the last restore of {alias}"), alias=plan.database))
        case FilesBackupPlan():
            return render(message(N_("Backup of files to {file}"), file=plan.name))
        case FilesRestorePlan():
            return render(message(N_("Restore of files from {file}"), file=plan.file.name))
