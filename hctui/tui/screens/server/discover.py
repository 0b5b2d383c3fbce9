"""The page that registers databases of a server, and the dialog for the server's password."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.config import Configuration
from hctui.databases import discover, keep_password, recognise
from hctui.databases.engine import Discovered
from hctui.engine_kinds import masked
from hctui.errors import HctuiError, ServerPasswordNeeded
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.model import Database
from hctui.tui.page import Page
from hctui.tui.screens.password import PasswordDialog
from hctui.tui.screens.server.discovered_list import KEYS, DiscoveredList, reason_not_registrable
from hctui.tui.widgets.action import Action
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_hints import KeyHints
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.row_list import RowList

ADDRESS_HELP = N_(
    "The address of a server without a database: postgresql://user@host/, postgresql://user@host:5433/, or"
    " postgresql:///?service=name for one described in ~/.pg_service.conf. A password is asked for where the server wants one."
)
LIST_HELP = N_(
    "The databases of the server. Those ticked are registered under the name shown beside them, which can be changed later. “=”"
    " are registered already; “-” can't be backed up by this user, and why is said below."
)


@dataclass(frozen=True, slots=True)
class ServerPassword:
    """A password, and whether to keep it."""

    password: str = field(repr=False)
    keep: bool


class AskServerPassword(PasswordDialog[ServerPassword]):
    """Returns the password of a server, or None if the person went back."""

    ABOUT = N_(
        "The password is shown nowhere and forgotten when this page is left, unless it shall be kept: then it is put into the"
        " password file of PostgreSQL, which only you can read and where backups find it. It never goes into the configuration."
    )

    def __init__(self, text: str, *, error: str = "", keep: bool = False) -> None:
        super().__init__(_("Password of the server"), text, error=error)
        self._keep = keep

    def fields(self) -> ComposeResult:
        """Yield the password field and the checkbox to keep it."""
        yield PasswordField(_("Password"), help=_(self.ABOUT))
        yield Checkbox(_("Keep it in ~/.pgpass, where backups find it"), self._keep, help=_(self.ABOUT))

    def result(self, password: str) -> ServerPassword:
        """Return the password and whether to keep it."""
        return ServerPassword(password, self.query_one(Checkbox).value)


class DiscoverPage(Page):
    """An address, and the databases of that server."""

    DEFAULT_CSS = """
    DiscoverPage {
        #body { padding: 0; overflow: hidden; }
        #description { height: auto; min-height: 2; max-height: 5; padding: 0 1; }
    }
    """
    TITLE = N_("Databases of a server")
    ABOUT = N_("Looks which databases a server has, and registers those ticked. Nothing in them is changed.")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "register", N_("Register")),
        Binding("f6,ctrl+t", "search", N_("Look")),
    ]
    AUTO_FOCUS = "#address Input"

    address = getters.query_one("#address", Field)
    databases = getters.query_one("#databases", DiscoveredList)
    problem = getters.query_one("#problem", Notice)

    def __init__(self, address: str = "") -> None:
        super().__init__()
        self._address = address
        self._password: ServerPassword | None = None

    def body(self) -> ComposeResult:
        """Lay out the address and the list."""
        search = Action(_("Look"), help=_(ADDRESS_HELP), id="search")
        yield Field(_("Address of the server"), self._address, help=_(ADDRESS_HELP), actions=(search,), id="address",
                    placeholder="postgresql://user@host/")  # fmt: skip
        yield Notice(id="problem")
        yield KeyHints(KEYS)
        yield DiscoveredList(help=_(LIST_HELP), id="databases")
        yield Static(id="description", markup=False)

    def on_mount(self) -> None:
        """Search at once if the address is given."""
        if self._address:
            self.search()

    @on(Field.Changed, "#address")
    def address_changed(self) -> None:
        """Remove what belongs to the last address."""
        self._password = None
        self.problem.text = ""
        self.databases.show((), ())

    @on(Field.Submitted, "#address")
    @on(Action.Pressed, "#search")
    def action_search(self) -> None:
        """List the databases of the server."""
        self.search()

    @work(exclusive=True, group="search", exit_on_error=False)
    async def search(self) -> None:
        """List the databases of the server; show an error under the address."""
        location = self.address.value.strip()
        self.problem.text = _("Looking…")
        try:
            found = await self._discover(location)
        except HctuiError as error:
            self.problem.text = render(error.message)
            self.address.focus()
            return
        self.problem.text = "" if found else _("The server has no database that could be registered.")
        self.databases.show(found, (each.alias for each in self.application.configuration.databases))
        self.databases.focus()

    async def _discover(self, location: str) -> Sequence[Discovered]:
        """Ask the server; ask for its password as long as it wants one and the person does not go back."""
        while True:
            password = self._password.password if self._password else None
            try:
                return await asyncio.to_thread(discover, location, self.application.configuration.databases, password)
            except ServerPasswordNeeded as error:
                values = error.message.values
                text = render(message(N_("The server at {location} wants the password of “{user}”."), **values))
                error_text = render(message("{reason}", reason=values["reason"])) if self._password else ""
                keep = self._password is not None and self._password.keep
                typed = await self.app.push_screen_wait(AskServerPassword(text, error=error_text, keep=keep))
                if typed is None:
                    self._password = None
                    raise
                self._password = typed

    @on(RowList.Moved, "#databases")
    def show_description(self) -> None:
        """Show why the database at the cursor can't be ticked."""
        database = self.databases.database
        self.query_one("#description", Static).update(reason_not_registrable(database) if database is not None else "")

    @on(RowList.Chosen, "#databases")
    def action_register(self) -> None:
        """Register the ticked databases."""
        if not self.databases.databases:
            self.search()
        elif not self.databases.chosen:
            self.problem.text = _("No database is ticked: Space ticks the one at the cursor.")
            self.databases.focus()
        else:
            self.register()

    @work(exclusive=True, group="register", exit_on_error=False)
    async def register(self) -> None:
        """Write the databases into the configuration, keep the password if wanted, and show what was done."""
        location, typed, chosen = self.address.value.strip(), self._password, self.databases.chosen
        databases = [Database(self.databases.names[each.name], recognise(location) or "", each.location) for each in chosen]
        await asyncio.to_thread(_register, self.application.configuration, databases)
        lines = [message(N_("Registered: {names}."), names=", ".join(each.alias for each in databases))]
        if typed is not None and typed.keep:
            file = await asyncio.to_thread(keep_password, location, typed.password)
            lines.append(message(N_("The password is kept in {file}."), file=str(file)))
        elif typed is not None or masked(location) != location:
            lines.append(message(N_("The password was not kept: put it into ~/.pgpass, so that backups find it.")))
        if self.application.current is None:
            self.application.current = databases[0].alias
        self._password = None
        self.dismiss()
        self.application.show_message("\n\n".join(map(render, lines)), title=_("Databases of a server"))


def _register(configuration: Configuration, databases: Sequence[Database]) -> None:
    for database in databases:
        configuration.add(database)
