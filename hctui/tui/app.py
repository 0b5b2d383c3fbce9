"""The application: themes, language, the current database, jobs to follow, and how it ends.

Pages, dialogs, operations and jobs are imported when they are first needed, so that the menu is drawn soon. Only the UI thread
imports them: of two threads that import one package from two ends, Python shows one of them a half-loaded module.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver as AnyDriver
from textual.events import Event, Key, Resize
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker, WorkerFailed, WorkerState

from hctui.config import Configuration
from hctui.errors import HctuiError
from hctui.i18n import language
from hctui.i18n.language import _
from hctui.messages import Message
from hctui.model import Database
from hctui.plans import BackupPlan, FilesBackupPlan, Plan
from hctui.tui import themes
from hctui.tui.menu_entries import ENTRIES
from hctui.tui.screens.menu import Menu
from hctui.tui.screens.too_small import SMALLEST, TooSmall
from hctui.tui.terminal.diff_renderer import Canvas, Thrifty
from hctui.tui.terminal.driver import Driver
from hctui.tui.terminal.glyphs import plain
from hctui.tui.terminal.key_queue import KeyHandled, TypeAhead

if TYPE_CHECKING:
    from hctui.jobs import Job
    from hctui.tui.app_protocol import Application


class HctuiApp(App[int]):
    """All pages and what they share."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH: ClassVar[Path] = Path(__file__).with_name("app.tcss")
    TITLE = "hctui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f10,ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "hint_quit", show=False),
        Binding("ctrl+l", "redraw", show=False),
        # Before the focused widget sees it: what is typed right after Tab, as a slow line delivers it, is for the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
    ]

    current: reactive[str | None] = reactive(None)
    """The alias of the current database."""

    def __init__(self, configuration: Configuration) -> None:
        super().__init__(driver_class=Driver, ansi_color=True if themes.few_colours() else None)
        self.configuration = configuration
        self.type_ahead = TypeAhead(self, self.press)
        self.canvas = Canvas(in_plain=plain())
        self._handlers_before: dict[signal.Signals, Any] = {}
        self.animation_level = "none"
        for theme in (themes.DARK, themes.LIGHT, themes.TERMINAL):
            self.register_theme(theme)
        self.theme = themes.theme_name(configuration.theme)
        self.set_reactive(HctuiApp.current, self._first_database())

    def _first_database(self) -> str | None:
        aliases = [database.alias for database in self.configuration.databases]
        if self.configuration.current in aliases:
            return self.configuration.current
        return aliases[0] if aliases else None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our own variables to themes that are not ours."""
        return themes.DEFAULTS

    # What pages ask for

    @property
    def current_database(self) -> Database | None:
        """The current database as it is registered."""
        return next((each for each in self.configuration.databases if each.alias == self.current), None)

    def current_label(self) -> str:
        """Return the current database and its engine for the header, empty where there is none."""
        database = self.current_database
        return f"{database.alias} · {database.engine}" if database else ""

    @property
    def stalled(self) -> bool:
        """Whether the line is so far behind that progress is better left undrawn."""
        return isinstance(self._driver, Driver) and self._driver.stalled

    def open_page(self, name: str) -> None:
        """Open one of the pages of the menu."""
        self.push_screen(ENTRIES[name].open())

    def home(self) -> None:
        """Go back to the menu, whatever lies above it."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def start_job(self, plan: Plan, password: str | None, started: Callable[[], None] = lambda: None) -> None:
        """Start a job in its own process, call `started` and show its progress; show a message where the job is refused."""
        self.run_worker(self._start_job(plan, password, started), group="start", exclusive=True, exit_on_error=False)

    async def _start_job(self, plan: Plan, password: str | None, started: Callable[[], None]) -> None:
        from hctui import jobs
        from hctui.operations.destination import refuse_existing
        from hctui.operations.names import validate_name

        def start() -> Job:
            if isinstance(plan, BackupPlan | FilesBackupPlan) and plan.name:
                refuse_existing(plan.destination / validate_name(plan.name))
            return jobs.start(plan, self.configuration, password)

        job = await asyncio.to_thread(start)
        started()
        self.follow(job)

    def follow(self, job: Job) -> None:
        """Show the progress of a job, or its result where it has ended."""
        from hctui.tui.screens.progress import ProgressPage

        self.push_screen(ProgressPage(job))

    def show_message(self, text: str | Message, title: str = "") -> None:
        """Show a text that has to be read before going on."""
        from hctui.tui.screens.confirm import Tell

        self.push_screen(Tell(title, language.render(text) if isinstance(text, Message) else text))

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

    # How it starts and ends

    def get_default_screen(self) -> Menu:
        """Begin with the menu."""
        return Menu()

    def on_mount(self) -> None:
        """Listen for signals that end it."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            self._handlers_before[number] = signal.signal(number, partial(self._end, asyncio.get_running_loop()))

    def on_unmount(self) -> None:
        """Leave signals to whoever listened before."""
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    def _end(self, loop: asyncio.AbstractEventLoop, number: int, frame: FrameType | None) -> None:
        """End on the loop, where that is safe.

        Not through `loop.add_signal_handler`: its pipe is full, and the signal lost, while hundreds of keys wait to be read.
        """
        loop.call_soon_threadsafe(self.exit, None, 128 + number)

    def hang_up(self) -> None:
        """End as a hang-up does: the line is gone."""
        self.exit(return_code=128 + signal.SIGHUP)

    def on_resize(self, event: Resize) -> None:
        """Say so where the terminal is too small."""
        self.check_size(event.size)

    def check_size(self, size: Size | None = None) -> None:
        """Cover everything with a word about the size while the terminal is too small for the pages."""
        width, height = size or self.size
        if (width < SMALLEST[0] or height < SMALLEST[1]) and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())

    def action_hint_quit(self) -> None:
        """Say which key leaves: ^C is too easily meant for something else."""
        self.notify(_("To leave hctui press F10 or ^Q."), timeout=4)

    def action_help_quit(self) -> None:
        """Say the same where Textual asks."""
        self.action_hint_quit()

    async def action_quit(self) -> None:
        """Leave; jobs go on, and the shell says so."""
        from hctui.tui.screens.progress import ProgressPage

        running = any(isinstance(screen, ProgressPage) and screen.running for screen in self.screen_stack)
        self.exit(0, message=_("The job goes on without hctui. Start hctui again to see how it is doing.") if running else None)

    def failed(self, error: BaseException) -> None:
        """Tell what ended a worker; what is no error of a person's doing ends the program."""
        if isinstance(error, WorkerFailed):
            error = error.error
        if isinstance(error, HctuiError):
            self.show_message(error.message)
        elif isinstance(error, Exception):
            self._handle_exception(error)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell what ended one of the application's own workers."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.failed(event.worker.error)

    def _handle_exception(self, error: Exception) -> None:
        """End and leave the fault to `run`: Textual would print the values of variables, which may be passwords, and exit 0."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    @property
    def fault(self) -> Exception | None:
        """The fault of hctui itself that ended it."""
        return self._exception

    def _print_error_renderables(self) -> None:
        """Print the words to leave with, and nothing of Textual's own."""
        for each in self._exit_renderables[:1]:
            self.error_console.print(each, soft_wrap=True)
        self._exit_renderables.clear()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send the terminal only what differs from what it shows."""
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", Thrifty(renderable, self.canvas))
        super()._display(screen, renderable)

    async def on_event(self, event: Event) -> None:
        """Let a key wait until the one before it has taken effect."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self.type_ahead.hold(event):
            await self.press(event)

    async def press(self, key: Key) -> None:
        """Let a key take effect."""
        target, screen = self.focused or self.screen, self.screen
        await super().on_event(key)
        self.type_ahead.pressed(key, target, screen)

    def on_key_handled(self, event: KeyHandled) -> None:
        """Let the next key go on."""
        self.type_ahead.handled(event.serial)

    def action_redraw(self) -> None:
        """Send the whole page again, over whatever others wrote on the terminal."""
        self.canvas.forget()
        self.refresh(layout=True)

    def get_driver_class(self) -> type[AnyDriver]:
        """Use our own driver."""
        return Driver


if TYPE_CHECKING:

    def _has_all_that_pages_ask_for(app: HctuiApp) -> Application:
        return app
