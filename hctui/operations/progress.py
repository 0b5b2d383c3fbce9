"""Running the synchronous work of an operation in a thread, and yielding its events from an asynchronous generator.

Engines and the archive are synchronous: they run in one worker thread and call an `OperationReporter`; the generator yields
the events that it queues. The promise: when the generator is closed or its task is cancelled, the worker's next call of the
reporter raises `Cancelled`, and the generator ends only after the thread has cleaned up and ended. After `commit` it is too
late: the operation is finished and its result is yielded.
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

PROGRESS_SECONDS = 0.1
"""The least time between two `Progress` events."""
BATCH_SECONDS = 0.02
"""The time that events wait for more: yielding each event by itself takes as long as storing a small table."""
MAX_QUEUED = 4096
"""The number of events that may be queued; then the worker waits for the reader."""


class OperationReporter:
    """The `Reporter` of an operation: a queue of events from the worker to the reader. Thread-safe."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._events: deque[Event] = deque()
        self._cancelled = False
        self._committed = False
        self._done = 0.0
        self._total = 0
        self._remaining = 0
        self._scale = 0.0
        self._phase_end = 0.0
        self._last_progress = 0.0
        self._began = time.monotonic()
        self._tables: frozenset[tuple[str, str]] = frozenset()
        self._finished_tables: set[tuple[str, str]] = set()
        self._started_tables: set[tuple[str, str]] = set()
        self._sentences: set[str] = set()
        self.warnings: list[Message] = []
        """Every warning so far, for the result."""
        self.advice: list[Message] = []
        """All advice so far, for the result."""

    # The worker's side.

    def start(
        self, operation: str, databases: tuple[str, ...], tables: tuple[tuple[str, str], ...], total: int, *, passes: int = 1
    ) -> None:
        """Report what the operation will do: process `total` bytes of data about `passes` times, in phases."""
        self._total = total
        self._remaining = total * passes
        self._tables = frozenset(tables)
        self._put(Started(operation, databases, tables, total))

    @contextmanager
    def phase(self, size: int) -> Iterator[None]:
        """Scale the progress made inside so that it counts as `size` of the bytes that remain in all passes.

        What a shorter phase does not use goes to the phases after it; a longer one stays at its end until it is over.
        """
        with self._lock:
            self._scale = (self._total - self._done) / self._remaining if self._remaining else 0.0
            self._phase_end = min(self._done + size * self._scale, self._total)
        yield
        with self._lock:
            self._remaining = max(self._remaining - size, 0)

    def step(self, alias: str, step: Step) -> None:
        """Report that the next step begins."""
        self._put(StepStarted(alias, step))

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Report that work on a table begins; only the first report counts."""
        if self._is_first_report((alias, table), self._started_tables):
            self._put(TableStarted(alias, table, size))

    def advance(self, size: int) -> None:
        """Report `size` more bytes as done."""
        self._raise_if_cancelled()
        if not size:
            return
        now = time.monotonic()
        with self._lock:
            self._done = min(self._done + size * self._scale, max(self._phase_end, self._done))
            if now - self._last_progress < PROGRESS_SECONDS:
                return
            self._last_progress = now
            if self._events and isinstance(self._events[-1], Progress):
                self._events.pop()
            self._events.append(Progress(round(self._done), self._total))
        self._wake()

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """Report that a table is done; only the first report counts."""
        if self._is_first_report((alias, table), self._finished_tables):
            self._put(TableDone(alias, table, size, rows))

    def warn(self, message: Message) -> None:
        """Report that the result will be less than what was asked for; the same sentence only once."""
        if self._add_message(message, self.warnings):
            self._put(Warned(message))

    def advise(self, message: Message) -> None:
        """Report something the person should know; the same sentence only once."""
        if self._add_message(message, self.advice):
            self._put(Advised(message))

    def commit(self) -> None:
        """Make it too late to cancel from here on. Raises `Cancelled` where the operation is cancelled already."""
        with self._lock:
            self._raise_if_cancelled()
            self._committed = True

    def seconds(self) -> float:
        """Return the seconds since the operation began."""
        return time.monotonic() - self._began

    def finish(self) -> None:
        """Report that everything is done, so that the bar ends full."""
        self._put(Progress(self._total, self._total))

    def _put(self, event: Event) -> None:
        with self._lock:
            while len(self._events) >= MAX_QUEUED and not self._cancelled:
                self._changed.wait()
            self._raise_if_cancelled()
            self._events.append(event)
            is_first = len(self._events) == 1
        if is_first:  # the reader drains the queue, and was woken for the first event
            self._wake()

    def _add_message(self, message: Message, earlier: list[Message]) -> bool:
        """Add `message` to the `earlier` ones unless its sentence was reported before; return whether it was added."""
        with self._lock:
            if str(message) in self._sentences:
                return False
            self._sentences.add(str(message))
            earlier.append(message)
            return True

    def _is_first_report(self, table: tuple[str, str], reported: set[tuple[str, str]]) -> bool:
        """Return whether a table belongs to the operation and is not in `reported`, and add it."""
        with self._lock:
            if table in reported or (self._tables and table not in self._tables):
                return False
            reported.add(table)
            return True

    def _raise_if_cancelled(self) -> None:
        if self._cancelled and not self._committed:
            raise Cancelled()

    # The reader's side.

    def cancel(self) -> bool:
        """Make the worker's next call raise `Cancelled`; return False where it is too late for that."""
        with self._lock:
            self._cancelled = True
            self._changed.notify_all()
            return not self._committed

    def drain(self) -> list[Event]:
        """Return the queued events and empty the queue."""
        with self._lock:
            waiting = list(self._events)
            self._events.clear()
            self._changed.notify_all()
            return waiting


