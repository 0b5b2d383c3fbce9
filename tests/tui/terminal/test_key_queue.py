"""The queue that hands keys to the application one at a time."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from textual.events import Key

from hctui.tui.terminal import key_queue
from hctui.tui.terminal.key_queue import KeyQueue

A, B = Key("a", "a"), Key("b", "b")


class FakeApp:
    """Records what the queue asks of the application."""

    def __init__(self) -> None:
        self.screen = SimpleNamespace(call_after_refresh=lambda release, serial: release(serial))
        self.released: list[Key] = []
        self.checks: list[Callable[[], None]] = []

    def set_interval(self, interval: float, check: Callable[[], None]) -> SimpleNamespace:
        self.checks.append(check)
        return SimpleNamespace(stop=lambda: self.checks.remove(check))

    def call_later(self, press: object, key: Key) -> None:
        self.released.append(key)


@pytest.fixture
def app() -> FakeApp:
    return FakeApp()


@pytest.fixture
def target() -> SimpleNamespace:
    return SimpleNamespace(is_attached=True, is_running=True, post_message=lambda message: None)


@pytest.fixture
def queue(app: FakeApp, target: SimpleNamespace) -> KeyQueue:
    """Give a queue in which A is being handled and B waits."""
    queue = KeyQueue(app, press=None)
    assert not queue.hold(A)
    queue.pressed(A, target, app.screen)
    assert queue.hold(B)
    return queue


def test_a_key_waits_until_the_key_before_it_is_handled(app: FakeApp, queue: KeyQueue) -> None:
    app.checks[0]()
    assert app.released == [], "the widget exists, so `KeyHandled` will come"
    queue.handled(1)
    assert app.released == [B] and app.checks == []
    queue.pressed(B, SimpleNamespace(post_message=lambda message: None), app.screen)
    queue.handled(1)
    assert queue.busy, "a message of an earlier key is ignored"
    queue.handled(2)
    assert not queue.busy


def test_a_key_is_released_if_the_widget_was_removed(app: FakeApp, queue: KeyQueue, target: SimpleNamespace) -> None:
    target.is_running = False
    app.checks[0]()
    assert app.released == [B]


def test_no_key_waits_for_ever(app: FakeApp, queue: KeyQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_queue, "LONGEST_WAIT", -1.0)
    app.checks[0]()
    assert app.released == [B]
