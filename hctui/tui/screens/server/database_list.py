"""The list of registered databases."""

from __future__ import annotations

from collections.abc import Sequence

from hctui.i18n.language import _, number, render, size
from hctui.messages import N_, message
from hctui.model import Database
from hctui.tui.screens.server.probe import DatabaseState
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.row_list import Column, RowList


class DatabaseList(RowList):
    """Databases with engine, number of tables and size; `*` marks the current one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.databases: tuple[Database, ...] = ()
        self.states: dict[str, DatabaseState] = {}
        """The known states, by alias."""
        self.current: str | None = None
        self.columns = (
            Column("  " + _("database")),
            Column(_("engine"), 10),
            Column(_("tables"), 8, right=True),
            Column(_("size"), 9, right=True),
            Column(_("location"), 44, from_width=100),
        )

    def show(self, databases: Sequence[Database], current: str | None) -> None:
        """Show these databases; the states of others are removed."""
        self.databases, self.current = tuple(databases), current
        self.states = {each.alias: self.states[each.alias] for each in databases if each.alias in self.states}
        self.changed()

    def set_state(self, state: DatabaseState) -> None:
        """Show the state of a database."""
        self.states[state.database.alias] = state
        self.changed()

    @property
    def database(self) -> Database | None:
        """The database at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.databases[row]

    def row_count(self) -> int:
        """Return how many databases there are."""
        return len(self.databases)

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a database."""
        database = self.databases[row]
        state = self.states.get(database.alias)
        name = ("* " if database.alias == self.current else "  ") + database.alias
        if state is None:
            return (name, database.engine, glyphs().more, glyphs().more, database.shown_location)
        if state.tables is None:
            return (name, database.engine, "!", "", database.shown_location)
        return (name, database.engine, number(len(state.tables)), size(state.size), database.shown_location)


def describe_database(state: DatabaseState | None, database: Database) -> str:
    """Return up to three lines about a database: location, state, and whether a restore can be undone."""
    lines = [database.shown_location]
    if state is None:
        return "\n".join([*lines, _("Looking…")])
    if state.problem is not None:
        return "\n".join([*lines, "! " + render(state.problem)])
    users = ", ".join(dict.fromkeys(each.program for each in state.sessions))
    lines.append(_("In use by") + f" {users}" if users else _("Nobody else has it open"))
    if state.undo is not None:
        undo = message(
            N_("The restore of {made_at} from {origin} can be undone (u)"),
            made_at=state.undo.made.timestamp(),
            origin=state.undo.origin,
        )
        lines.append(render(undo))
    return "\n".join(lines)
