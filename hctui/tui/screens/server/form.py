"""The form to register a database, or to change its registration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from hctui.config import validate_alias
from hctui.databases import recognise
from hctui.engine_kinds import BUILT_IN, EngineKind, LocationKind, all_kinds, find_kind
from hctui.errors import HctuiError, InvalidAlias
from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.model import Database
from hctui.tui.page import Page
from hctui.tui.screens.server.discover import DiscoverPage
from hctui.tui.screens.server.probe import probe_database, probe_text
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.file_picker import FilePicker
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.path_field import PathField
from hctui.tui.widgets.radio_group import Alternative, RadioGroup

TYPING_PAUSE = 0.3
"""Seconds after the last key before the engine is recognised."""
LOCATION_HELP = N_(
    "A SQLite file, a folder of table files (dBase, Paradox, NexusDB …), or the address of a server"
    " (postgresql://user@host/name; without a password where ~/.pgpass holds it). The engine is recognised from what is there."
)
DISCOVER_HELP = N_("Lists the databases of the server whose address is typed above, to register several at once.")
ALIAS_HELP = N_(
    "The name the database has on every page, in commands and in its backups: plain letters, digits, “_” and “-”, 64 at most."
)
COMMANDS = {
    "before": (
        N_("Command before a backup"),
        N_(
            "Run before the tables are read: to stop a service, or to lock the tables in a process that stays in the"
            " background. Leave it empty where nothing is needed."
        ),
    ),
    "after": (
        N_("Command after a backup"),
        N_("Run after the tables were read, whatever came of it: to start the service again."),
    ),
    "reindex": (
        N_("Command that rebuilds indexes"),
        N_(
            "Run after a restore for each table whose indexes only the application can rebuild; {table} and {folder} are filled"
            " in."
        ),
    ),
}
"""The fields of a database that are commands, with label and explanation."""


class DatabasePage(Page):
    """A form for one `Database`; F5 saves it."""

    DEFAULT_CSS = """
    DatabasePage {
        Field, RadioGroup { margin-bottom: 1; }
    }
    """
    TITLE = N_("Registration of a database")
    ABOUT = N_("Registering a database changes nothing in it.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f5,ctrl+r", "save", N_("Save"))]
    AUTO_FOCUS = "#location Input"

    location = getters.query_one("#location", PathField)
    alias = getters.query_one("#alias", Field)
    engine = getters.query_one("#engine", RadioGroup)

    def __init__(self, database: Database | None) -> None:
        super().__init__()
        self.registered = database
        """The database before the change; None for a new one."""

    def body(self) -> ComposeResult:
        """Lay out the fields."""
        database = self.registered or Database("", "", "")
        kind = find_kind(database.engine) or next(iter(BUILT_IN.values()))
        folder = Action(_("Folder"), help=_(LOCATION_HELP), id="browse-folder")
        yield PathField(_("Location"), database.location, folder=False, help=_(LOCATION_HELP), actions=(folder,), id="location")
        yield Notice(id="recognised", sign="=")
        yield RadioGroup(
            [Alternative(kind.name, kind.name, _(kind.about)) for kind in all_kinds()],
            kind.name,
            help=_(LOCATION_HELP),
            id="engine",
        )
        yield Field(_("Name of the database"), database.alias, help=_(ALIAS_HELP), id="alias")
        for name, (label, explanation) in COMMANDS.items():
            field = Field(_(label), getattr(database, name), help=_(explanation), id=name)
            field.display = name != "reindex" or name in kind.settings
            yield field
        with Actions():
            yield Action(_("Save"), id="save")
            yield Action(_("Test"), id="test")
            yield Action(_("Databases of a server"), help=_(DISCOVER_HELP), id="discover")
            yield Action(_("Back"), id="return")

    @property
    def kind(self) -> EngineKind:
        """The chosen engine."""
        return next(kind for kind in all_kinds() if kind.name == self.engine.value)

    @property
    def database(self) -> Database:
        """The database that the fields describe."""
        location = self.location.value.strip()
        if self.kind.local and location:
            location = str(Path(location).expanduser())
        settings = self.kind.settings
        database = self.registered or Database("", "", "")
        return replace(
            database,
            alias=self.alias.value.strip(),
            engine=self.kind.name,
            location=location,
            before=self._text("before"),
            after=self._text("after"),
            format=database.format if "format" in settings else "",
            reindex=self._text("reindex") if "reindex" in settings else "",
        )

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Field).value.strip()

    @on(Field.Changed, "#alias")
    def check_alias(self) -> None:
        """Show the error in the name, if there is one."""
        try:
            validate_alias(self.alias.value.strip())
        except InvalidAlias as error:
            self.alias.error = render(error.message) if self.alias.value else ""
        else:
            self.alias.error = ""

    @on(Field.Changed, "#location")
    def location_changed(self) -> None:
        """Recognise the engine of the new location."""
        self.location.error = ""
        self.recognise_engine()

    @on(RadioGroup.Changed, "#engine")
    def show_settings(self) -> None:
        """Show the command that rebuilds indexes only for engines that have one."""
        self.query_one("#reindex", Field).display = "reindex" in self.kind.settings

    @on(Action.Pressed, "#browse-folder")
    def browse_folder(self) -> None:
        """Choose a folder of table files."""
        self.app.push_screen(FilePicker(_("Location"), self.location.path, folder=True), self.location_chosen)

    def location_chosen(self, path: Path | None) -> None:
        """Fill in the chosen folder."""
        if path is not None:
            self.location.value = str(path)
        self.location.focus()

    @work(exclusive=True, group="recognise", exit_on_error=False)
    async def recognise_engine(self) -> None:
        """Recognise the engine at the location, and propose a name."""
        await asyncio.sleep(TYPING_PAUSE)
        location = self.location.value.strip()
        found = await asyncio.to_thread(engine_at, location) if location else None
        notice = self.query_one("#recognised", Notice)
        if found is None:
            notice.text = (
                _("No engine is recognised there; choose one if the database is still to be made.") if location else ""
            )
            return
        notice.text = render(message(N_("Recognised: {engine}"), engine=found))
        self.engine.value = found
        if not self.alias.value:
            self.alias.value = proposed_alias(location)

    def problem(self) -> Field | None:
        """Return a field with an error, which is then shown under it; None if there is none."""
        if not self.location.value.strip():
            self.location.error = _("Say where the database is.")
            return self.location
        if not self.alias.value.strip():
            self.alias.error = _("Give the database a name.")
        return self.alias if self.alias.error else None

    @on(Action.Pressed, "#save")
    def action_save(self) -> None:
        """Save the registration and go back, or focus the field that prevents it."""
        field = self.problem()
        if field is None:
            self.write(self.database)
        else:
            field.focus()

    @work(exclusive=True, group="save", exit_on_error=False)
    async def write(self, database: Database) -> None:
        """Write the database into the configuration; show an error at its field."""
        configuration = self.application.configuration
        self.location.error = await asyncio.to_thread(location_error, database)
        if self.location.error:
            self.location.focus()
            return
        try:
            if self.registered is None:
                await asyncio.to_thread(configuration.add, database)
            else:
                await asyncio.to_thread(configuration.replace, self.registered.alias, database)
        except HctuiError as error:
            self.alias.error = render(error.message)
            self.alias.focus()
            return
        if self.application.current in (None, self.registered.alias if self.registered else None):
            self.application.current = database.alias
        self.dismiss()

    @on(Action.Pressed, "#test")
    def action_test(self) -> None:
        """Test whether the database can be read, or focus the field that prevents it."""
        field = self.problem()
        if field is None:
            self.test(self.database)
        else:
            field.focus()

    @work(exclusive=True, group="test", exit_on_error=False)
    async def test(self, database: Database) -> None:
        """Probe the database and show the result."""
        self.application.show_message(probe_text(await asyncio.to_thread(probe_database, database)), title=_("Test"))

    @on(Action.Pressed, "#discover")
    def discover(self) -> None:
        """Go on to the databases of the server in the location."""
        location = self.location.value.strip()
        self.app.switch_screen(DiscoverPage(location if "://" in location else ""))

    @on(Action.Pressed, "#return")
    def leave(self) -> None:
        """Go back without saving."""
        self.action_back()


def engine_at(location: str) -> str | None:
    """Return the engine at a location, None if none is recognised."""
    try:
        return recognise(str(Path(location).expanduser()) if "://" not in location else location)
    except HctuiError:
        return None


def location_error(database: Database) -> str:
    """Return why the location does not fit the engine, translated; an empty place fits: a restore can use it."""
    path, kind = Path(database.location), database.kind.location
    if kind is LocationKind.FILE and path.is_dir():
        return _("This is a folder; a SQLite database is one file.")
    if kind is LocationKind.FOLDER and path.is_file():
        return _("This is a file; table files lie in a folder.")
    return ""


def proposed_alias(location: str) -> str:
    """Return a valid alias made from the last part of a location, empty if none can be made."""
    stem = Path(location.rstrip("/")).name.partition(".")[0].partition("?")[0]
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "_" for letter in stem)
    return plain.strip("_")[:64].upper()
