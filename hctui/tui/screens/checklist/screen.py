"""The page to tick the tables of a partial restore."""

from __future__ import annotations

from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import DescendantBlur, DescendantFocus
from textual.widgets import Input, Static

from hctui.i18n.language import _, date_time, label, render, size
from hctui.messages import N_, message
from hctui.model import Table
from hctui.tui.page import Page
from hctui.tui.screens.checklist.model import Checklist
from hctui.tui.screens.checklist.roles import RolesDialog
from hctui.tui.screens.checklist.table_list import TableList, rows_text
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.header import Header
from hctui.tui.widgets.row_list import RowList


class ChecklistPage(Page):
    """Shows and changes a checklist; the ticks stay however the page is left."""

    DEFAULT_CSS = """
    ChecklistPage {
        #body { padding: 0; overflow: hidden; }
        #filter-row { height: 1; }
        #filter-label { width: auto; padding-right: 1; }
        .edge { width: 1; color: $muted; }
        #filter { width: 21; background: $field-background; }
        #filter:focus { background: $field-focus; }
        #hints { width: 1fr; color: $muted; margin-left: 2; }
        #description { height: 2; padding: 0 1; color: $muted; }
    }
    """
    TITLE = N_("Select the tables to be restored")
    ABOUT = N_(
        "Only the ticked tables are replaced by what the backup holds; every other table stays as it is. The difference is what"
        " the database has more or less than the backup; “=” means that the number of rows and the size are the same, not that"
        " the rows are. All, none and invert act on the tables that the filter shows; ticks on hidden tables stay."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", N_("Tick")),
        Binding("slash", "find", N_("Filter")),
        Binding("p", "roles", N_("By role")),
        Binding("f5,ctrl+r", "back", N_("Done"), show=False),
    ]
    AUTO_FOCUS = "#tables"

    tables = getters.query_one("#tables", TableList)
    filter = getters.query_one("#filter", Input)

    def __init__(self, checklist: Checklist) -> None:
        super().__init__()
        self.checklist = checklist

    def body(self) -> ComposeResult:
        """Lay out the filter, the list and the description of the table at the cursor."""
        with Horizontal(id="filter-row"):
            yield Static(" " + _("Filter"), id="filter-label", markup=False)
            yield Static("[", classes="edge", markup=False)
            yield Input(self.checklist.filter, id="filter", compact=True, select_on_focus=False)
            yield Static("]", classes="edge", markup=False)
            yield Static(_("a all  n none  i invert  p by role"), id="hints", markup=False)
        yield TableList(self.checklist, id="tables")
        yield Static(id="description", markup=False)

    def context(self) -> str:
        """Return how many tables are ticked."""
        return render(
            message(
                N_("{ticked} of {known} · {ticked_bytes}"),
                ticked=self.checklist.ticked_count,
                known=len(self.checklist.choices),
                ticked_bytes=self.checklist.ticked_size,
            )
        )

    def on_mount(self) -> None:
        """Stop the cursor from blinking: an idle page sends nothing."""
        self.filter.cursor_blink = False

    @on(Input.Changed, "#filter")
    def show_matching(self, event: Input.Changed) -> None:
        """Show the tables that match the typed filter."""
        self.checklist.show(event.value)
        self.tables.changed()

    @on(DescendantFocus)
    @on(DescendantBlur)
    def mark_filter(self) -> None:
        """Mark the label of the filter while that has the focus, as every field does."""
        sign = glyphs().cursor if self.filter.has_focus else " "
        self.query_one("#filter-label", Static).update(sign + _("Filter"))

    @on(Input.Submitted, "#filter")
    def to_list(self) -> None:
        """Go from the filter to the list."""
        self.tables.focus()

    @on(RowList.LeftAtTop, "#tables")
    def action_find(self) -> None:
        """Go to the filter."""
        self.filter.focus()

    @on(RowList.Moved, "#tables")
    def show_description(self) -> None:
        """Show how many tables are ticked, and describe the table at the cursor."""
        self.query_one(Header).context = self.context()
        choice = self.tables.choice
        lines = [] if choice is None else [_describe(_("In the backup"), choice.stored), _describe(_("Now"), choice.now)]
        self.query_one("#description", Static).update("\n".join(lines))

    def action_tick(self) -> None:
        """Tick the table at the cursor."""
        self.tables.action_tick()

    def action_roles(self) -> None:
        """Tick tables by role, then show the result."""
        self.app.push_screen(RolesDialog(self.checklist), lambda _result: self.tables.changed())

    def action_back(self) -> None:
        """Leave the filter, or the page if the filter does not have the focus."""
        if self.filter.has_focus:
            self.tables.focus()
        else:
            self.dismiss()

    @on(RowList.Chosen, "#tables")
    def done(self) -> None:
        """Go back to the restore."""
        self.dismiss()


def _describe(label_text: str, table: Table | None) -> str:
    if table is None:
        return f"{label_text}: " + _("missing")
    parts = [table.name, label(table.role)]
    if table.rows is not None:
        parts.append(rows_text(table.rows))
    parts.append(size(table.size))
    if table.modified:
        parts.append(date_time(table.modified))
    return f"{label_text}: " + " · ".join(parts)
