"""The base class of the application: drawing, keys and the end, as far as they need private parts of Textual."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack
from functools import partial
from types import FrameType
from typing import ClassVar, cast

from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.events import Event, Key
from textual.screen import Screen

from hctui.tui.terminal.diff_renderer import DiffUpdate
from hctui.tui.terminal.driver import TerminalDriver
from hctui.tui.terminal.key_queue import KeyHandled, KeyQueue


class TerminalApp(App[int]):
    """An application that sends only changed cells, handles one key at a time, and prints no values when it fails."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "redraw", show=False)]

    def __init__(self, *, few_colours: bool) -> None:
        super().__init__(driver_class=TerminalDriver, ansi_color=True if few_colours else None)
        self.key_queue = KeyQueue(self, self.press)
        self._signal_handlers = ExitStack()
        """Sets the handlers of before back when it is closed."""

    def get_driver_class(self) -> type[Driver]:
        """Use our own driver."""
        return TerminalDriver

    # Drawing

    @property
    def stalled(self) -> bool:
        """Whether the terminal line is so far behind that progress should not be drawn."""
        return isinstance(self._driver, TerminalDriver) and self._driver.stalled

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send only the cells that differ from what the terminal shows."""
        if isinstance(self._driver, TerminalDriver) and isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", DiffUpdate(renderable, self._driver.canvas))
        super()._display(screen, renderable)

    def action_redraw(self) -> None:
        """Send the whole page again, over what other programs wrote on the terminal."""
        if isinstance(self._driver, TerminalDriver):
            self._driver.canvas.forget()
        self.refresh(layout=True)

    # Keys

    async def on_event(self, event: Event) -> None:
        """Let a key wait until the key before it is handled."""
        if not isinstance(event, Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self.key_queue.hold(event):
            await self.press(event)

    async def press(self, key: Key) -> None:
        """Handle a key whose turn has come."""
        target, screen = self.focused or self.screen, self.screen
        await super().on_event(key)
        self.key_queue.pressed(key, target, screen)

    def on_key_handled(self, event: KeyHandled) -> None:
        """Release the next key."""
        self.key_queue.handled(event.serial)

    # The end

    def on_mount(self) -> None:
        """End on SIGHUP and SIGTERM."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            before = signal.signal(number, partial(self._end, asyncio.get_running_loop()))
            self._signal_handlers.callback(signal.signal, number, before or signal.SIG_DFL)

    def on_unmount(self) -> None:
        """Set the signal handlers of before again."""
        self._signal_handlers.close()

    def _end(self, loop: asyncio.AbstractEventLoop, number: int, frame: FrameType | None) -> None:
        """End on the loop, where that is safe.

        Not through `loop.add_signal_handler`: its pipe is full, and the signal lost, while hundreds of keys wait to be read.
        """
        loop.call_soon_threadsafe(self.exit, None, 128 + number)

    @property
    def fault(self) -> Exception | None:
        """The error of hctui itself that ended the application."""
        return self._exception

    def end_with(self, fault: Exception) -> None:
        """End the application; `run` raises the fault again."""
        self._handle_exception(fault)

    def _handle_exception(self, error: Exception) -> None:
        """End the application and keep the error: Textual would print the values of variables, which may be passwords."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Print the message given to `exit` without breaking its lines; Textual adds notes for developers."""
        for each in self._exit_renderables[:1]:
            self.error_console.print(each, soft_wrap=True)
        self._exit_renderables.clear()
