"""What came of a job, and what to do next."""

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
from hctui.tui.job_result import outcome_of
from hctui.tui.page import Page
from hctui.tui.plan_titles import plan_title
from hctui.tui.screens.confirm import Confirm
from hctui.tui.screens.password import AskPassword
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.key_values import Facts, Notice

if TYPE_CHECKING:
    from hctui.jobs import Job


class ResultPage(Page):
    """Shows how a job ended; from here a backup is verified and a restore undone."""

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
        self.outcome = outcome_of(end)
        self._earlier = tuple(progress.warnings) if progress else ()

    def heading(self) -> str:
        """Say what the job did."""
        return plan_title(self.job.plan)

    def body(self) -> ComposeResult:
        """Lay out the headline, the facts, the warnings and the next steps."""
        outcome = self.outcome
        headline = Static(outcome.headline, markup=False, id="headline")
        yield headline.set_class(not outcome.good, "-bad")
        if outcome.text:
            yield Static(outcome.text, markup=False, classes="text")
        yield Facts(outcome.facts)
        warnings = outcome.warnings or tuple(render(each) for each in self._earlier)
        yield Notice("\n".join(dict.fromkeys(warnings)), id="warnings")
        yield Notice("\n".join(outcome.next_steps), sign="-", id="next")

    def below(self) -> ComposeResult:
        """Offer what can be done next."""
        with Actions():
            if self.outcome.file:
                yield Action(_("Verify now"), help=_("Reads every byte again and opens each database in it."), id="verify")
            if self.outcome.undo:
                yield self._undo_action()
            yield Action(_("Return to the menu"), id="menu")

    def _undo_action(self) -> Action:
        if isinstance(self.job.plan, UndoPlan):
            return Action(_("Take the undo back"), help=_("Brings again what the restore had put there."), id="undo")
        return Action(_("Undo the restore"), help=_("Puts back what was there before the restore."), id="undo")

    def on_mount(self) -> None:
        """Name the job and take note that somebody saw its end."""
        self.note_seen()

    @work(group="seen", exit_on_error=False)
    async def note_seen(self) -> None:
        """Do not offer this job again."""
        await asyncio.to_thread(self.job.mark_seen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to verify or undo only where there is something to."""
        offered = {"verify": self.outcome.file is not None, "undo": bool(self.outcome.undo)}
        return offered.get(action, True)

    def action_back(self) -> None:
        """Go back: to the page it was started from if that must be put right, else to the menu."""
        if self.outcome.good and not isinstance(self.job.plan, VerifyPlan):
            self.application.home()
        else:
            super().action_back()

    @on(Action.Pressed, "#menu")
    def _menu(self) -> None:
        self.application.home()

    @on(Action.Pressed, "#verify")
    def action_verify(self) -> None:
        """Read the backup again, asking for its password where it has one."""
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
        if self.outcome.file is not None:
            self.application.start_job(VerifyPlan(self.outcome.file), password)

    @on(Action.Pressed, "#undo")
    def action_undo(self) -> None:
        """Ask once, then put back what was there before the restore."""
        alias = self.outcome.undo[0]
        if isinstance(self.job.plan, UndoPlan):
            title, yes = _("Take the undo back?"), _("Take the undo back")
            text = N_("{alias} becomes again what it was before this undo; what is there now is kept in turn.")
        else:
            title, yes = _("Undo the restore?"), _("Undo the restore")
            text = N_("{alias} becomes again what it was before this restore; what is there now is kept in turn.")
        self.app.push_screen(Confirm(title, render(message(text, alias=alias)), yes=yes), self._undo_answered)

    def _undo_answered(self, sure: bool | None) -> None:
        if sure:
            self.application.start_job(UndoPlan(self.outcome.undo[0]), None)
