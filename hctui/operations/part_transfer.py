"""Parts read out of a backup: large ones two at a time, since inflating one alone leaves cores idle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

from hctui.errors import Cancelled
from hctui.events import Reporter, Step
from hctui.messages import Message
from hctui.model import Part

LARGE = 4 << 20
"""Bytes from which on a part is worth a thread of its own."""
AT_ONCE = 2
"""Each inflates, hashes and writes in threads of its own already."""

Deliver = Callable[[Part, Reporter], None]


def deliver_all(parts: Sequence[Part], deliver: Deliver, reporter: Reporter, *, any_order: bool) -> None:
    """Call `deliver` for each part: in their order, or where that does not matter the largest first and several at once.

    Parts of no table, such as a schema, come first and one by one. Where one fails the others are stopped before its error
    is raised.
    """
    large = [part for part in parts if part.table and part.size >= LARGE] if any_order else []
    at_once = len(large) >= AT_ONCE
    for part in parts:
        if not (at_once and part.table):
            deliver(part, reporter)
    if not at_once:
        return
    together = [[part] for part in sorted(large, key=lambda part: part.size, reverse=True)]
    together.append([part for part in parts if part.table and part.size < LARGE])
    _deliver_together(together, deliver, _Stoppable(reporter))


def _deliver_together(tasks: Sequence[Sequence[Part]], deliver: Deliver, reporter: _Stoppable) -> None:
    def work(parts: Sequence[Part]) -> None:
        for part in parts:
            deliver(part, reporter)

    with ThreadPoolExecutor(AT_ONCE, "deliver") as pool:
        try:
            futures = [pool.submit(work, parts) for parts in tasks]
            ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for future in ended:
                future.result()
        finally:
            reporter.stop()
            pool.shutdown(cancel_futures=True)


class _Stoppable:
    """A reporter that cancels whoever speaks to it once it was told to stop."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._stopped = Event()

    def stop(self) -> None:
        """Let the next word of every worker raise `Cancelled`."""
        self._stopped.set()

    def step(self, alias: str, step: Step) -> None:
        """Another step begins."""
        self._heard().step(alias, step)

    def table_started(self, alias: str, table: str, size: int) -> None:
        """Work on a table begins."""
        self._heard().table_started(alias, table, size)

    def advance(self, size: int) -> None:
        """`size` more bytes are done."""
        self._heard().advance(size)

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        """A table is done."""
        self._heard().table_done(alias, table, size, rows)

    def warn(self, message: Message) -> None:
        """Report that the result will be less than what was asked for."""
        self._heard().warn(message)

    def advise(self, message: Message) -> None:
        """Report something the person should know."""
        self._heard().advise(message)

    def _heard(self) -> Reporter:
        if self._stopped.is_set():
            raise Cancelled()
        return self._reporter
