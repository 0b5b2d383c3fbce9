"""The first page: what can be done, and how the databases are doing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.widgets import Static

from hctui import language
from hctui.config import Configuration
from hctui.language import _, age, printable, render
from hctui.messages import N_, Message, message
from hctui.tui.pages import ENTRIES
from hctui.tui.widgets import Entries, Entry, Notice, Page

OLD = timedelta(days=1)
"""A last backup older than this is worth a word."""
LISTED = 8
"""Databases shown on the menu; all of them are on the Server page."""


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When a database was last backed up, as far as hctui knows."""

    alias: str
    made: datetime | None = None
    file: Path | None = None

    @property
    def worry(self) -> Message | None:
        """What should be said of it in words."""
        if self.made is None:
            return message(N_("{alias} has never been backed up."), alias=self.alias)
        passed = datetime.now(UTC) - self.made.astimezone(UTC)
        if passed > OLD:
            return message(
                N_("{alias}: nothing that was recorded in the last {passed_seconds} is in any backup."),
                alias=self.alias,
                passed_seconds=passed.total_seconds(),
            )
        return None


def last_backups(configuration: Configuration) -> tuple[LastBackup, ...]:
    """Look up the last backup of every registered database; reads the disk."""
    from hctui.operations import last_backup

    found = []
    for database in configuration.databases:
        last = last_backup(configuration, database.alias)
        found.append(LastBackup(database.alias, *last) if last else LastBackup(database.alias))
    return tuple(found)


class LastBackups(Static):
    """The last backup of each database and its age."""

    DEFAULT_CSS = """
    LastBackups { height: auto; padding: 0 1; }
    """

    backups: reactive[tuple[LastBackup, ...] | None] = reactive(None)
    """None until they are looked up."""

    def watch_backups(self, backups: tuple[LastBackup, ...] | None) -> None:
        """Show them."""
        if backups is None:
            self.update(Text(_("Looking them up…")))
            return
        grid = Table.grid(padding=(0, 3, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", style=self.app.theme_variables["muted"] if self._coloured else "")
        for each in backups[:LISTED]:
            grid.add_row(
                Text(f"  {each.alias}", "bold"),
                age(each.made) if each.made else _("never"),
                Text(printable(each.file.name)) if each.file else "",
            )
        if len(backups) > LISTED:
            more = message(N_("and {count} more, on the page Server"), count=len(backups) - LISTED)
            grid.add_row(Text("  " + render(more)), "", "")
        self.update(grid)

    @property
    def _coloured(self) -> bool:
        return not self.app.native_ansi_color


class Menu(Page):
    """Opens the other pages by one key each."""

    TITLE = N_("Menu")
    ABOUT = N_(
        "hctui makes backups of databases, each one file that any ZIP program opens, and puts all of it or single tables back."
        " The database at the top right is the selected one; F2 selects another."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+b", "app.database", N_("Database")),
        Binding("f9,ctrl+l", "language", N_("Language")),
        Binding("f8,ctrl+t", "theme", N_("Colours")),
        Binding("escape", "back", N_("Back"), show=False),
        Binding("f10,ctrl+q", "app.quit", N_("Leave")),
    ]

    def body(self) -> ComposeResult:
        """Lay out the entries, and under them the last backups."""
        entries = [Entry(name, each.key, _(each.label), _(each.about)) for name, each in ENTRIES.items()]
        yield Entries(entries, help=_(self.ABOUT), id="entries")
        if self.hctui.configuration.databases:
            yield Static(_("Last backups"), classes="heading gap", markup=False)
            yield LastBackups()
            yield Notice(classes="gap", id="worries")
        else:
            yield Static(_("No database is registered yet."), classes="heading gap", markup=False)
            yield Static(
                _(
                    "Open Server (6) and add the first one: a name of your choice and where it is stored. Its files are only"
                    " read. To look around first, leave with F10 and run “hctui demo”: a small company to try everything on."
                ),
                classes="text",
                markup=False,
            )

    def on_screen_resume(self) -> None:
        """Look again: coming back from another page there may be a new backup."""
        if self.query(LastBackups):
            self.look_up()

    @work(exclusive=True, group="last", exit_on_error=False)
    async def look_up(self) -> None:
        """Show the last backups and what is worrying about them."""
        found = await asyncio.to_thread(last_backups, self.hctui.configuration)
        self.query_one(LastBackups).backups = found
        self.query_one("#worries", Notice).text = worries(found)

    @on(Entries.Chosen)
    def _open(self, event: Entries.Chosen) -> None:
        self.hctui.open_page(event.name)

    def action_back(self) -> None:
        """Stay: nothing lies behind the menu."""

    def action_language(self) -> None:
        """Speak the other language, now and at the next start."""
        others = [code for code in language.LANGUAGES if code != language.active()]
        language.activate(others[0])
        self.save("set_language", others[0])
        self.app.switch_screen(Menu())

    def action_theme(self) -> None:
        """Change between light and dark; a terminal of sixteen colours keeps its own."""
        if self.hctui.few_colours:
            self.notify(_("This terminal's own colours are used."), timeout=4)
            return
        name = "light" if self.app.current_theme.dark else "dark"
        self.app.theme = f"hctui-{name}"
        self.save("set_theme", name)

    @work(group="save", exit_on_error=False)
    async def save(self, setter: str, value: str) -> None:
        """Write a choice into the configuration."""
        configuration = self.hctui.configuration
        change = configuration.set_language if setter == "set_language" else configuration.set_theme
        await asyncio.to_thread(change, value)


def worries(found: Sequence[LastBackup]) -> str:
    """Return what is worrying, one line a database, those never backed up first; of many, how many more there are."""
    lines = [render(each.worry) for each in sorted(found, key=lambda each: each.made is not None) if each.worry]
    if len(lines) > 3:
        lines = [*lines[:2], render(message(N_("{count} more databases are without a recent backup."), count=len(lines) - 2))]
    return "\n".join(lines)
