"""Creation of the indexes and keys of a new database, each as soon as the rows that it needs are loaded.

One connection, in a thread of its own, creates them while others load the rows of further tables; once all rows are loaded, the
caller's connection helps. Two tasks run at the same time only if they lock no table in common, or are both plain indexes; a
foreign key waits until no index or other key of its tables is waiting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition

from msgspec import Struct

from hctui.databases.postgresql.connection import Advance, Connection
from hctui.databases.postgresql.dump_script import DumpEntry, table_of_index
from hctui.databases.postgresql.identifiers import display_name, unquoted
from hctui.databases.postgresql.script_runner import run_entries
from hctui.errors import Cancelled, HctuiError

_POLL_SECONDS = 0.2
_NAME = rb'("(?:[^"]|"")+"|[^\s".;(),]+)'
_CONSTRAINT = re.compile(rb"^ALTER TABLE ONLY %b\.%b\n    ADD CONSTRAINT %b " % (_NAME, _NAME, _NAME), re.M)
_FOREIGN_KEY = re.compile(
    _CONSTRAINT.pattern + rb"FOREIGN KEY \(%b(?:, %b)*\) REFERENCES %b\.%b\(" % (_NAME, _NAME, _NAME, _NAME), re.M
)


class _Task(Struct, frozen=True, eq=False):
    entry: DumpEntry
    tables: frozenset[str]
    """The tables whose rows it needs, and which it locks."""

    @property
    def is_key(self) -> bool:
        """Return whether it is a foreign key, which needs unique indexes."""
        return self.entry.kind == "FK CONSTRAINT"

    def goes_with(self, other: _Task) -> bool:
        """Return whether both can run at the same time."""
        return self.entry.kind == other.entry.kind == "INDEX" or not self.tables & other.tables


class IndexBuilder:
    """Creates indexes and keys in a thread; `stop` must be called in the end."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._waiting: list[_Task] = []
        self._running: list[_Task] = []
        self._loaded: set[str] = set()
        self._changed = Condition()
        self._ended = False
        self._pool = ThreadPoolExecutor(1, "indexes")
        self._thread: Future[list[str]] | None = None

    def add(self, entries: Iterable[DumpEntry], tables: Iterable[str]) -> list[DumpEntry]:
        """Add the indexes and keys that need rows of `tables` only; return the other entries, with all session settings."""
        available = frozenset(tables)
        others: list[DumpEntry] = []
        session = b""
        for entry in entries:
            session = entry.session or session
            needed = _tables_of(entry)
            if needed and needed <= available:
                self._waiting.append(_Task(DumpEntry(entry.name, entry.kind, entry.schema, session + entry.text), needed))
                others.append(DumpEntry("", "", "", entry.session))
            else:
                others.append(entry)
        return others

    def rows_loaded(self, table: str) -> None:
        """Report that the rows of a table are loaded. Raises the error that ended the thread, if any."""
        with self._changed:
            self._loaded.add(table)
            self._changed.notify_all()
            if self._thread is None and any(map(self._is_ready, self._waiting)):
                self._thread = self._pool.submit(self._run_thread)
        if self._thread is not None and self._thread.done():
            self._thread.result()

    def finish(self, connection: Connection, advance: Advance) -> list[str]:
        """Create the rest, also over `connection`; return messages about refused owners. Raises the first error of both."""
        try:
            with self._changed:
                self._loaded.update(*(task.tables for task in self._waiting))
                self._changed.notify_all()
            refused = self._work(connection, self._until_ended(advance), until_all_done=True)
        except HctuiError as error:
            self.stop()
            raise self._first_failure(error) from error
        self.stop()
        return refused + (self._thread.result() if self._thread is not None else [])

    def stop(self) -> None:
        """End the thread and cancel what it is running."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._pool.shutdown()

    def _first_failure(self, error: HctuiError) -> BaseException:
        """Return the error that made the others stop."""
        first = self._thread.exception() if self._thread is not None else None
        return error if first is None or isinstance(first, Cancelled) else first

    def _run_thread(self) -> list[str]:
        try:
            with self._connect() as connection:
                return self._work(connection, self._until_ended(lambda _: None), until_all_done=False)
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _until_ended(self, advance: Advance) -> Advance:
        def advance_until_ended(size: int) -> None:
            if self._ended:
                raise Cancelled()
            advance(size)

        return advance_until_ended

    def _work(self, connection: Connection, advance: Advance, *, until_all_done: bool) -> list[str]:
        refused: list[str] = []
        while (task := self._next(advance, until_all_done=until_all_done)) is not None:
            refused += run_entries(connection, [task.entry], advance)
            with self._changed:
                self._running.remove(task)
                self._changed.notify_all()
        return refused

    def _next(self, advance: Advance, *, until_all_done: bool) -> _Task | None:
        """Wait for a task that can run now; return None once there is none left, or the builder has ended."""
        with self._changed:
            while not self._ended and not (until_all_done and not self._waiting and not self._running):
                task = next(filter(self._is_ready, self._waiting), None)
                if task is not None:
                    self._waiting.remove(task)
                    self._running.append(task)
                    return task
                self._changed.wait(_POLL_SECONDS)
                if not self._ended:
                    advance(0)
        return None

    def _is_ready(self, task: _Task) -> bool:
        if not task.tables <= self._loaded or not all(map(task.goes_with, self._running)):
            return False
        return not task.is_key or not any(other.tables & task.tables for other in self._waiting if not other.is_key)


def _tables_of(entry: DumpEntry) -> frozenset[str]:
    """Return the tables that an index or a key needs; none for other entries and for partitioned tables."""
    if entry.kind == "INDEX":
        return frozenset(filter(None, (table_of_index(entry),)))
    if entry.kind == "CONSTRAINT" and (found := _CONSTRAINT.search(entry.text)):
        return frozenset((_display_name(found[1], found[2]),))
    if entry.kind == "FK CONSTRAINT" and (found := _FOREIGN_KEY.search(entry.text)):
        return frozenset((_display_name(found[1], found[2]), _display_name(*found.groups()[-2:])))
    return frozenset()


def _display_name(schema: bytes, table: bytes) -> str:
    return display_name(unquoted(schema.decode(errors="replace")), unquoted(table.decode(errors="replace")))
