"""The first page: the menu, the last backups, and running jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
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
from hctui.tui.widgets.menu_list import MenuItem, MenuList

if TYPE_CHECKING:
    from hctui.config import Configuration
    from hctui.jobs import State
    from hctui.tui.startup_checks import LastBackup, Unattended

LISTED = 8
"""Databases shown on the menu; the Server page shows all."""
LONGEST_ALIAS = 20
"""Cells."""
WATCH_INTERVAL = 2.0
"""Seconds between two checks of a running job; without one there are no checks."""
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
    """None until they are loaded."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each shown database, and one if there are more."""
        return max(min(len(self.backups or ()), LISTED + 1), 1)

    def render(self) -> Text:
        """Draw a line for each database; if there is too little room, the file's name is cut, but not its date."""
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
    """Opens each of the other pages with one key."""

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
        self._watch_timer: Timer | None = None
        self._opened = datetime.now(UTC)
        self._jobs_offered = False
        """Whether jobs that are older than this start were offered: that is done once."""
        self._recovered: tuple[Message, ...] | None = None
        """Messages about restores whose process was killed; None until they were finished or rolled back."""

    def body(self) -> ComposeResult:
        """Lay out the menu, and under it the last backups."""
        items = [MenuItem(name, each.key, _(each.label), _(each.about)) for name, each in ENTRIES.items()]
        yield MenuList(items, id="menu")
        yield Notice(sign=glyphs().running.strip(), classes="gap", id="jobs")
        if self.application.configuration.aliases:
            yield Static(_("Last backups"), classes="heading gap", markup=False)
            yield LastBackups()
            yield Notice(id="refused")
            yield Notice(classes="gap", id="backup-warnings")
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
        """Make the timer that watches jobs; it is paused."""
        self._watch_timer = self.set_interval(WATCH_INTERVAL, self.watch_jobs, pause=True)

    def on_screen_resume(self) -> None:
        """Load again, once the page is drawn: there may be a new backup, or a job that goes on."""
        self.call_after_refresh(self.load)

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show the last backups, warnings about them, and jobs that a person should see."""
        from hctui.tui.startup_checks import last_backups, recover, unattended_jobs

        self.show_jobs(await asyncio.to_thread(unattended_jobs))
        if self.query(LastBackups):
            found = await asyncio.to_thread(last_backups, self.application.configuration)
            self.query_one(LastBackups).backups = found
            self.query_one("#backup-warnings", Notice).text = backup_warnings(found)
            self.query_one("#refused", Notice).text = "\n".join(refusals(self.application.configuration))
            if self._recovered is None:
                self._recovered = await asyncio.to_thread(recover, self.application.configuration)
            self.query_one("#recovered", Notice).text = "\n".join(render(each) for each in self._recovered)

    @work(exclusive=True, group="watch", exit_on_error=False)
    async def watch_jobs(self) -> None:
        """Load again if the state of a job has changed."""
        from hctui.tui.startup_checks import unattended_jobs

        if self.app.screen is self and _states(await asyncio.to_thread(unattended_jobs)) != _states(self._jobs):
            self.load()

    def show_jobs(self, found: Sequence[Unattended]) -> None:
        """Show the states of jobs; the first time, offer those of before this start."""
        self._jobs = tuple(found)
        self.query_one("#jobs", Notice).text = jobs_text(found)
        if self._watch_timer is not None:
            (self._watch_timer.resume if any(each.state == "running" for each in found) else self._watch_timer.pause)()
        if not self._jobs_offered:
            self._jobs_offered = True
            if any(each.job.started < self._opened for each in found):
                self.action_jobs()

    def action_jobs(self) -> None:
        """Choose a job to see."""
        if self._jobs:
            self.app.push_screen(Attach(self._jobs), self._follow)
        else:
            self.notify(_("No job is under way."), timeout=4)

    def _follow(self, id: str | None) -> None:
        for each in self._jobs:
            if each.job.id == id:
                self.application.follow(each.job)

    @on(MenuList.Chosen)
    def _open(self, event: MenuList.Chosen) -> None:
        self.application.open_page(event.name)

    def action_back(self) -> None:
        """Stay: there is no page before the menu."""

    async def action_language(self) -> None:
        """Change to the other language, now and for the next start."""
        others = [code for code in language.LANGUAGES if code != language.active()]
        language.activate(others[0])
        self.save("set_language", others[0])
        await self.recompose()
        self.update_header_and_keys()
        self.query_one(MenuList).focus()
        self.load()

    def action_theme(self) -> None:
        """Change between light and dark; a terminal with sixteen colours keeps its own."""
        if themes.few_colours():
            self.notify(_("This terminal's own colours are used."), timeout=4)
            return
        name = "light" if self.app.current_theme.dark else "dark"
        self.app.theme = f"hctui-{name}"
        self.save("set_theme", name)

    @work(group="save", exit_on_error=False)
    async def save(self, setter: str, value: str) -> None:
        """Write the language or the theme into the configuration."""
        configuration = self.application.configuration
        change = configuration.set_language if setter == "set_language" else configuration.set_theme
        await asyncio.to_thread(change, value)


def refusals(configuration: Configuration) -> Iterator[str]:
    """Yield why each database that can't be used is refused."""
    for alias, reason in configuration.refused.items():
        yield render(message(N_("{alias} is refused: {reason}"), alias=alias, reason=reason))


def _states(found: Sequence[Unattended]) -> dict[str, State]:
    return {each.job.id: each.state for each in found}


def backup_warnings(found: Sequence[LastBackup]) -> str:
    """Return a warning for each database without a recent backup, those without any first; after two, only how many more."""
    now = datetime.now(UTC)
    warnings = [each.warning(now) for each in sorted(found, key=lambda each: each.made is not None)]
    lines = [render(each) for each in warnings if each is not None]
    if len(lines) > 3:
        more = plural(
            "{count} more database is without a recent backup.",
            "{count} more databases are without a recent backup.",
            len(lines) - 2,
        )
        lines = [*lines[:2], render(more)]
    return "\n".join(lines)


def jobs_text(found: Sequence[Unattended]) -> str:
    """Return the states of the two newest jobs, one line each."""
    lines = (
        message(N_("{title} {state}; F7 shows it."), title=plan_title(each.job.plan), state=_(STATES[each.state]))
        for each in found[:2]
    )
    return "\n".join(render(each) for each in lines)
