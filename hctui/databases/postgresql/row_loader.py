"""Loading of rows into a new database, several tables at once, each over its own connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import BinaryIO, cast

from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.copy_format import Columns, RowsSink, Write, copy_into, damaged_rows
from hctui.databases.postgresql.identifiers import display_name
from hctui.messages import N_, message
from hctui.model import DatabaseManifest, Part


class RowLoader:
    """Loads the rows of tables; after each, `rows` and `sizes` hold the number of its rows and bytes."""

    def __init__(
        self, alias: str, source: DatabaseManifest, connect: Callable[[], Connection], loaded: Callable[[str], None]
    ) -> None:
        """`loaded` is called with each table once its rows are committed; an error that it raises fails that table."""
        self._alias = alias
        self._expected = {table.name: table.rows for table in source.tables}
        self._connect = connect
        self._loaded = loaded
        self._idle: list[Connection] = []
        self._tables: dict[tuple[str, str], StoredTable] = {}
        self.rows: dict[str, int] = {}
        self.sizes: dict[str, int] = {}

    def set_tables(self, tables: Iterable[StoredTable]) -> None:
        """Set the tables that rows may be loaded into; called once the schema has created them."""
        self._tables = {(table.schema, table.table): table for table in tables}

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Give a stream that loads the rows of a table; several threads may call it. Raises `DatabaseDamaged` and others."""
        connection = self._idle_connection()
        sink = RowsSink(self._alias, part.table, partial(self._table, connection))
        with ExitStack() as unfinished:
            unfinished.callback(connection.close)
            unfinished.push(sink.discard)
            yield cast(BinaryIO, sink)
            sink.finish()
            self._check_count(part.table, sink.rows)
            connection.run("COMMIT")
            unfinished.pop_all()
        self._idle.append(connection)
        self.rows[part.table], self.sizes[part.table] = sink.rows, sink.size
        self._loaded(part.table)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _idle_connection(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _check_count(self, name: str, rows: int) -> None:
        """Raise `DatabaseDamaged` unless the number of rows is that in the manifest."""
        expected = self._expected.get(name)
        if expected not in (None, rows):
            raise damaged_rows(
                self._alias, name, message(N_("{rows} rows where there were {expected}"), rows=rows, expected=expected or 0)
            )

    @contextmanager
    def _table(self, connection: Connection, schema: str, table: str, columns: Columns) -> Iterator[Write]:
        """Open a table of the new database for rows. Raises `DatabaseDamaged` if there is none of that name."""
        found = self._tables.get((schema, table))
        if found is None:
            raise damaged_rows(self._alias, display_name(schema, table), N_("the schema does not make it"))
        connection.run("BEGIN" if found.condition is not None else f"BEGIN; TRUNCATE ONLY {found.sql}")
        with copy_into(connection, schema, table, columns, freeze=found.condition is None) as write:
            yield write
