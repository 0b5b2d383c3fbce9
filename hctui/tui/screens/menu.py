"""The first page: what can be done, and how the databases are doing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from hctui.i18n import language
from hctui.i18n.language import _, age, printable, render
from hctui.messages import N_, Message, message, plural
from hctui.tui import themes
from hctui.tui.menu_entries import ENTRIES
from hctui.tui.page import Page
from hctui.tui.plan_titles import plan_title
from hctui.tui.screens.attach import STATES, Attach
from hctui.tui.terminal.glyphs import glyphs, shortened
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.menu_list import Entries, Entry

if TYPE_CHECKING:
    from hctui.jobs import State
    from hctui.tui.startup_checks import LastBackup, Unattended

LISTED = 8
"""Databases shown on the menu; all of them are on the Server page."""
LONGEST_ALIAS = 20
"""Cells."""
WATCH = 2.0
"""Seconds between two looks at a job that is under way; where none is, nothing is looked at."""
INDENT = "  "
BETWEEN = "   "


class LastBackups(Widget):
    """The last backup of each database and its age."""

    DEFAULT_CSS = """
    LastBackups { height: auto; padding: 0 1; }
    LastBackups > .last-backups--file { color: $muted; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"last-backups--file"}

    backups: reactive[tuple[LastBackup, ...] | None] = reactive(None, layout=True)
    """None until they are looked up."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each database, and one for those that have none."""
        return max(min(len(self.backups or ()), LISTED + 1), 1)

    def render(self) -> Text:
        """Draw a line for each database; where there is little room the file's name gives way, all but its date."""
        if self.backups is None:
            return Text(_("Looking them up…"))
        shown = self.backups[:LISTED]
        aliases = [shortened(each.alias, LONGEST_ALIAS) for each in shown]
        ages = [age(each.made) if each.made else _("never") for each in shown]
        widths = [max(map(cell_len, column), default=0) for column in (aliases, ages)]
        room = self.size.width - len(INDENT) - sum(widths) - 2 * len(BETWEEN)
        style = self.get_component_rich_style("last-backups--file", partial=True)
        lines = []
        for each, alias, made in zip(shown, aliases, ages, strict=True):
            line = Text(INDENT).append(set_cell_size(alias, widths[0]), "bold").append(BETWEEN)
            file = shortened(printable(each.file.name), room) if each.file else ""
            lines.append(line.append(set_cell_size(made, widths[1])).append(BETWEEN).append(file, style))
        if len(self.backups) > LISTED:
            more = message(N_("and {number} more, on the page Server"), number=len(self.backups) - LISTED)
            lines.append(Text(INDENT + render(more)))
        return Text("\n", no_wrap=True).join(lines)