async def run_in_thread(work: Callable[[OperationReporter], Done]) -> AsyncGenerator[Event, None]:
    """Run `work` in a thread; yield the events that it reports and then its result. Raises what `work` raises."""
    loop = asyncio.get_running_loop()
    wake = asyncio.Event()
    reporter = OperationReporter(lambda: _call_in_loop(loop, wake.set))
    executor = ThreadPoolExecutor(1, thread_name_prefix="hctui-operation")
    worker = loop.run_in_executor(executor, _map_os_errors, work, reporter)
    worker.add_done_callback(lambda _: wake.set())
    try:
        while not worker.done():
            await _wait_for_batch(wake, reporter, worker)
            wake.clear()
            for event in reporter.drain():
                yield event
        for event in reporter.drain():
            yield event
    finally:
        reporter.cancel()
        await _wait_for_end(worker)
        executor.shutdown()
    yield worker.result()


def _map_os_errors(work: Callable[[OperationReporter], Done], reporter: OperationReporter) -> Done:
    """Run `work` and turn an `OSError` that nothing below has mapped into a `DestinationError`."""
    try:
        return work(reporter)
    except OSError as error:
        with writing(error.filename or N_("a file")):
            raise


async def _wait_for_batch(wake: asyncio.Event, reporter: OperationReporter, worker: asyncio.Future[Done]) -> None:
    """Wait for the first event, then `BATCH_SECONDS` for more unless the worker has ended.

    A cancellation that comes too late is dropped, so that the result is yielded.
    """
    while True:
        try:
            await wake.wait()
            await asyncio.wait({worker}, timeout=BATCH_SECONDS)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if reporter.cancel() or task is None:
                raise
            task.uncancel()
        else:
            return


async def _wait_for_end(worker: asyncio.Future[Done]) -> None:
    """Wait for the thread to end, however often the task is cancelled meanwhile."""
    cancelled: asyncio.CancelledError | None = None
    while not worker.done():
        try:
            await asyncio.wait({worker})
        except asyncio.CancelledError as error:
            cancelled = error
    worker.exception()  # an error that nobody fetches would be logged
    if cancelled is not None:
        raise cancelled


def _call_in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
