"""Keys one at a time: a slow line delivers several at once, and each must find what the one before it made of the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from textual.events import Key
from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.timer import Timer

PATIENCE = 0.3
"""Seconds after which the next key goes on although what had the focus is gone and can't say that it is done."""


class KeyHandled(Message):
    """Follows a key on its way from what has the focus up to the application; where this arrives, the key has been."""

    def __init__(self, serial: int) -> None:
        super().__init__()
        self.serial = serial


class TypeAhead:
    """Holds keys back while one before them is on its way."""

    def __init__(self, app: App[int], press: Callable[[Key], Awaitable[None]]) -> None:
        self._app = app
        self._press = press
        self._held: deque[Key] = deque()
        self._under_way = False
        self._letter = False
        self._screen: Screen[object] | None = None
        self._timer: Timer | None = None
        self._serial = 0
        """Of the key under way: what is heard of an earlier one comes too late."""

    @property
    def busy(self) -> bool:
        """Whether a key is on its way, or waits."""
        return self._under_way

    def hold(self, key: Key) -> bool:
        """Tell whether `key` has to wait; then it is pressed by itself when its turn has come."""
        waits, self._under_way = self._under_way, True
        if waits:
            self._held.append(key)
        return waits

    def pressed(self, key: Key, target: DOMNode, screen: Screen[object]) -> None:
        """Note that a key was sent to `target` on `screen`, and send the messenger after it."""
        self._letter = key.is_printable and key.key != "space"
        self._screen = screen
        self._serial += 1
        self._timer = self._app.set_timer(PATIENCE, partial(self._go_on, self._serial))
        target.post_message(KeyHandled(self._serial))

    def handled(self, serial: int) -> None:
        """Go on after a letter; after a key that may have opened a page or a tab, once what it made is drawn."""
        if self._letter and self._app.screen is self._screen:
            self._go_on(serial)
        else:
            self._app.screen.call_after_refresh(self._go_on, serial)

    def _go_on(self, serial: int) -> None:
        if serial != self._serial or not self._under_way:
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._held:
            self._app.call_later(self._press, self._held.popleft())
        else:
            self._under_way = False
