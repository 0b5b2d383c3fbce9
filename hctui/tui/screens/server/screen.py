"""The page “Servidor”: the registered databases."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.errors import RefusedDatabase
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.model import Database
from hctui.plans import UndoPlan
from hctui.tui.page import Page
from hctui.tui.screens.confirm import Confirm
from hctui.tui.screens.server.database_list import DatabaseList, describe_database
from hctui.tui.screens.server.discover import DiscoverPage
from hctui.tui.screens.server.form import DatabasePage
from hctui.tui.screens.server.probe import DatabaseState, probe_database, probe_text
from hctui.tui.screens.server.tables import TablesPage
from hctui.tui.widgets.key_hints import KeyHints
from hctui.tui.widgets.row_list import RowList

KEYS = (
    Binding("a,insert", "add", N_("add"), show=False, key_display="a"),
    Binding("s", "discover", N_("find"), show=False),
    Binding("e", "edit", N_("edit"), show=False),
    Binding("t", "test", N_("test"), show=False),
    Binding("c,f2", "use", N_("make current"), show=False, key_display="c"),
    Binding("u", "undo", N_("undo"), show=False),
    Binding("delete,d", "remove", N_("remove"), show=False, key_display="d"),
)


class ServerPage(Page):
    """Lists databases; one can be added, edited, removed, tested and made current, and its last restore undone."""

    DEFAULT_CSS = """
    ServerPage {
        #body { padding: 0; overflow: hidden; }
        #description { height: auto; min-height: 3; max-height: 6; padding: 0 1; }
    }
    """
    TITLE = N_("Server")
    ABOUT = N_(
        "The server is all databases that are registered here, each under a name of your choice. Registering one changes"
        " nothing in it, and removing it leaves its files where they are. Each table has a role, told from its name; the role"
        " decides what a backup can leave out and what a restore leaves as it is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "tables", N_("Show tables")), *KEYS]
    AUTO_FOCUS = "#databases"

    databases = getters.query_one("#databases", DatabaseList)

    def body(self) -> ComposeResult:
        """Lay out the list and the description of the database at the cursor."""
        yield KeyHints(KEYS)
        yield DatabaseList(id="databases")
        yield Static(id="description", markup=False)

    def on_screen_resume(self) -> None:
        """Load again: a database may have been added, changed or restored."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """List the databases, then probe each."""
        configuration = self.application.configuration
        refused = [DatabaseState(Database(alias, "", ""), problem=why) for alias, why in configuration.refused.items()]
        self.databases.show((*configuration.databases, *(each.database for each in refused)), self.application.current)
        for state in refused:
            self.databases.set_state(state)
        if not self.databases.databases:
            text = _("No database is registered yet. Press a to add the first one, or s for those of a server.")
            self.query_one("#description", Static).update(text)
        for database in configuration.databases:
            self.databases.set_state(await asyncio.to_thread(probe_database, database))

    @on(RowList.Moved, "#databases")
    def show_description(self) -> None:
        """Describe the database at the cursor."""
        database = self.databases.database
        if database is not None:
            state = self.databases.states.get(database.alias)
            self.query_one("#description", Static).update(describe_database(state, database))

    def _usable_database(self) -> Database | None:
        """Return the database at the cursor; show why, and return None, if it can't be used."""
        database = self.databases.database
        try:
            return self.application.configuration.database(database.alias) if database is not None else None
        except RefusedDatabase as error:
            self.application.show_message(error.message)
            return None

    @on(RowList.Chosen, "#databases")
    def action_tables(self) -> None:
        """Show the tables of the database at the cursor."""
        database = self._usable_database()
        if database is not None:
            self.app.push_screen(TablesPage(database))

    def action_add(self) -> None:
        """Register another database."""
        self.app.push_screen(DatabasePage(None))

    def action_discover(self) -> None:
        """Register the databases of a server."""
        self.app.push_screen(DiscoverPage())

    def action_edit(self) -> None:
        """Change the registration of the database at the cursor."""
        database = self._usable_database()
        if database is not None:
            self.app.push_screen(DatabasePage(database))

    def action_use(self) -> None:
        """Make the database at the cursor the current one."""
        database = self._usable_database()
        if database is not None:
            self.application.use_database(database.alias)
            self.databases.show(self.databases.databases, database.alias)

    def action_test(self) -> None:
        """Test whether the database at the cursor can be read."""
        database = self._usable_database()
        if database is not None:
            self.test(database)

    @work(exclusive=True, group="test", exit_on_error=False)
    async def test(self, database: Database) -> None:
        """Probe a database again and show the result."""
        state = await asyncio.to_thread(probe_database, database)
        self.databases.set_state(state)
        self.application.show_message(probe_text(state), title=render(message(N_("Test of {alias}"), alias=database.alias)))

    def action_remove(self) -> None:
        """Remove the database at the cursor from the list."""
        if self.databases.database is not None:
            self.remove_database(self.databases.database)

    @work(exclusive=True, group="remove", exit_on_error=False)
    async def remove_database(self, database: Database) -> None:
        """Ask for confirmation and remove the database from the configuration."""
        title = render(message(N_("Remove {alias} from the list?"), alias=database.alias))
        text = message(N_("Its files stay where they are, at {location}."), location=database.shown_location)
        if not database.location:
            text = message(N_("Its files stay where they are."))
        if not await self.app.push_screen_wait(Confirm(title, render(text), yes=_("Remove"))):
            return
        await asyncio.to_thread(self.application.configuration.remove, database.alias)
        if self.application.current == database.alias:
            self.application.current = self.application.configuration.current
        self.load()

    def action_undo(self) -> None:
        """Ask for confirmation and undo the last restore of the database at the cursor."""
        database = self.databases.database
        state = self.databases.states.get(database.alias) if database is not None else None
        if database is None or state is None or state.undo is None:
            self.application.show_message(_("There is no restore of this database to undo."), title=_("Undo"))
            return
        text = message(
            N_("The restore of {made_at} from {origin} is undone: {count} tables are again as they were before it."),
            made_at=state.undo.made.timestamp(),
            origin=state.undo.origin,
            count=len(state.undo.tables),
        )
        title = render(message(N_("Undo the last restore of {alias}?"), alias=database.alias))
        confirm = Confirm(title, render(text), yes=_("Undo"))
        plan = UndoPlan(database.alias)
        self.app.push_screen(confirm, lambda yes: self.application.start_job(plan, None) if yes else None)
