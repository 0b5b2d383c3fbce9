"""The tables of a database with their roles, which can be changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from glob import escape
from typing import ClassVar

from msgspec.structs import replace
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.i18n.columns import table_cells
from hctui.i18n.language import _, label, render
from hctui.messages import N_, message
from hctui.model import Database, Role, RolePattern, Table
from hctui.tui.dialog import Dialog
from hctui.tui.page import Page
from hctui.tui.screens.server.probe import DatabaseState, look_at
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.menu_list import Entries, Entry
from hctui.tui.widgets.table_list import Column, Rows

ROLES_ABOUT = {
    Role.DATA: N_("always in a backup"),
    Role.AUDIT: N_("can be left out; restored only if asked for"),
    Role.IMAGES: N_("can be left out"),
    Role.USERS: N_("restored only if asked for"),
    Role.SETTINGS: N_("restored only if asked for"),
}
"""What each role means."""


class LiveTables(Rows):
    """Tables as they are now."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tables: tuple[Table, ...] = ()
        self.columns = (
            Column(_("table")),
            Column(_("role"), 13),
            Column(_("rows"), 12, right=True),
            Column(_("size"), 9, right=True),
            Column(_("indexes"), 9, right=True),
            Column(_("written"), 21, from_width=100),
        )

    def show(self, tables: Sequence[Table]) -> None:
        """List these by name."""
        self.tables = tuple(sorted(tables, key=lambda table: table.name.casefold()))
        self.changed()

    @property
    def table(self) -> Table | None:
        """Return the table at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.tables[row]

    def row_count(self) -> int:
        """Return how many tables there are."""
        return len(self.tables)

    def cells(self, row: int) -> Sequence[str]:
        """Return what is known of a table."""
        return table_cells(self.tables[row])


class ChooseRole(Dialog[str]):
    """Gives the role chosen, or None."""

    ABOUT = N_("What a table is for says whether a backup may leave it out, and whether a restore leaves it as it is now.")

    def __init__(self, table: Table) -> None:
        super().__init__(render(message(N_("Role of {table}"), table=table.name)))
        self._role = table.role

    def body(self) -> ComposeResult:
        """List the roles, the cursor on the one it has."""
        entries = [Entry(role.value, str(at), label(role), _(ROLES_ABOUT[role])) for at, role in enumerate(Role, start=1)]
        yield Entries(entries, cursor=list(Role).index(self._role))

    @on(Entries.Chosen)
    def choose(self, event: Entries.Chosen) -> None:
        """Take it."""
        self.dismiss(event.name)


class TablesPage(Page):
    """The tables of one database."""

    DEFAULT_CSS = """
    TablesPage {
        #body { padding: 0; overflow: hidden; }
        #told { height: 1; padding: 0 1; }
    }
    """
    TITLE = N_("Tables")
    ABOUT = N_(
        "The role of a table is told from its name. Changing it writes a pattern into the configuration, which is looked at"
        " before the built-in ones; the table itself is not touched."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,c", "role", N_("Change role"))]
    AUTO_FOCUS = "#live"

    live = getters.query_one("#live", LiveTables)

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database

    def body(self) -> ComposeResult:
        """Lay out the list and its total."""
        yield Notice(id="problem")
        yield LiveTables(id="live")
        yield Static(_("Looking…"), id="told", markup=False)

    def place(self) -> str:
        """Return the database the tables are of."""
        return f"{self.database.alias} · {self.database.engine}"

    def on_mount(self) -> None:
        """Ask the engine."""
        self.look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self) -> None:
        """List the tables."""
        self.show(await asyncio.to_thread(look_at, self.database))

    def show(self, state: DatabaseState) -> None:
        """Show what was found out."""
        self.query_one("#problem", Notice).text = render(state.problem) if state.problem else ""
        self.live.show(state.tables or ())
        total = message(N_("{tables} tables · {data_bytes}"), tables=len(state.tables or ()), data_bytes=state.size)
        self.query_one("#told", Static).update(render(total) if state.tables is not None else "")

    @on(Rows.Chosen, "#live")
    def action_role(self) -> None:
        """Ask for another role of the table at the cursor."""
        table = self.live.table
        if table is not None:
            self.ask_role(table)

    @work(exclusive=True, group="role", exit_on_error=False)
    async def ask_role(self, table: Table) -> None:
        """Ask for a role, write it into the configuration and look again."""
        role = await self.app.push_screen_wait(ChooseRole(table))
        if role is None:
            return
        pattern = escape(table.name)
        others = tuple(each for each in self.database.roles if each.pattern != pattern)
        changed = replace(self.database, roles=(RolePattern(pattern, Role(role)), *others))
        await asyncio.to_thread(self.application.configuration.replace, self.database.alias, changed)
        self.database = self.application.configuration.database(self.database.alias)
        self.show(await asyncio.to_thread(look_at, self.database))
