"""The progress of a job, computed from its events: amounts, states of tables, speed and time left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic

from msgspec import Struct, field

from hctui.events import Advised, Done, Event, Failed, Progress, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.messages import Message

SHORTEST_SPAN = 0.7
"""Seconds of work before there is a speed."""
SPEED_WINDOW = 8.0
"""Seconds over which the speed is measured."""


class TableState(StrEnum):
    """How far the work on a table is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class TableProgress(Struct):
    """The progress of one table."""

    alias: str
    table: str
    state: TableState = TableState.WAITING
    size: int | None = None
    rows: int | None = None


class JobProgress(Struct):
    """The progress of a job; give it the job's events in their order."""

    clock: Callable[[], float] = monotonic
    operation: str = ""
    databases: tuple[str, ...] = ()
    tables: list[TableProgress] = field(default_factory=list)
    done: int = 0
    """Bytes."""
    total: int = 0
    """Bytes; 0 while unknown."""
    step: Step | None = None
    current: int = -1
    """Index in `tables` of the table that was started last; -1 before the first."""
    warnings: list[Message] = field(default_factory=list)
    ended: Done | Failed | None = None
    changed: set[int] = field(default_factory=set)
    """Indexes of tables that changed; the code that draws them clears it."""
    _indexes: dict[tuple[str, str], int] = field(default_factory=dict)
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, event: Event) -> None:
        """Update the progress by the next event."""
        match event:
            case Started():
                self.operation, self.databases, self.total = event.operation, event.databases, event.total
                for alias, table in event.tables:
                    self._index(alias, table)
            case StepStarted():
                self.step = event.step
            case TableStarted():
                self.current = self._index(event.alias, event.table)
                self._set(self.current, TableState.RUNNING, event.size, None)
            case TableDone():
                self._set(self._index(event.alias, event.table), TableState.DONE, event.size, event.rows)
            case Progress():
                self.done, self.total = event.done, event.total
                self._add_sample()
            case Warned() | Advised():
                self.warnings.append(event.message)
            case _ if isinstance(event, Done | Failed):
                self.ended = event

    def _index(self, alias: str, table: str) -> int:
        index = self._indexes.get((alias, table))
        if index is None:
            index = self._indexes[alias, table] = len(self.tables)
            self.tables.append(TableProgress(alias, table))
        return index

    def _set(self, index: int, state: TableState, size: int, rows: int | None) -> None:
        table = self.tables[index]
        table.state, table.size, table.rows = state, size, rows
        self.changed.add(index)

    def _add_sample(self) -> None:
        now = self.clock()
        self._samples.append((now, self.done))
        while len(self._samples) > 2 and now - self._samples[0][0] > SPEED_WINDOW:
            self._samples.popleft()

    @property
    def share(self) -> float:
        """The part of the whole job that is done, between 0 and 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def speed(self) -> float | None:
        """Bytes per second over the last seconds; None while there is too little to measure."""
        if len(self._samples) < 2:
            return None
        (then, before), (now, after) = self._samples[0], self._samples[-1]
        return (after - before) / (now - then) if now - then >= SHORTEST_SPAN and after > before else None

    @property
    def left(self) -> float | None:
        """Seconds until the end at this speed; None while there is no speed."""
        return (self.total - self.done) / self.speed if self.speed else None
