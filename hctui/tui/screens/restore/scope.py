"""The fields for what a restore puts back: databases, tables, options."""

from __future__ import annotations

from msgspec.structs import replace
from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from hctui.config import validate_alias
from hctui.errors import InvalidAlias
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.plans import RestorePlan
from hctui.tui.options import option_checkbox, option_text
from hctui.tui.screens.checklist.model import Checklist
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.radio_group import Alternative, RadioGroup

WHICH_HELP = N_(
    "The current database is the one named at the top right; change it with F2. All databases of the backup are restored, each"
    " into the database of its own name. Before anything is replaced you see what will be, and type the database's name."
)


class ScopeFields(Vertical):
    """The fields, in the order of the manual; while the restore is partial, an action opens the checklist."""

    DEFAULT_CSS = """
    ScopeFields {
        height: auto;
        & #tables-row { height: 1; padding-left: 4; display: none; }
        & #tables-ticked { width: 1fr; height: 1; }
        & #into { margin-top: 1; }
    }
    """

    which = getters.query_one("#which", RadioGroup)
    partial = getters.query_one("#tables", Checkbox)
    into = getters.query_one("#into", Field)

    checklist: reactive[Checklist | None] = reactive(None, init=False, always_update=True)
    """The tables and their ticks; None until the checklist was opened."""

    class Changed(Message):
        """A field has changed."""

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        alternatives = (
            Alternative(False, _("Restore only the current database")),
            Alternative(True, _("Restore all databases that are in the backup file")),
        )
        yield RadioGroup(alternatives, False, help=_(WHICH_HELP), id="which")
        yield option_checkbox(RestorePlan, "settings", False)
        yield option_checkbox(RestorePlan, "users_and_audit", False)
        partial = option_text(RestorePlan, "tables", "explanation")
        yield Checkbox(option_text(RestorePlan, "tables", "label"), False, help=partial, id="tables")
        with Horizontal(id="tables-row"):
            yield Action(_("Select the tables to be restored"), help=partial, id="select")
            yield Static(id="tables-ticked", markup=False)
        for name in ("unpacked", "exact", "disconnect"):
            yield option_checkbox(RestorePlan, name, False)
        yield Field(option_text(RestorePlan, "into", "label"), help=option_text(RestorePlan, "into", "explanation"), id="into")

    @property
    def everything(self) -> bool:
        """Whether all databases of the backup are restored."""
        return self.which.value is True

    def fill(self, plan: RestorePlan) -> RestorePlan:
        """Return the plan with the values of the fields."""
        ticked = self.checklist.ticked if self.checklist is not None else ()
        return replace(
            plan,
            tables=ticked if self.partial.value else None,
            into=self.into.value.strip(),
            settings=self._is_ticked("settings"),
            users_and_audit=self._is_ticked("users_and_audit"),
            unpacked=self._is_ticked("unpacked"),
            exact=self._is_ticked("exact") and not self.partial.value,
            disconnect=self._is_ticked("disconnect"),
        )

    def _is_ticked(self, name: str) -> bool:
        return self.query_one(f"#{name}", Checkbox).value

    def watch_checklist(self, checklist: Checklist | None) -> None:
        """Show how many tables are ticked."""
        text = ""
        if checklist is not None:
            count, known, size = checklist.ticked_count, len(checklist.choices), checklist.ticked_size
            text = render(message(N_("{ticked} of {known} · {ticked_bytes}"), ticked=count, known=known, ticked_bytes=size))
        self.query_one("#tables-ticked", Static).update(text)
        self.post_message(self.Changed())

    @on(Checkbox.Changed, "#tables")
    def partial_changed(self, event: Checkbox.Changed) -> None:
        """Show the action that opens the checklist while the restore is partial; such a restore is of one database."""
        self.query_one("#tables-row").display = event.value
        self.which.disabled = event.value
        self.query_one("#exact", Checkbox).disabled = event.value
        if event.value:
            self.which.value = False

    @on(Field.Changed, "#into")
    def check_into(self) -> None:
        """Show the error in the other name, if there is one."""
        name = self.into.value.strip()
        try:
            validate_alias(name or "none")
        except InvalidAlias as error:
            self.into.error = render(error.message)
        else:
            self.into.error = ""

    @on(Checkbox.Changed)
    @on(RadioGroup.Changed)
    @on(Field.Changed)
    def field_changed(self, event: Message) -> None:
        """Post `Changed` in place of the messages of single fields."""
        event.stop()
        self.post_message(self.Changed())
