"""Indexes and keys of a new database, made over two connections, each as soon as the rows that it needs are there.

One connection, in a thread of its own, makes them while the other loads the rows of further tables; once those are in, both do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition

from msgspec import Struct

from hctui.databases.postgresql.connection import Link, Look
from hctui.databases.postgresql.dump_script import Entry, table_of_index
from hctui.databases.postgresql.identifiers import plain, shown
from hctui.databases.postgresql.script_runner import replay
from hctui.errors import Cancelled, HctuiError

_LOOK_SECONDS = 0.2
_NAME = rb'("(?:[^"]|"")+"|[^\s".;(),]+)'
_CONSTRAINT = re.compile(rb"^ALTER TABLE ONLY %b\.%b\n    ADD CONSTRAINT %b " % (_NAME, _NAME, _NAME), re.M)
_FOREIGN_KEY = re.compile(
    _CONSTRAINT.pattern + rb"FOREIGN KEY \(%b(?:, %b)*\) REFERENCES %b\.%b\(" % (_NAME, _NAME, _NAME, _NAME), re.M
)


class _Task(Struct, frozen=True, eq=False):
    entry: Entry
    tables: frozenset[str]
    """Those whose rows it needs, and locks."""

    @property
    def is_key(self) -> bool:
        """Tell whether it is a foreign key, which needs indexes."""
        return self.entry.kind == "FK CONSTRAINT"

    def goes_with(self, other: _Task) -> bool:
        """Tell whether both can be made at the same time: only plain indexes share a table."""
        return self.entry.kind == other.entry.kind == "INDEX" or not self.tables & other.tables


class Building:
    """What is to be made, and the thread that makes it. `stop` must be called in the end."""

    def __init__(self, connect: Callable[[], Link]) -> None:
        self._connect = connect
        self._waiting: list[_Task] = []
        self._running: list[_Task] = []
        self._loaded: set[str] = set()
        self._changed = Condition()
        self._ended = False
        self._pool = ThreadPoolExecutor(1, "indexes")
        self._helper: Future[list[str]] | None = None

    def take(self, entries: Iterable[Entry], tables: Iterable[str]) -> list[Entry]:
        """Take over what needs nothing but the rows of `tables`; return the other entries, settings of the session kept."""
        there = frozenset(tables)
        others: list[Entry] = []
        session = b""
        for entry in entries:
            session = entry.session or session
            needed = _tables_of(entry)
            if needed and needed <= there:
                self._waiting.append(_Task(Entry(entry.name, entry.kind, entry.schema, session + entry.text), needed))
                others.append(Entry("", "", "", entry.session))
            else:
                others.append(entry)
        return others

    def loaded(self, table: str) -> None:
        """Say that the rows of a table are there. Raises what failed so far."""
        with self._changed:
            self._loaded.add(table)
            self._changed.notify_all()
            if self._helper is None and any(map(self._is_ready, self._waiting)):
                self._helper = self._pool.submit(self._help)
        if self._helper is not None and self._helper.done():
            self._helper.result()

    def finish(self, link: Link, look: Look) -> list[str]:
        """Make over `link`, too, until all is made; return what was not allowed of owners. Raises what fails first."""

        def look_around(size: int) -> None:
            if self._ended:
                raise Cancelled()
            look(size)

        try:
            with self._changed:
                self._loaded.update(*(task.tables for task in self._waiting))
                self._changed.notify_all()
            refused = self._work(link, look_around, to_the_end=True)
        except HctuiError as error:
            self.stop()
            raise self._first_failure(error) from error
        self.stop()
        return refused + (self._helper.result() if self._helper is not None else [])

    def stop(self) -> None:
        """Let the thread end; what it was making is given up."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._pool.shutdown()

    def _first_failure(self, error: HctuiError) -> BaseException:
        """Return what made the others stop."""
        first = self._helper.exception() if self._helper is not None else None
        return error if first is None or isinstance(first, Cancelled) else first

    def _help(self) -> list[str]:
        def look(_: int) -> None:
            if self._ended:
                raise Cancelled()

        try:
            with self._connect() as link:
                return self._work(link, look, to_the_end=False)
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _work(self, link: Link, look: Look, *, to_the_end: bool) -> list[str]:
        refused: list[str] = []
        while (task := self._next(look, to_the_end=to_the_end)) is not None:
            refused += replay(link, [task.entry], look)
            with self._changed:
                self._running.remove(task)
                self._changed.notify_all()
        return refused

    def _next(self, look: Look, *, to_the_end: bool) -> _Task | None:
        """Wait for what can be made now; None once it is over."""
        with self._changed:
            while not self._ended and not (to_the_end and not self._waiting and not self._running):
                task = next(filter(self._is_ready, self._waiting), None)
                if task is not None:
                    self._waiting.remove(task)
                    self._running.append(task)
                    return task
                self._changed.wait(_LOOK_SECONDS)
                if not self._ended:
                    look(0)
        return None

    def _is_ready(self, task: _Task) -> bool:
        if not task.tables <= self._loaded or not all(map(task.goes_with, self._running)):
            return False
        return not task.is_key or not any(other.tables & task.tables for other in self._waiting if not other.is_key)


def _tables_of(entry: Entry) -> frozenset[str]:
    """Return the tables that an index or a key needs; nothing for what is neither, or concerns partitioned tables."""
    if entry.kind == "INDEX":
        return frozenset(filter(None, (table_of_index(entry),)))
    if entry.kind == "CONSTRAINT" and (found := _CONSTRAINT.search(entry.text)):
        return frozenset((_shown(found[1], found[2]),))
    if entry.kind == "FK CONSTRAINT" and (found := _FOREIGN_KEY.search(entry.text)):
        return frozenset((_shown(found[1], found[2]), _shown(*found.groups()[-2:])))
    return frozenset()


def _shown(schema: bytes, table: bytes) -> str:
    return shown(plain(schema.decode(errors="replace")), plain(table.decode(errors="replace")))
