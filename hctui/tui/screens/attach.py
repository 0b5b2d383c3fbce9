"""The dialog that offers jobs that went on, or ended, while hctui was not open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.i18n.language import _, age, render
from hctui.messages import N_, message
from hctui.tui.dialog import Dialog
from hctui.tui.plan_titles import plan_title
from hctui.tui.widgets.menu_list import MenuItem, MenuList

if TYPE_CHECKING:
    from hctui.tui.startup_checks import Unattended

STATES = {
    "running": N_("is under way"),
    "done": N_("is done"),
    "failed": N_("failed"),
    "cancelled": N_("was cancelled"),
    "died": N_("ended without saying how"),
}


class Attach(Dialog[str]):
    """Returns the id of the chosen job, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Choose"))]

    def __init__(self, jobs: Sequence[Unattended]) -> None:
        super().__init__(_("While nobody was looking"))
        self._jobs = tuple(jobs)

    def body(self) -> ComposeResult:
        """List the jobs."""
        yield Static(_("Jobs go on when the line drops or hctui is left. Choose one to see it:"), markup=False, classes="text")
        yield Static("")
        items = [
            MenuItem(
                each.job.id,
                str(at) if at < 10 else " ",
                plan_title(each.job.plan),
                render(message(N_("{state}, begun {age}"), state=_(STATES[each.state]), age=age(each.job.started))),
            )
            for at, each in enumerate(self._jobs, start=1)
        ]
        yield MenuList(items, help=_("Enter shows the job: its progress while it runs, its result when it has ended."))

    @on(MenuList.Chosen)
    def _chosen(self, event: MenuList.Chosen) -> None:
        self.dismiss(event.name)
