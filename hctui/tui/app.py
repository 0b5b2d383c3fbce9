"""The application: themes, the current database, and the requests of its pages.

Pages, dialogs, operations and jobs are imported when they are first needed, so that the menu is drawn soon. Only the UI thread
imports them: of two threads that import one package from two ends, Python shows one of them a half-loaded module.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.reactive import reactive
from textual.worker import Worker, WorkerFailed, WorkerState

from hctui.config import Configuration
from hctui.errors import HctuiError
from hctui.i18n.language import _, render
from hctui.messages import Message
from hctui.plans import Plan
from hctui.tui import themes
from hctui.tui.menu_entries import ENTRIES
from hctui.tui.screens.menu import Menu
from hctui.tui.screens.too_small import SMALLEST, TooSmall
from hctui.tui.terminal.app_base import TerminalApp

if TYPE_CHECKING:
    from hctui.jobs import Job
    from hctui.tui.app_protocol import Application


class HctuiApp(TerminalApp):
    """All pages and what they share."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[Path] = Path(__file__).with_name("app.tcss")
    TITLE = "hctui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10,ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "hint_quit", show=False),
        # Before the focused widget gets it: keys typed right after Tab, as a slow line delivers them, are for the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]

    current: reactive[str | None] = reactive(None)
    """The alias of the current database."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(few_colours=themes.few_colours())
        self.configuration = configuration
        self.animation_level = "none"
        for theme in (themes.DARK, themes.LIGHT, themes.TERMINAL):
            self.register_theme(theme)
        self.theme = themes.theme_name(configuration.theme)
        aliases = [database.alias for database in configuration.databases]
        first = configuration.current if configuration.current in aliases else next(iter(aliases), None)
        self.set_reactive(HctuiApp.current, first)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own variables to themes that are not ours."""
        return themes.DEFAULTS

    def get_default_screen(self) -> Menu:
        """Begin with the menu."""
        return Menu()

    # Requests of pages

    def current_label(self) -> str:
        """Return the current database and its engine for the header, empty if there is none."""
        database = next((each for each in self.configuration.databases if each.alias == self.current), None)
        return f"{database.alias} · {database.engine}" if database else ""

    def open_page(self, name: str) -> None:
        """Open one of the pages of the menu."""
        self.push_screen(ENTRIES[name].open())

    def home(self) -> None:
        """Close every page and dialog above the menu."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def start_job(self, plan: Plan, password: str | None, started: Callable[[], None] = lambda: None) -> None:
        """Start a job in its own process, call `started` and show its progress; show a message if the job is refused."""
        self.run_worker(self._start_job(plan, password, started), group="start", exclusive=True, exit_on_error=False)

    async def _start_job(self, plan: Plan, password: str | None, started: Callable[[], None]) -> None:
        from hctui import jobs

        job = await asyncio.to_thread(jobs.start, plan, self.configuration, password)
        started()
        self.follow(job)

    def follow(self, job: Job) -> None:
        """Show the progress of a job, or its result if it has ended."""
        from hctui.tui.screens.progress import ProgressPage

        self.push_screen(ProgressPage(job))

    def show_message(self, text: str | Message, title: str = "") -> None:
        """Show a text that has to be read before going on."""
        from hctui.tui.screens.confirm import MessageDialog

        self.push_screen(MessageDialog(title, render(text) if isinstance(text, Message) else text))

    def show_help(self, title: str, texts: Sequence[str], bindings: Sequence[Binding]) -> None:
        """Show explanations, translated, and the keys of a page or dialog."""
        from hctui.tui.screens.help import Help

        self.push_screen(Help(title, texts, bindings))

    def use_database(self, alias: str) -> None:
        """Make a database the current one, here and in the configuration."""
        self.current = alias
        self.run_worker(asyncio.to_thread(self.configuration.use, alias), group="use", exit_on_error=False)

    def action_database(self) -> None:
        """Choose another current database."""
        from hctui.tui.screens.choose_database import ChooseDatabase

        if self.configuration.databases:
            self.push_screen(ChooseDatabase(), lambda alias: self.use_database(alias) if alias else None)

    def check_size(self, size: Size | None = None) -> None:
        """Cover the page while the terminal is too small for it."""
        width, height = size or self.size
        if (width < SMALLEST[0] or height < SMALLEST[1]) and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())

    def on_resize(self, event: Resize) -> None:
        """Check the new size."""
        self.check_size(event.size)

    # Errors and the end

    def failed(self, error: BaseException) -> None:
        """Show the error that ended a worker; one that is not `HctuiError` ends the program."""
        if isinstance(error, WorkerFailed):
            error = error.error
        if isinstance(error, HctuiError):
            self.show_message(error.message)
        elif isinstance(error, Exception):
            self.end_with(error)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show the error that ended one of the application's own workers."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.failed(event.worker.error)

    def action_hint_quit(self) -> None:
        """Name the keys that leave: ^C does not, because it is easily pressed for something else."""
        self.notify(_("To leave hctui press F10 or ^Q."), timeout=4)

    def action_help_quit(self) -> None:
        """Do the same where Textual asks for it."""
        self.action_hint_quit()

    async def action_quit(self) -> None:
        """Leave; if a job goes on, print that after the end."""
        from hctui.tui.screens.progress import ProgressPage

        running = any(isinstance(screen, ProgressPage) and screen.running for screen in self.screen_stack)
        self.exit(0, message=_("The job goes on without hctui. Start hctui again to see how it is doing.") if running else None)


if TYPE_CHECKING:

    def _has_all_that_pages_ask_for(app: HctuiApp) -> Application:
        return app
