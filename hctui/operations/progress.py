"""The bridge between an operation's generator and the one worker thread that does its work.

Engines and the archive are synchronous; they run in a thread of their own and speak through a `Bridge`, their `Reporter`.
The generator hands on what they say. Closing it or cancelling its task makes the next call of the reporter raise
`Cancelled`; the generator ends only after the thread has cleaned up and ended too.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from hctui.disk.errors import writing
from hctui.errors import Cancelled
from hctui.events import Advised, Done, Event, Progress, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.messages import N_, Message

INTERVAL = 0.1
"""Seconds between two `Progress` events."""
BREATH = 0.02
"""Seconds that news wait for company: to hand on each event by itself takes as long as to store a small table."""
WAITING = 4096
"""Events that may wait for the reader before the worker waits too."""


class Bridge:
    """The `Reporter` of a worker thread; thread-safe."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._events: deque[Event] = deque()
        self._cancelled = False
        self._committed = False
        self._done = 0.0
        self._total = 0
        self._left = 0
        self._scale = 0.0
        self._bound = 0.0
        self._told = 0.0
        self._begun = time.monotonic()
        self._expected: frozenset[tuple[str, str]] = frozenset()
        self._finished_tables: set[tuple[str, str]] = set()
        self._known_tables: set[tuple[str, str]] = set()
        self._reported: set[str] = set()
        self.warnings: list[Message] = []
        """Every warning so far, for the result."""
        self.advice: list[Message] = []
        """All advice so far, for the result."""

    # The worker's side.

    def start(
        self, operation: str, databases: tuple[str, ...], tables: tuple[tuple[str, str], ...], total: int, *, passes: int = 1
    ) -> None:
        """Say what lies before the operation: `total` bytes of data, gone through about `passes` times in phases."""
        self._total = total
        self._left = total * passes
        self._expected = frozenset(tables)
        self._put(Started(operation, databases, tables, total))

    @contextmanager
    def phase(self, size: int) -> Iterator[None]:
        """Let what is done inside count as `size` bytes of what is left of all passes.

        A phase that turns out shorter leaves its part of the bar to those after it, a longer one waits at its end.
        """
        with self._lock:
            self._scale = (self._total - self._done) / self._left if self._left else 0.0
            self._bound = min(self._done + size * self._scale, self._total)
        yield
        with self._lock:
            self._left = max(self._left - size, 0)

    def step(self, alias: str, step: Step) -> None:
        """Another step begins."""
        self._put(StepStarted(alias, step))

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Work on a table begins; said once for each table."""
        if self._is_news((alias, table), self._known_tables):
            self._put(TableStarted(alias, table, size))

    def advance(self, size: int) -> None:
        """`size` more bytes are done."""
        self._look()
        if not size:
            return
        now = time.monotonic()
        with self._lock:
            self._done = min(self._done + size * self._scale, max(self._bound, self._done))
            if now - self._told < INTERVAL:
                return
            self._told = now
            if self._events and isinstance(self._events[-1], Progress):
                self._events.pop()
            self._events.append(Progress(round(self._done), self._total))
        self._wake()

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """A table is done; said once for each table."""
        if self._is_news((alias, table), self._finished_tables):
            self._put(TableDone(alias, table, size, rows))

    def warn(self, message: Message) -> None:
        """Report that the result will be less than what was asked for; the same sentence only once."""
        if self._is_first(message, self.warnings):
            self._put(Warned(message))

    def advise(self, message: Message) -> None:
        """Report something the person should know; the same sentence only once."""
        if self._is_first(message, self.advice):
            self._put(Advised(message))

    def commit(self) -> None:
        """From here on it is too late to cancel. Raises `Cancelled` if it was not."""
        with self._lock:
            self._look()
            self._committed = True

    def seconds(self) -> float:
        """Return how long the operation has been at work."""
        return time.monotonic() - self._begun

    def finish(self) -> None:
        """Say that everything is done, so that the bar ends full."""
        self._put(Progress(self._total, self._total))

    def _put(self, event: Event) -> None:
        with self._lock:
            while len(self._events) >= WAITING and not self._cancelled:
                self._changed.wait()
            self._look()
            self._events.append(event)
            alone = len(self._events) == 1
        if alone:  # the reader takes all that wait, and was woken for the first
            self._wake()

    def _is_first(self, message: Message, earlier: list[Message]) -> bool:
        """Return whether `message` was not reported before; then add it to the `earlier` ones."""
        with self._lock:
            if str(message) in self._reported:
                return False
            self._reported.add(str(message))
            earlier.append(message)
            return True

    def _is_news(self, table: tuple[str, str], told: set[tuple[str, str]]) -> bool:
        """Tell whether a table belongs to the operation and was not told of yet."""
        with self._lock:
            if table in told or (self._expected and table not in self._expected):
                return False
            told.add(table)
            return True

    def _look(self) -> None:
        if self._cancelled and not self._committed:
            raise Cancelled()

    # The reader's side.

    def cancel(self) -> bool:
        """Make the worker stop at its next word; False when it is too late for that."""
        with self._lock:
            self._cancelled = True
            self._changed.notify_all()
            return not self._committed

    def take(self) -> list[Event]:
        """Return the events that wait, and make room for more."""
        with self._lock:
            waiting = list(self._events)
            self._events.clear()
            self._changed.notify_all()
            return waiting


async def events_of(work: Callable[[Bridge], Done]) -> AsyncGenerator[Event, None]:
    """Run `work` in a thread of its own; yield what it reports and, last, what it returns. Raises what it raises."""
    loop = asyncio.get_running_loop()
    news = asyncio.Event()
    bridge = Bridge(lambda: _from_thread(loop, news.set))
    executor = ThreadPoolExecutor(1, thread_name_prefix="hctui-operation")
    worker = loop.run_in_executor(executor, _guarded, work, bridge)
    worker.add_done_callback(lambda _: news.set())
    try:
        while not worker.done():
            await _next_news(news, bridge, worker)
            news.clear()
            for event in bridge.take():
                yield event
        for event in bridge.take():
            yield event
    finally:
        bridge.cancel()
        await _until_ended(worker)
        executor.shutdown()
    yield worker.result()


def _guarded(work: Callable[[Bridge], Done], bridge: Bridge) -> Done:
    """Run `work`; a disk's error that nothing below gave a name becomes one sentence here."""
    try:
        return work(bridge)
    except OSError as error:
        with writing(error.filename or N_("a file")):
            raise


async def _next_news(news: asyncio.Event, bridge: Bridge, worker: asyncio.Future[Done]) -> None:
    """Wait for something to hand on, and a breath for more, unless the worker has ended.

    A cancellation that comes too late is dropped, so that the result is told.
    """
    while True:
        try:
            await news.wait()
            await asyncio.wait({worker}, timeout=BREATH)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if bridge.cancel() or task is None:
                raise
            task.uncancel()
        else:
            return


async def _until_ended(worker: asyncio.Future[Done]) -> None:
    """Wait for the thread to end, however often the task is cancelled meanwhile; its error is fetched or it would be logged."""
    cancelled: asyncio.CancelledError | None = None
    while not worker.done():
        try:
            await asyncio.wait({worker})
        except asyncio.CancelledError as error:
            cancelled = error
    worker.exception()
    if cancelled is not None:
        raise cancelled


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
