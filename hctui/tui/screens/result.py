"""The page of a finished job: its result and next steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.events import Done, Failed
from hctui.i18n.language import _, render
from hctui.jobs.progress import JobProgress
from hctui.messages import N_, Message, message
from hctui.plans import BackupPlan, FilesBackupPlan, UndoPlan, VerifyPlan
from hctui.tui.job_result import job_result
from hctui.tui.page import Page
from hctui.tui.plan_titles import plan_title
from hctui.tui.screens.confirm import Confirm
from hctui.tui.screens.password import AskPassword
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.key_values import KeyValues, Notice

if TYPE_CHECKING:
    from hctui.jobs import Job


class ResultPage(Page):
    """Shows the result of a job; a backup can be verified from here, and a restore undone."""

    DEFAULT_CSS = """
    ResultPage {
        #headline { padding: 0 1; height: auto; text-style: bold; color: $success; margin-bottom: 1; }
        #headline.-bad { color: $error; }
        #warnings, #next { margin-top: 1; }
        #next { color: $foreground; }
    }
    """
    TITLE = N_("Result")
    ABOUT = N_(
        "How the job ended. A backup is only worth what a restore makes of it: verify it once in a while, and try a restore."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "verify", N_("Verify")),
        Binding("f6,ctrl+u", "undo", N_("Undo")),
    ]

    AUTO_FOCUS = "#verify, #menu"

    def __init__(self, job: Job, end: Done | Failed | Message, progress: JobProgress | None = None) -> None:
        super().__init__()
        self.job = job
        self.job_result = job_result(end)
        self._progress_warnings = tuple(progress.warnings) if progress else ()

    def heading(self) -> str:
        """Return the title of the job."""
        return plan_title(self.job.plan)

    def body(self) -> ComposeResult:
        """Lay out the headline, the details, the warnings and the next steps."""
        result = self.job_result
        headline = Static(result.headline, markup=False, id="headline")
        yield headline.set_class(not result.success, "-bad")
        if result.text:
            yield Static(result.text, markup=False, classes="text")
        yield KeyValues(result.details)
        warnings = result.warnings or tuple(render(each) for each in self._progress_warnings)
        yield Notice("\n".join(dict.fromkeys(warnings)), id="warnings")
        yield Notice("\n".join(result.next_steps), sign="-", id="next")

    def footer(self) -> ComposeResult:
        """Yield the actions."""
        with Actions():
            if self.job_result.file:
                yield Action(_("Verify now"), help=_("Reads every byte again and opens each database in it."), id="verify")
            if self.job_result.undo:
                yield self._undo_action()
            yield Action(_("Return to the menu"), id="menu")

    def _undo_action(self) -> Action:
        if isinstance(self.job.plan, UndoPlan):
            return Action(_("Take the undo back"), help=_("Brings again what the restore had put there."), id="undo")
        return Action(_("Undo the restore"), help=_("Puts back what was there before the restore."), id="undo")

    def on_mount(self) -> None:
        """Record that a person saw the end of the job."""
        self.mark_seen()

    @work(group="seen", exit_on_error=False)
    async def mark_seen(self) -> None:
        """Mark the job as seen, so that it is not offered again."""
        await asyncio.to_thread(self.job.mark_seen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow to verify only a backup, and to undo only a restore."""
        offered = {"verify": self.job_result.file is not None, "undo": bool(self.job_result.undo)}
        return offered.get(action, True)

    def action_back(self) -> None:
        """Go back to the page that started the job if it failed or was a verification, else to the menu."""
        if self.job_result.success and not isinstance(self.job.plan, VerifyPlan):
            self.application.home()
        else:
            super().action_back()

    @on(Action.Pressed, "#menu")
    def _menu(self) -> None:
        self.application.home()

    @on(Action.Pressed, "#verify")
    def action_verify(self) -> None:
        """Verify the backup; ask for its password if it is encrypted."""
        plan = self.job.plan
        if isinstance(plan, (BackupPlan, FilesBackupPlan)) and plan.encryption is not None:
            self.app.push_screen(
                AskPassword(_("The backup is encrypted; reading it again needs its password.")), self._password
            )
        else:
            self._start_verification(None)

    def _password(self, password: str | None) -> None:
        if password:
            self._start_verification(password)

    def _start_verification(self, password: str | None) -> None:
        if self.job_result.file is not None:
            self.application.start_job(VerifyPlan(self.job_result.file), password)

    @on(Action.Pressed, "#undo")
    def action_undo(self) -> None:
        """Ask for confirmation, then undo the restore, or take the undo back."""
        alias = self.job_result.undo[0]
        if isinstance(self.job.plan, UndoPlan):
            title, yes = _("Take the undo back?"), _("Take the undo back")
            text = N_("{alias} becomes again what it was before this undo; what is there now is kept in turn.")
        else:
            title, yes = _("Undo the restore?"), _("Undo the restore")
            text = N_("{alias} becomes again what it was before this restore; what is there now is kept in turn.")
        self.app.push_screen(Confirm(title, render(message(text, alias=alias)), yes=yes), self._undo_answered)

    def _undo_answered(self, confirmed: bool | None) -> None:
        if confirmed:
            self.application.start_job(UndoPlan(self.job_result.undo[0]), None)
