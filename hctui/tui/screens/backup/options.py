"""Tab 2 of the backup page: encryption, what is left out, compression; and the compression field, shared with files."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from hctui.i18n.language import _, label, render
from hctui.messages import N_, message
from hctui.model import Level
from hctui.plans import BackupPlan
from hctui.tui.options import option_checkbox, option_text
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.encryption import EncryptionFields
from hctui.tui.widgets.radio_group import Alternative, RadioGroup

INCLUDED = ("audit", "images", "indexes")
"""Options for what may be left out, by the names of the plan's fields."""
LEVELS = (
    (Level.MAX, N_("the smallest file, the longest time")),
    (Level.MEDIUM, N_("nearly as small in much less time")),
    (Level.MIN, N_("several times faster, a little larger")),
    (Level.NONE, N_("for data that is compressed already")),
)
"""The compression levels, each with one line about it."""


class OptionsTab(VerticalScroll, can_focus=False):
    """Shows the options of one plan and fills them into another."""

    encryption = getters.query_one(EncryptionFields)

    savings: reactive[Mapping[str, int]] = reactive({})
    """Bytes of data that each option saves when it is not ticked."""
    definitions: reactive[bool] = reactive(False)
    """Whether the backup holds only the definitions of indexes."""

    def __init__(self, plan: BackupPlan, *, id: str) -> None:
        super().__init__(id=id)
        self._plan = plan

    def compose(self) -> ComposeResult:
        """Lay out the options, in the order of the manual."""
        yield EncryptionFields(self._plan.encryption, known=self._plan.databases)
        for name in INCLUDED:
            yield option_checkbox(BackupPlan, name, getattr(self._plan, name))
        yield option_checkbox(BackupPlan, "accept_unstable", self._plan.accept_unstable)
        yield from level_field(self._plan.level)

    def fill(self, plan: BackupPlan) -> BackupPlan:
        """Return the plan with the options of this tab."""
        return replace(
            plan,
            encryption=self.encryption.encryption,
            level=chosen_level(self, plan.level),
            audit=self._is_ticked("audit"),
            images=self._is_ticked("images"),
            indexes=self._is_ticked("indexes"),
            accept_unstable=self._is_ticked("accept_unstable"),
        )

    def _is_ticked(self, name: str) -> bool:
        return self.query_one(f"#{name}", Checkbox).value

    def watch_savings(self) -> None:
        """Show beside each checkbox what it saves when it is not ticked."""
        for name in INCLUDED:
            for checkbox in self.query(f"#{name}").results(Checkbox):
                of_indexes = self.definitions and name == "indexes"
                checkbox.note = _("only their definitions: a few bytes") if of_indexes else _note(self.savings.get(name))

    def watch_definitions(self) -> None:
        """Update the notes."""
        self.watch_savings()


def _note(saved: int | None) -> str:
    if saved is None:
        return ""
    return render(message(N_("{saved_bytes} less if left out"), saved_bytes=saved)) if saved else _("there are none")


def level_field(level: Level) -> ComposeResult:
    """Yield the levels under their label."""
    yield Static(" " + option_text(BackupPlan, "level", "label"), markup=False, id="level-label")
    yield RadioGroup(
        [Alternative(each, label(each), _(about)) for each, about in LEVELS],
        level,
        help=option_text(BackupPlan, "level", "explanation"),
        id="level",
    )


def chosen_level(tab: Widget, otherwise: Level) -> Level:
    """Return the level that is chosen on a tab."""
    level = tab.query_one("#level", RadioGroup).value
    return level if isinstance(level, Level) else otherwise
