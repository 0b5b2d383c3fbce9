"""A queue that hands keys to the application one at a time.

A slow line delivers several keys at once, and each must find the page as the key before it left it. After each key a
`KeyHandled` message is sent to the widget that got the key. A widget handles its messages in their order and passes them on to
the application: when `KeyHandled` arrives there, the key has been handled, and the next one is released.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual.events import Key
from textual.message import Message

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.timer import Timer

CHECK_INTERVAL = 0.3
"""Seconds between two checks whether the widget that got the key still exists: if it was removed, `KeyHandled` never comes."""
LONGEST_WAIT = 3.0
"""Seconds after which the next key is released in any case."""


class KeyHandled(Message):
    """Follows a key from the widget with the focus up to the application."""

    def __init__(self, serial: int) -> None:
        super().__init__()
        self.serial = serial


class KeyQueue:
    """Holds keys back while the application handles an earlier one."""

    def __init__(self, app: App[int], press: Callable[[Key], Awaitable[None]]) -> None:
        self._app = app
        self._press = press
        self._waiting: deque[Key] = deque()
        self._busy = False
        self._letter = False
        self._screen: Screen[object] | None = None
        self._timer: Timer | None = None
        self._serial = 0
        """Number of the key being handled; a `KeyHandled` or a timer of an earlier key is ignored."""

    @property
    def busy(self) -> bool:
        """Whether a key is being handled."""
        return self._busy

    def hold(self, key: Key) -> bool:
        """Return whether `key` has to wait; then it is in the queue, and `press` gets it later."""
        waits, self._busy = self._busy, True
        if waits:
            self._waiting.append(key)
        return waits

    def pressed(self, key: Key, target: DOMNode, screen: Screen[object]) -> None:
        """Record that a key was sent to `target` on `screen`, and send `KeyHandled` after it."""
        self._letter = key.is_printable and key.key != "space"
        self._screen = screen
        self._serial += 1
        self._timer = self._app.set_interval(CHECK_INTERVAL, partial(self._check, self._serial, target, monotonic()))
        target.post_message(KeyHandled(self._serial))

    def _check(self, serial: int, target: DOMNode, pressed_at: float) -> None:
        if not (target.is_attached and target.is_running) or monotonic() - pressed_at > LONGEST_WAIT:
            self._release(serial)

    def handled(self, serial: int) -> None:
        """Release the next key: after a letter at once; after a key that may open a page or a tab, once that is drawn."""
        if self._letter and self._app.screen is self._screen:
            self._release(serial)
        else:
            self._app.screen.call_after_refresh(self._release, serial)

    def _release(self, serial: int) -> None:
        if serial != self._serial or not self._busy:
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._waiting:
            self._app.call_later(self._press, self._waiting.popleft())
        else:
            self._busy = False