class Menu(Page):
    """Opens the other pages by one key each."""

    TITLE = N_("Menu")
    ABOUT = N_(
        "hctui makes backups of databases, each one file that any ZIP program opens, and puts all of it or single tables back."
        " The database at the top right is the selected one; F2 selects another."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+b", "app.database", N_("Database")),
        Binding("f7,ctrl+p", "jobs", N_("Jobs")),
        Binding("f9,ctrl+n", "language", N_("Language")),
        Binding("f8,ctrl+t", "theme", N_("Colours"), show=False),
        Binding("escape", "back", N_("Back"), show=False),
        Binding("f10,ctrl+q", "app.quit", N_("Leave")),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._jobs: tuple[Unattended, ...] = ()
        self._watch: Timer | None = None
        self._opened = datetime.now(UTC)
        self._jobs_offered = False
        """Whether the jobs of before this start were offered: that is done once."""
        self._recovered: tuple[Message, ...] | None = None
        """What was done, at this start, about restores that were killed."""

    def body(self) -> ComposeResult:
        """Lay out the entries, and under them the last backups."""
        entries = [Entry(name, each.key, _(each.label), _(each.about)) for name, each in ENTRIES.items()]
        yield Entries(entries, id="entries")
        yield Notice(sign=glyphs().running.strip(), classes="gap", id="jobs")
        if self.application.configuration.databases:
            yield Static(_("Last backups"), classes="heading gap", markup=False)
            yield LastBackups()
            yield Notice(classes="gap", id="worries")
            yield Notice(id="recovered")
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

    def on_mount(self) -> None:
        """Be ready to watch jobs."""
        self._watch = self.set_interval(WATCH, self.watch_jobs, pause=True)

    def on_screen_resume(self) -> None:
        """Look again: coming back from another page there may be a new backup, or a job that goes on."""
        self.call_after_refresh(self.look_up)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look_up(self) -> None:
        """Show the last backups, warnings about them, and jobs that somebody should look at."""
        from hctui.tui.startup_checks import last_backups, recover, unattended_jobs

        self.show_jobs(await asyncio.to_thread(unattended_jobs))
        if self.query(LastBackups):
            found = await asyncio.to_thread(last_backups, self.application.configuration)
            self.query_one(LastBackups).backups = found
            self.query_one("#worries", Notice).text = worries(found)
            if self._recovered is None:
                self._recovered = await asyncio.to_thread(recover, self.application.configuration)
            self.query_one("#recovered", Notice).text = "\n".join(render(each) for each in self._recovered)

    @work(exclusive=True, group="watch", exit_on_error=False)
    async def watch_jobs(self) -> None:
        """Look everything up again once a job that was under way has ended."""
        from hctui.tui.startup_checks import unattended_jobs

        if self.app.screen is self and _states(await asyncio.to_thread(unattended_jobs)) != _states(self._jobs):
            self.look_up()

    def show_jobs(self, found: Sequence[Unattended]) -> None:
        """Say how jobs are doing; the first time, offer to look at them."""
        self._jobs = tuple(found)
        self.query_one("#jobs", Notice).text = jobs_text(found)
        if self._watch is not None:
            (self._watch.resume if any(each.state == "running" for each in found) else self._watch.pause)()
        if not self._jobs_offered:
            self._jobs_offered = True
            if any(each.job.started < self._opened for each in found):
                self.action_jobs()

    def action_jobs(self) -> None:
        """Choose a job to look at."""
        if self._jobs:
            self.app.push_screen(Attach(self._jobs), self._look_at)
        else:
            self.notify(_("No job is under way."), timeout=4)

    def _look_at(self, id: str | None) -> None:
        for each in self._jobs:
            if each.job.id == id:
                self.application.follow(each.job)

    @on(Entries.Chosen)
    def _open(self, event: Entries.Chosen) -> None:
        self.application.open_page(event.name)

    def action_back(self) -> None:
        """Stay: nothing lies behind the menu."""

    async def action_language(self) -> None:
        """Speak the other language, now and at the next start."""
        others = [code for code in language.LANGUAGES if code != language.active()]
        language.activate(others[0])
        self.save("set_language", others[0])
        await self.recompose()
        self.dress()
        self.query_one(Entries).focus()
        self.look_up()

    def action_theme(self) -> None:
        """Change between light and dark; a terminal of sixteen colours keeps its own."""
        if themes.few_colours():
            self.notify(_("This terminal's own colours are used."), timeout=4)
            return
        name = "light" if self.app.current_theme.dark else "dark"
        self.app.theme = f"hctui-{name}"
        self.save("set_theme", name)

    @work(group="save", exit_on_error=False)
    async def save(self, setter: str, value: str) -> None:
        """Write a choice into the configuration."""
        configuration = self.application.configuration
        change = configuration.set_language if setter == "set_language" else configuration.set_theme
        await asyncio.to_thread(change, value)


def _states(found: Sequence[Unattended]) -> dict[str, State]:
    return {each.job.id: each.state for each in found}


def worries(found: Sequence[LastBackup]) -> str:
    """Return what is worrying, one line a database, those never backed up first; of many, how many more there are."""
    now = datetime.now(UTC)
    told = [each.worry(now) for each in sorted(found, key=lambda each: each.made is not None)]
    lines = [render(each) for each in told if each is not None]
    if len(lines) > 3:
        more = plural(
            "{count} more database is without a recent backup.",
            "{count} more databases are without a recent backup.",
            len(lines) - 2,
        )
        lines = [*lines[:2], render(more)]
    return "\n".join(lines)


def jobs_text(found: Sequence[Unattended]) -> str:
    """Return how the newest jobs are doing, one line each."""
    told = (
        message(N_("{title} {state}; F7 shows it."), title=plan_title(each.job.plan), state=_(STATES[each.state]))
        for each in found[:2]
    )
    return "\n".join(render(each) for each in told)
