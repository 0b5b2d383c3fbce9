"""The page of a database's tables and their roles, and the dialog to change a role."""

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
from hctui.tui.screens.server.probe import DatabaseState, probe_database
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.menu_list import MenuItem, MenuList
from hctui.tui.widgets.row_list import Column, RowList

ROLES_ABOUT = {
    Role.DATA: N_("always in a backup"),
    Role.AUDIT: N_("can be left out; restored only if asked for"),
    Role.IMAGES: N_("can be left out"),
    Role.USERS: N_("restored only if asked for"),
    Role.SETTINGS: N_("restored only if asked for"),
}
"""One line about each role."""


class LiveTables(RowList):
    """The tables of a database."""

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
        """Show these tables, sorted by name."""
        self.tables = tuple(sorted(tables, key=lambda table: table.name.casefold()))
        self.changed()

    @property
    def table(self) -> Table | None:
        """The table at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.tables[row]

    def row_count(self) -> int:
        """Return the number of tables."""
        return len(self.tables)

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a table."""
        return table_cells(self.tables[row])


class ChooseRole(Dialog[str]):
    """Returns the chosen role, or None."""

    ABOUT = N_("What a table is for says whether a backup may leave it out, and whether a restore leaves it as it is now.")

    def __init__(self, table: Table) -> None:
        super().__init__(render(message(N_("Role of {table}"), table=table.name)))
        self._role = table.role

    def body(self) -> ComposeResult:
        """List the roles, with the cursor on the current one."""
        items = [MenuItem(role.value, str(at), label(role), _(ROLES_ABOUT[role])) for at, role in enumerate(Role, start=1)]
        yield MenuList(items, cursor=list(Role).index(self._role))

    @on(MenuList.Chosen)
    def choose(self, event: MenuList.Chosen) -> None:
        """Return the chosen role."""
        self.dismiss(event.name)


class TablesPage(Page):
    """Shows the tables of one database; their roles can be changed."""

    DEFAULT_CSS = """
    TablesPage {
        #body { padding: 0; overflow: hidden; }
        #total { height: 1; padding: 0 1; }
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
        yield Static(_("Looking…"), id="total", markup=False)

    def context(self) -> str:
        """Return the database that is shown and its engine."""
        return f"{self.database.alias} · {self.database.engine}"

    def on_mount(self) -> None:
        """Load the tables."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Read the tables and show them."""
        self.show(await asyncio.to_thread(probe_database, self.database))

    def show(self, state: DatabaseState) -> None:
        """Show the tables, or why they can't be read."""
        self.query_one("#problem", Notice).text = render(state.problem) if state.problem else ""
        self.live.show(state.tables or ())
        total = message(N_("{tables} tables · {data_bytes}"), tables=len(state.tables or ()), data_bytes=state.size)
        self.query_one("#total", Static).update(render(total) if state.tables is not None else "")

    @on(RowList.Chosen, "#live")
    def action_role(self) -> None:
        """Ask for another role of the table at the cursor."""
        table = self.live.table
        if table is not None:
            self.ask_role(table)

    @work(exclusive=True, group="role", exit_on_error=False)
    async def ask_role(self, table: Table) -> None:
        """Ask for a role, write it into the configuration and load the tables again."""
        role = await self.app.push_screen_wait(ChooseRole(table))
        if role is None:
            return
        pattern = escape(table.name)
        others = tuple(each for each in self.database.roles if each.pattern != pattern)
        changed = replace(self.database, roles=(RolePattern(pattern, Role(role)), *others))
        await asyncio.to_thread(self.application.configuration.replace, self.database.alias, changed)
        self.database = self.application.configuration.database(self.database.alias)
        self.show(await asyncio.to_thread(probe_database, self.database))
