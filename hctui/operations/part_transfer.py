"""The transfer of parts out of a backup: large parts two at a time, because inflating one leaves cores idle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from hctui.errors import Cancelled
from hctui.events import Reporter, Step
from hctui.messages import Message
from hctui.model import Part

LARGE = 4 << 20
"""The least bytes of a part that is worth a thread."""
AT_ONCE = 2
"""Parts at the same time; each one inflates, hashes and writes in threads of its own already."""

Transfer = Callable[[Part, Reporter], None]


def transfer_all(parts: Sequence[Part], transfer: Transfer, reporter: Reporter, *, any_order: bool) -> None:
    """Call `transfer` for each part: in order, or with `any_order` the largest parts first and two at the same time.

    Parts that belong to no table, such as a schema, come first, one by one. Where a part fails, the others are stopped before
    its error is raised.
    """
    large = [part for part in parts if part.table and part.size >= LARGE] if any_order else []
    at_once = len(large) >= AT_ONCE
    for part in parts:
        if not (at_once and part.table):
            transfer(part, reporter)
    if not at_once:
        return
    tasks = [[part] for part in sorted(large, key=lambda part: part.size, reverse=True)]
    tasks.append([part for part in parts if part.table and part.size < LARGE])
    _run_in_threads(tasks, transfer, _StoppableReporter(reporter))


def _run_in_threads(tasks: Sequence[Sequence[Part]], transfer: Transfer, reporter: _StoppableReporter) -> None:
    def work(parts: Sequence[Part]) -> None:
        for part in parts:
            transfer(part, reporter)

    with ThreadPoolExecutor(AT_ONCE, "transfer") as pool:
        try:
            futures = [pool.submit(work, parts) for parts in tasks]
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()
        finally:
            reporter.stop()
            pool.shutdown(cancel_futures=True)


class _StoppableReporter:
    """A reporter whose methods raise `Cancelled` after `stop`."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._stopped = Event()

    def stop(self) -> None:
        """Make the next call of every worker raise `Cancelled`."""
        self._stopped.set()

    def step(self, alias: str, step: Step) -> None:
        """Report that the next step begins."""
        self._active().step(alias, step)

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Report that work on a table begins."""
        self._active().table_started(alias, table, size)

    def advance(self, size: int) -> None:
        """Report `size` more bytes as done."""
        self._active().advance(size)

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """Report that a table is done."""
        self._active().table_done(alias, table, size, rows)

    def warn(self, message: Message) -> None:
        """Report that the result will be less than what was asked for."""
        self._active().warn(message)

    def advise(self, message: Message) -> None:
        """Report something the person should know."""
        self._active().advise(message)

    def _active(self) -> Reporter:
        if self._stopped.is_set():
            raise Cancelled()
        return self._reporter
