"""The page “Cópia banco de dados”: it fills a `BackupPlan` and starts a job with it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import getters, on, work
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widget import Widget

from hctui.errors import HctuiError
from hctui.i18n.language import _, age, render, size
from hctui.messages import N_, message
from hctui.operations.catalogue import last_backup
from hctui.operations.names import default_name
from hctui.operations.preview import preview_backup
from hctui.operations.results import BackupPreview
from hctui.plans import BackupPlan
from hctui.tui.screens.backup.destination import DestinationTab
from hctui.tui.screens.backup.destination_fields import TYPING_PAUSE
from hctui.tui.screens.backup.options import OptionsTab
from hctui.tui.tabbed_page import START_KEY, TabbedPage
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.field import Field, show_problems
from hctui.tui.widgets.key_values import KeyValue
from hctui.tui.widgets.radio_group import RadioGroup


class BackupPage(TabbedPage):
    """Two tabs that fill one plan."""

    DEFAULT_CSS = """
    BackupPage {
        DestinationTab { #name, #which, #details, #warnings { margin-top: 1; } }
        OptionsTab { #audit, #level-label { margin-top: 1; } }
        OptionsTab.-encrypted #level-label { margin-top: 0; }
    }
    """
    TITLE = N_("Database backup")
    ABOUT = N_(
        "A backup is one file that holds the chosen databases whole. Others can go on working meanwhile. It is made in a"
        " process of its own: if the line drops or the terminal is closed it goes on, and the next hctui shows how it is doing."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        START_KEY,
        Binding("f2,ctrl+b", "app.database", N_("Database")),
    ]
    START = N_("Start the backup")
    AUTO_FOCUS = "#folder Input"

    destination = getters.query_one(DestinationTab)
    options = getters.query_one(OptionsTab)

    plan: reactive[BackupPlan | None] = reactive(None, init=False)
    """The plan that the fields describe."""

    def __init__(self) -> None:
        super().__init__()
        self._proposed_name = ""

    def panes(self) -> Sequence[tuple[str, Widget]]:
        """Return the tabs for the destination and the options."""
        configuration = self.application.configuration
        databases = self._databases(False)
        self._proposed_name = default_name(databases or ("backup",), datetime.now())
        folder = configuration.destination or Path()
        plan = replace(configuration.backup, databases=databases, destination=folder, name=self._proposed_name)
        self.set_reactive(BackupPage.plan, plan)
        return (
            (_("Backup destination"), DestinationTab(plan, everything=self.application.current is None, id="destination")),
            (_("Further settings"), OptionsTab(plan, id="options")),
        )

    def first_field(self, tab: int) -> Widget:
        """Return the folder, or the checkbox of the encryption."""
        return self.options.encryption.checkbox if tab else self.destination.folder

    def on_mount(self) -> None:
        """Update the plan when the current database changes."""
        self.watch(self.app, "current", self.update_plan, init=False)

    def on_screen_resume(self) -> None:
        """Update name and preview: there may be a backup of this name by now."""
        if self.plan is not None:
            self.propose_name(self.plan)
            self.update_preview(self.plan)

    def _databases(self, everything: bool) -> tuple[str, ...]:
        if everything:
            return self.application.configuration.aliases
        return (self.application.current,) if self.application.current else ()

    @on(Field.Changed)
    @on(RadioGroup.Changed)
    @on(Checkbox.Changed)
    @on(EncryptionFields.Changed)
    def update_plan(self) -> None:
        """Fill the plan from both tabs."""
        if self.plan is not None and self.is_mounted:
            databases = self._databases(self.destination.everything)
            self.plan = self.options.fill(self.destination.fill(replace(self.plan, databases=databases)))

    def watch_plan(self, before: BackupPlan | None, after: BackupPlan | None) -> None:
        """Update name and preview for the new plan."""
        if after is not None:
            self.options.set_class(after.encryption is not None, "-encrypted")
            if before is None or before.databases != after.databases or before.destination != after.destination:
                self.propose_name(after)
            self.update_preview(after)

    @work(exclusive=True, group="name", exit_on_error=False)
    async def propose_name(self, plan: BackupPlan) -> None:
        """Fill in a name that is not in use, unless the person typed one."""
        usable = [alias for alias in plan.databases if alias not in self.application.configuration.refused]
        name = await asyncio.to_thread(default_name, usable or ("backup",), datetime.now(), plan.destination)
        if self.destination.name_field.value in ("", self._proposed_name):
            self._proposed_name = self.destination.name_field.value = name

    @work(exclusive=True, group="preview", exit_on_error=False)
    async def update_preview(self, plan: BackupPlan) -> None:
        """Show the preview once no key was pressed for a moment."""
        await asyncio.sleep(TYPING_PAUSE)
        await self.preview(plan)

    async def preview(self, plan: BackupPlan) -> Field | None:
        """Show size, free space, the last backup, warnings and problems; return the first field with a problem, or None."""
        try:
            preview = await asyncio.to_thread(preview_backup, plan, self.application.configuration)
            last = await asyncio.to_thread(self._last_backup, plan)
        except HctuiError as error:
            self.destination.details, self.destination.warnings = (), render(error.message)
            return show_problems(self.destination.fields, ())
        if plan.destination == Path():
            preview = replace(preview, free=None, warnings=(), problems=())  # of a folder not named yet
        self.show_preview(preview, last)
        return show_problems(self.destination.fields, preview.problems)

    def _last_backup(self, plan: BackupPlan) -> str:
        return last_backup_text([last_backup(self.application.configuration, alias) for alias in plan.databases])

    def show_preview(self, preview: BackupPreview, last: str) -> None:
        """Show the preview."""
        self.destination.details = (*preview_details(preview), (_("Last backup"), last))
        self.destination.warnings = preview_warnings(preview, self.destination.fields)
        self.options.definitions = preview.definitions
        self.options.savings = {
            "audit": preview.saved_audit,
            "images": preview.saved_images,
            "indexes": preview.saved_indexes,
        }

    @on(Action.Pressed, "#make-default")
    def make_default(self) -> None:
        """Make this folder the default one."""
        folder = self.destination.folder.path
        if folder is not None:
            self.save_default(folder)

    @work(exclusive=True, group="default", exit_on_error=False)
    async def save_default(self, folder: Path) -> None:
        """Write the default folder into the configuration."""
        await asyncio.to_thread(self.application.configuration.set_destination, folder)
        self.notify(_("This folder is filled in from now on."), timeout=4)

    def action_start(self) -> None:
        """Start the backup, or focus the field that prevents it."""
        self.update_plan()
        for tab, field in ((0, self.destination.missing()), (1, self.options.encryption.problem())):
            if field is not None:
                self.go_to(tab, field)
                return
        if self.plan is not None:
            self.check_and_start(self.plan)

    @work(exclusive=True, group="check", exit_on_error=False)
    async def check_and_start(self, plan: BackupPlan) -> None:
        """Start the backup unless its preview has a problem at a field; the job itself reports any other."""
        field = await self.preview(plan)
        if field is not None:
            self.go_to(0, field)
        else:
            encryption = self.options.encryption
            self.application.start_job(plan, encryption.password, encryption.forget)


def preview_details(preview: BackupPreview) -> tuple[KeyValue, ...]:
    """Return the estimated size and the free space."""
    estimate = message(
        N_("{data_bytes}, about {file_bytes} in the backup"), data_bytes=preview.size, file_bytes=preview.compressed
    )
    free = size(preview.free) if preview.free is not None else ""
    return ((_("Estimated size"), render(estimate)), (_("Free space"), free))


def last_backup_text(found: Sequence[tuple[datetime, Path] | None]) -> str:
    """Return the age of the last backup; of several databases the oldest: that much could be lost."""
    if not found:
        return ""
    times = [each[0] for each in found if each is not None]
    if len(times) < len(found):
        return _("never") if len(found) == 1 else _("some databases have never been backed up")
    return age(min(times))


def preview_warnings(preview: BackupPreview, fields: Collection[str]) -> str:
    """Return the problems that none of `fields` shows, and the warnings, one a line."""
    problems = [each.message for each in preview.problems if each.field not in fields]
    return "\n".join(render(each) for each in (*problems, *preview.warnings))
