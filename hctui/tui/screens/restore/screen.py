"""The page “Restauração banco de dados”: it fills a `RestorePlan`, has it confirmed and starts a job with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from hctui.config.aliases import same_alias
from hctui.errors import HctuiError
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.operations.preview import preview_restore
from hctui.operations.results import Problem, RestorePreview
from hctui.plans import RestorePlan
from hctui.tui.page import Page
from hctui.tui.screens.checklist.model import Checklist, TableChoice
from hctui.tui.screens.checklist.screen import ChecklistPage
from hctui.tui.screens.confirm import RestorePreviewDialog, TypeNameDialog
from hctui.tui.screens.restore.preview import sections_of, targets_of, warnings_of
from hctui.tui.screens.restore.scope import ScopeFields
from hctui.tui.screens.restore.source import SourceFields
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.field import show_problems
from hctui.tui.widgets.key_values import Notice

NO_CURRENT = N_("There is no current database. Register the one to restore into on the page “Server”.")
BREAKPOINTS = [(0, "-short"), (32, "-tall")]
"""Classes of the page by its lines."""


class RestorePage(Page):
    """One page that fills one plan."""

    DEFAULT_CSS = """
    RestorePage {
        #body { padding: 0; overflow: hidden; }
        #form { height: 1fr; scrollbar-size-vertical: 1; }
        ScopeFields { margin-top: 1; }
    }
    RestorePage.-tall {
        #file, #which, #users_and_audit, #tables-row, #unpacked, #disconnect { margin-bottom: 1; }
    }
    """
    TITLE = N_("Database restore")
    ABOUT = N_(
        "A restore unpacks and checks everything beside the database before a byte of it changes, then swaps. What is replaced"
        " is kept as an undo. Users, audit and settings tables stay as they are unless asked for."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "start", N_("Start")),
        Binding("f2,ctrl+b", "app.database", N_("Database")),
        Binding("f4,ctrl+o", "pick", N_("Existing")),
        Binding("f6,ctrl+t", "select", N_("Tables"), show=False),
    ]
    AUTO_FOCUS = "#file Input"
    VERTICAL_BREAKPOINTS = BREAKPOINTS

    source = getters.query_one(SourceFields)
    scope = getters.query_one(ScopeFields)
    problem = getters.query_one("#problem", Notice)

    def __init__(self, file: Path | None = None) -> None:
        super().__init__()
        self._file = file

    def body(self) -> ComposeResult:
        """Lay out source, scope and actions."""
        with VerticalScroll(id="form", can_focus=False):
            yield SourceFields(self._file)
            yield ScopeFields()
            yield Notice(id="problem")
        with Actions():
            yield Action(_("Start the restore"), id="start")
            yield Action(_("Return to the menu"), id="return")

    def on_mount(self) -> None:
        """Read the given backup, if there is one; reset the ticks when the current database changes."""
        self.watch(self.app, "current", self.reset_checklist, init=False)
        if self._file is not None:
            self.source.load()

    @property
    def plan(self) -> RestorePlan:
        """The plan that the fields describe."""
        current = self.application.current
        databases = () if self.scope.everything or current is None else (current,)
        return self.source.fill(self.scope.fill(RestorePlan(Path(), databases)))

    @on(ScopeFields.Changed)
    def scope_changed(self) -> None:
        """Read the source as a folder if the files are unpacked, and check the current database."""
        self.source.unpacked = self.plan.unpacked
        self.check_current()

    @on(SourceFields.ContentsChanged)
    def reset_checklist(self) -> None:
        """Remove the ticks: they belong to one database of one backup."""
        self.scope.checklist = None
        self.check_current()

    def check_current(self) -> None:
        """Show a problem if the backup does not hold the current database."""
        contents, current = self.source.contents, self.application.current
        aliases = [each.alias for each in contents.databases] if contents is not None else []
        missing = aliases and not self.scope.everything and not any(same_alias(each, current or "") for each in aliases)
        text = N_("{alias} is not in this backup, which holds {aliases}.") if current else NO_CURRENT
        problem = render(message(text, alias=current or "", aliases=", ".join(aliases)))
        self.problem.text = problem if missing else ""

    # The tables

    @on(Action.Pressed, "#select")
    def action_select(self) -> None:
        """Open the checklist."""
        if self.scope.checklist is not None:
            self.open_checklist(self.scope.checklist)
        else:
            self.compare_tables()

    @work(exclusive=True, group="tables", exit_on_error=False)
    async def compare_tables(self) -> None:
        """Compare the tables of the backup with those of the database, then open the checklist."""
        field = self.source.missing()
        if field is not None:
            field.focus()
            return
        self.scope.partial.value = True
        preview = await self.preview(RestorePlan(self.plan.file, self.plan.databases, unpacked=self.plan.unpacked))
        if preview is not None:
            self.open_checklist(Checklist(TableChoice.of(preview.databases[0].tables)))

    async def preview(self, plan: RestorePlan) -> RestorePreview | None:
        """Return what the plan would do; None where the fault is in a field, which shows it and gets the focus."""
        field = await self.source.problem()
        if field is None:
            self.problem.text = _("Comparing the backup with the database…")
            try:
                return await asyncio.to_thread(preview_restore, plan, self.application.configuration, self.source.password)
            except HctuiError as error:
                fields = {**self.source.fields, "into": self.scope.into}
                if error.field not in fields:
                    raise
                field = show_problems(fields, (Problem.of(error),))
            finally:
                self.problem.text = ""
        if field is not None:
            field.focus()
        return None

    def open_checklist(self, checklist: Checklist) -> None:
        """Open the checklist; the ticks count when it is left."""
        self.app.push_screen(ChecklistPage(checklist), lambda _result: setattr(self.scope, "checklist", checklist))

    # Existing backups

    def action_pick(self) -> None:
        """Choose from the backups in the default folder."""
        self.source.pick()

    # Start

    @on(Action.Pressed, "#return")
    def leave(self) -> None:
        """Go back to the menu."""
        self.action_back()

    @on(Action.Pressed, "#start")
    def action_start(self) -> None:
        """Ask for confirmation, or focus the field that prevents the start."""
        field = self.source.missing() or (self.scope.into if self.scope.into.error else None)
        if field is not None:
            field.focus()
        elif self.application.current is None and not self.scope.everything:
            self.problem.text = _(NO_CURRENT)
        elif self.plan.tables == ():
            self.problem.text = _("No table is ticked. Select the tables to be restored first.")
            self.query_one("#select").focus()
        else:
            self.confirm(self.plan)

    @work(exclusive=True, group="confirm", exit_on_error=False)
    async def confirm(self, plan: RestorePlan) -> None:
        """Show what will be replaced and what stays, ask for the name, and start the job."""
        preview = await self.preview(plan)
        if preview is None:
            return
        warnings = warnings_of(preview, disconnect=plan.disconnect)
        title = render(message(N_("Before {name} is restored"), name=", ".join(targets_of(preview))))
        if not await self.app.push_screen_wait(RestorePreviewDialog(title, sections_of(preview), warnings)):
            return
        if await self.app.push_screen_wait(TypeNameDialog(title, targets_of(preview), action=_("Start the restore"))):
            self.application.start_job(plan, self.source.password, self.source.forget)
