"""The list of tables in a checklist."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from hctui.i18n.language import _, date_time, label, number, render, size
from hctui.messages import N_, plural
from hctui.model import Table
from hctui.tui.screens.checklist.model import Checklist, TableChoice
from hctui.tui.widgets.row_list import Column, RowList

ROWS_WIDTH = 14


class TableList(RowList):
    """Tables with role, rows in the backup, rows in the database and the difference; Space ticks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", show=False),
        Binding("a", "all", show=False),
        Binding("n", "none", show=False),
        Binding("i", "invert", show=False),
    ]

    def __init__(self, checklist: Checklist, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.checklist = checklist
        self.columns = (
            Column("    " + _("table")),
            Column(_("role"), 10, 13),
            Column(_("in the backup"), ROWS_WIDTH, right=True),
            Column(_("database now"), ROWS_WIDTH, right=True),
            Column(_("difference"), 10, right=True),
            Column(_("size"), 9, right=True, from_width=100),
            Column(_("written in the backup"), 16, from_width=118),
        )

    @property
    def choice(self) -> TableChoice | None:
        """The table at the cursor, None if no table is shown."""
        row = self.at_cursor
        return None if row is None else self.checklist.shown[row]

    def row_count(self) -> int:
        """Return the number of tables that match the filter."""
        return len(self.checklist.shown)

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a table."""
        choice = self.checklist.shown[row]
        mark = ("[x]" if self.checklist.is_ticked(choice) else "[ ]") if choice.available else " - "
        return (
            f"{mark} {choice.name}",
            label(choice.stored.role),
            extent(choice.stored) if choice.available else _("left out"),
            _("missing") if choice.now is None else extent(choice.now),
            difference(choice),
            size(choice.stored.size),
            date_time(choice.stored.modified) if choice.stored.modified else "",
        )

    def kind(self, row: int) -> str:
        """Return `marked` for a ticked table, `faint` for one that was left out; the text shows both too."""
        choice = self.checklist.shown[row]
        if not choice.available:
            return "faint"
        return "marked" if self.checklist.is_ticked(choice) else ""

    def action_tick(self) -> None:
        """Tick or untick the table at the cursor and go on to the next."""
        if self.choice:
            self.checklist.toggle(self.choice)
            self.changed()
            self.cursor += 1

    def action_all(self) -> None:
        """Tick every table shown."""
        self.checklist.tick_shown()
        self.changed()

    def action_none(self) -> None:
        """Untick every table shown."""
        self.checklist.clear_shown()
        self.changed()

    def action_invert(self) -> None:
        """Invert the ticks of every table shown."""
        self.checklist.invert_shown()
        self.changed()


def extent(table: Table) -> str:
    """Return the number of rows of a table, or its size if that number is unknown."""
    if table.rows is None:
        return size(table.size)
    text = rows_text(table.rows)
    return text if len(text) <= ROWS_WIDTH else number(table.rows)


def rows_text(rows: int) -> str:
    """Return a number of rows with its unit."""
    return render(plural(N_("{count} row"), N_("{count} rows"), rows))


def difference(choice: TableChoice) -> str:
    """Return what the database has more or less than the backup; “=” if rows and size are the same."""
    stored, now = choice.stored, choice.now
    if now is None or not choice.available:
        return ""
    if choice.same:
        return "="
    if stored.rows is None or now.rows is None or stored.rows == now.rows:
        more = now.size - stored.size
        return f"{'+' if more > 0 else '-'}{size(abs(more))}" if more else "="
    more = now.rows - stored.rows
    return f"{'+' if more > 0 else '-'}{number(abs(more))}"
