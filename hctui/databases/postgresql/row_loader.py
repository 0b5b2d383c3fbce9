"""Rows of a backup on their way into a new database: each thread that brings a table has a connection to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, cast

from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.copy_format import Columns, RowsSink, Write, damaged, filling
from hctui.databases.postgresql.identifiers import shown
from hctui.messages import N_, message
from hctui.model import DatabaseManifest, Part


class RowLoader:
    """The tables of the new database, and what came into them so far."""

    def __init__(
        self, alias: str, source: DatabaseManifest, connect: Callable[[], Link], loaded: Callable[[str], None]
    ) -> None:
        """`loaded` is told of each table whose rows are there for good; what it raises fails that table."""
        self._alias = alias
        self._expected = {table.name: table.rows for table in source.tables}
        self._connect = connect
        self._loaded = loaded
        self._idle: list[Link] = []
        self._tables: dict[tuple[str, str], StoredTable] = {}
        self.rows: dict[str, int] = {}
        self.sizes: dict[str, int] = {}

    def begin(self, tables: Iterable[StoredTable]) -> None:
        """Say which tables there are, now that the schema has made them."""
        self._tables = {(table.schema, table.table): table for table in tables}

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Take the rows of a table; several threads may, each a table. Raises `DatabaseDamaged`, `ConnectionLost` …"""
        link = self._free()
        sink = RowsSink(self._alias, part.table, partial(self._filling, link))
        with ExitStack() as unfinished:
            unfinished.callback(link.close)
            unfinished.push(sink.discard)
            yield cast(BinaryIO, sink)
            sink.finish()
            self._count(part.table, sink.rows)
            link.run("COMMIT")
            unfinished.pop_all()
        self._idle.append(link)
        self.rows[part.table], self.sizes[part.table] = sink.rows, sink.size
        self._loaded(part.table)

    def close(self) -> None:
        """Close the connections that nobody uses any more."""
        while self._idle:
            self._idle.pop().close()

    def _free(self) -> Link:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _count(self, name: str, rows: int) -> None:
        """Raise `DatabaseDamaged` unless as many rows came in as the manifest says."""
        expected = self._expected.get(name)
        if expected not in (None, rows):
            raise damaged(
                self._alias, name, message(N_("{rows} rows where there were {expected}"), rows=rows, expected=expected or 0)
            )

    @contextmanager
    def _filling(self, link: Link, schema: str, table: str, columns: Columns) -> Iterator[Write]:
        """Fill a table of the new database. Raises `DatabaseDamaged` where there is none of that name."""
        found = self._tables.get((schema, table))
        if found is None:
            raise damaged(self._alias, shown(schema, table), N_("the schema does not make it"))
        link.run("BEGIN" if found.condition is not None else f"BEGIN; TRUNCATE ONLY {found.sql}")
        with filling(link, schema, table, columns, freeze=found.condition is None) as write:
            yield write
