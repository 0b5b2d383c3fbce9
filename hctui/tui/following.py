"""What is known of a job from its events so far; no screens here."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic

from msgspec import Struct, field

from hctui.events import Advised, Done, Event, Failed, Progress, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.messages import Message

SOON = 0.7
"""Seconds of work before a speed can be told."""
WINDOW = 8.0
"""Seconds that the speed is told over."""


class State(StrEnum):
    """How far a table is."""

    WAITING = "waiting"
    AT_WORK = "at work"
    DONE = "done"


class TableState(Struct):
    """One line of the list."""

    alias: str
    table: str
    state: State = State.WAITING
    size: int | None = None
    rows: int | None = None


class Following(Struct):
    """Takes events in their order; everything else is told from them."""

    clock: Callable[[], float] = monotonic
    operation: str = ""
    databases: tuple[str, ...] = ()
    tables: list[TableState] = field(default_factory=list)
    done: int = 0
    total: int = 0
    alias: str = ""
    """The database at work."""
    step: Step | None = None
    current: int = -1
    """The table that began last, by its place in `tables`; -1 before the first."""
    warnings: list[Message] = field(default_factory=list)
    ended: Done | Failed | None = None
    changed: set[int] = field(default_factory=set)
    """Places of tables whose state is another since somebody emptied this."""
    _places: dict[tuple[str, str], int] = field(default_factory=dict)
    _samples: deque[tuple[float, int]] = field(default_factory=deque)

    def take(self, event: Event) -> None:
        """Take the next event."""
        match event:
            case Started():
                self.operation, self.databases, self.total = event.operation, event.databases, event.total
                for alias, table in event.tables:
                    self._place(alias, table)
            case StepStarted():
                self.alias, self.step = event.alias, event.step
            case TableStarted():
                self.current = self._place(event.alias, event.table)
                self._set(self.current, State.AT_WORK, event.size, None)
            case TableDone():
                self._set(self._place(event.alias, event.table), State.DONE, event.size, event.rows)
            case Progress():
                self.done, self.total = event.done, event.total
                self._sample()
            case Warned() | Advised():
                self.warnings.append(event.message)
            case _ if isinstance(event, Done | Failed):
                self.ended = event

    def _place(self, alias: str, table: str) -> int:
        place = self._places.get((alias, table))
        if place is None:
            place = self._places[alias, table] = len(self.tables)
            self.tables.append(TableState(alias, table))
        return place

    def _set(self, place: int, state: State, size: int, rows: int | None) -> None:
        table = self.tables[place]
        table.state, table.size, table.rows = state, size, rows
        self.changed.add(place)

    def _sample(self) -> None:
        now = self.clock()
        self._samples.append((now, self.done))
        while len(self._samples) > 2 and now - self._samples[0][0] > WINDOW:
            self._samples.popleft()

    @property
    def share(self) -> float:
        """How far all of it is, between 0 and 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def speed(self) -> float | None:
        """Bytes a second of late; None until that can be told, and while an earlier part is only caught up with."""
        if len(self._samples) < 2:
            return None
        (then, before), (now, after) = self._samples[0], self._samples[-1]
        return (after - before) / (now - then) if now - then >= SOON and after > before else None

    @property
    def left(self) -> float | None:
        """Seconds until the end at this speed."""
        return (self.total - self.done) / self.speed if self.speed else None
