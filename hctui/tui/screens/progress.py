"""The page of a running job: amounts, speed, time left, tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from hctui.errors import Cancelled, JobCrashed
from hctui.events import Done, Failed
from hctui.i18n.language import _, duration, label, printable, render, size
from hctui.jobs.progress import JobProgress
from hctui.messages import N_, Message, message
from hctui.plans import VerifyPlan
from hctui.tui.page import Page
from hctui.tui.plan_titles import plan_title
from hctui.tui.screens.confirm import Confirm
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.line import Line
from hctui.tui.widgets.progress_bar import ProgressBar
from hctui.tui.widgets.table_states import TableStates

if TYPE_CHECKING:
    from hctui.jobs import Job

UPDATE_INTERVAL = 0.5
"""Seconds between two updates of the page: often enough for a person, seldom enough for a slow line."""
SHOWN_WARNINGS = 3


class ProgressPage(Page):
    """Follows one job; the job goes on when the page is left."""

    DEFAULT_CSS = """
    ProgressPage {
        #body { padding-top: 1; overflow: hidden; }
        #current { margin-bottom: 1; text-style: bold; }
        TableStates { height: 1fr; }
        #warnings { max-height: 4; }
        Actions { margin-top: 1; }
    }
    """
    TITLE = N_("Progress")
    ABOUT = N_(
        "The job runs in a process of its own. Leaving this page, leaving hctui, closing the terminal or losing the line does"
        " not stop it; the menu, or the next hctui, shows it again. Cancel stops it: nothing half-made is left behind."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8,ctrl+x", "cancel_job", N_("Cancel")),
        Binding("escape", "back", N_("Back (the job goes on)")),
    ]
    AUTO_FOCUS = "#leave"

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.progress = JobProgress()
        self._timer: Timer | None = None
        self._cancelling = False
        self._end: Done | Failed | Message | None = None

    @property
    def running(self) -> bool:
        """Whether the job has not ended as far as this page knows."""
        return self.progress.ended is None

    def heading(self) -> str:
        """Return the title of the job."""
        return plan_title(self.job.plan)

    def body(self) -> ComposeResult:
        """Lay out the bar, the amounts, the tables and the warnings."""
        yield ProgressBar(id="bar")
        yield Line(id="amounts")
        yield Line(id="current")
        yield TableStates(id="tables")
        yield Notice(id="warnings")
        with Actions():
            yield Action(_("Return to the menu, the job goes on"), id="leave")
            yield Action(_("Cancel"), help=_("Stops the job after asking once; nothing half-made is left behind."), id="cancel")

    def on_mount(self) -> None:
        """Follow the job, and update the page at regular intervals."""
        self._timer = self.set_interval(UPDATE_INTERVAL, self.update_page)
        self.follow()

    @work(exclusive=True, group="follow", exit_on_error=False)
    async def follow(self) -> None:
        """Read the job's events until it ends."""
        try:
            async for event in self.job.events():
                self.progress.add(event)
        except JobCrashed as error:
            self.show_result(error)
        else:
            self.show_result(None)

    def update_page(self) -> None:
        """Show the progress, unless the line is stalled."""
        if self.application.stalled:
            return
        progress = self.progress
        self.query_one(ProgressBar).share = progress.share
        self.query_one("#amounts", Line).text = self._amounts_text()
        self.query_one("#current", Line).text = self._current_text()
        self.query_one(TableStates).show_progress(progress)
        self.query_one("#warnings", Notice).text = "\n".join(render(each) for each in progress.warnings[-SHOWN_WARNINGS:])

    def _amounts_text(self) -> str:
        progress = self.progress
        if not progress.operation:
            return _("The job is starting…")
        if not progress.total:
            return size(progress.done) if progress.done else ""
        if not progress.done:
            return render(message(N_("{total_bytes} to go through"), total_bytes=progress.total))
        parts = [render(message(N_("{done_bytes} of {total_bytes}"), done_bytes=progress.done, total_bytes=progress.total))]
        if progress.speed:
            parts.append(f"{size(int(progress.speed))}/s")
        if progress.left is not None:
            parts.append(_("{time} left").format(time=duration(max(round(progress.left), 1))))
        return "   ".join(parts)

    def _current_text(self) -> str:
        if self._cancelling:
            return _("Cancelling…")
        progress = self.progress
        step = label(progress.step) if progress.step else ""
        table = printable(progress.tables[progress.current].table) if progress.current >= 0 else ""
        return "   ".join(part for part in (step, table) if part)

    def show_result(self, crash: JobCrashed | None) -> None:
        """Go on to the result, at once or when the dialog above is answered."""
        if self._timer is not None:
            self._timer.stop()
        self._end = crash.message if crash else self.progress.ended or Cancelled().message
        if self.app.screen is self:  # `is_current` is true below a dialog too
            self.on_screen_resume()

    def on_screen_resume(self) -> None:
        """Go on to the result if the job has ended meanwhile."""
        from hctui.tui.screens.result import ResultPage

        if self._end is not None:
            self.app.switch_screen(ResultPage(self.job, self._end, self.progress))

    def action_back(self) -> None:
        """Leave the page; the job goes on."""
        if self.running:
            self.app.notify(_("The job goes on. F7 on the menu shows it again."), timeout=4)
        if isinstance(self.job.plan, VerifyPlan):
            self.dismiss()
        else:
            self.application.home()

    @on(Action.Pressed, "#leave")
    def _leave(self) -> None:
        self.action_back()

    @on(Action.Pressed, "#cancel")
    def action_cancel_job(self) -> None:
        """Ask for confirmation, then cancel the job."""
        if self.running and not self._cancelling:
            self.app.push_screen(
                Confirm(
                    _("Cancel this job?"),
                    _("What is done so far is thrown away; nothing half-made is left, and the database is as it was before."),
                    yes=_("Cancel the job"),
                    no=_("Let it go on"),
                ),
                self._cancel_answered,
            )

    def _cancel_answered(self, confirmed: bool | None) -> None:
        if confirmed and self.running:
            self._cancelling = True
            self.cancel_job_now()

    @work(exclusive=True, group="cancel", exit_on_error=False)
    async def cancel_job_now(self) -> None:
        """Cancel the job; it ends with an event of its own."""
        await asyncio.to_thread(self.job.cancel)
