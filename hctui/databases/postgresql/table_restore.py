"""Partial restore: the rows of some tables are replaced in one transaction of the live database.

The rows are staged on this machine and checked before the live database is touched. Live definitions stay; only tables that no
longer exist are created as they were. The replaced rows become the undo (`table_swap`).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from hctui.databases.engine import RestorationOutcome, RestorationRequest
from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.copy_format import RowsFile
from hctui.databases.postgresql.dump_script import entries_of_table, join_entries, parse_script
from hctui.databases.postgresql.layout import AFTER, BEFORE, SEQUENCES, is_rows
from hctui.databases.postgresql.schema_diff import refuse_drift, refuse_generated
from hctui.databases.postgresql.server import Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.databases.postgresql.table_swap import Definitions, TableChange, TableRows, change_tables, stored_rows
from hctui.databases.postgresql.verify import check_rows
from hctui.disk.errors import writing
from hctui.errors import TableRefused
from hctui.events import Reporter
from hctui.messages import N_
from hctui.model import Database, Part, Table

_SETVAL = re.compile(r"SELECT pg_catalog\.setval\((.+), (-?\d+), (true|false)\);")


@contextmanager
def open_restoration(database: Database, server: Server, request: RestorationRequest) -> Iterator[TableRestoration]:
    """Begin a partial restore with a private staging folder on this machine."""
    server.lock()
    if not request.disconnect:
        server.refuse_sessions(disconnect=False)
    try:
        with writing(tempfile.gettempdir()):
            folder = tempfile.TemporaryDirectory(prefix="hctui-")
        with folder as path:
            yield TableRestoration(database, server, request, Path(path))
    finally:
        server.roll_back()
        server.unlock()


class TableRestoration:
    """A partial restore under way."""

    any_order = False

    def __init__(self, database: Database, server: Server, request: RestorationRequest, folder: Path) -> None:
        self._database = database
        self._server = server
        self._request = request
        self._source = request.source
        self._folder = folder
        self._files: dict[str, Path] = {}
        with server.open_live() as connection:
            self._live = {table.name: table for table in catalogue.read_tables(connection)}

    def wanted(self) -> tuple[Part, ...]:
        """Return the rows of the tables, and the schema if one no longer exists. Raises `TableRefused`, `SchemaDrift`."""
        alias, tables = self._database.alias, self._request.tables
        refuse_drift(alias, self._source, tables, self._live)
        rows = {part.table: part for part in self._source.parts if is_rows(part)}
        for name in tables:
            if name not in rows:
                raise TableRefused(alias=alias, table=name, reason=N_("it is not in the backup."))
        missing = any(name not in self._live for name in tables)
        scripts = (BEFORE, SEQUENCES, AFTER) if missing else (SEQUENCES,)
        return (*(part for part in self._source.parts if part.path in scripts), *(rows[name] for name in tables))

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Give a new file in the staging folder."""
        path = self._folder / str(len(self._files))
        with writing(path):
            file = path.open("xb")
        with ExitStack() as unfinished:
            unfinished.callback(path.unlink)
            with file:
                yield file
            unfinished.pop_all()
        self._files[part.path] = path

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged rows. Raises `DatabaseDamaged`, `SchemaDrift`."""
        listed = {table.name: table for table in self._source.tables}
        for part in self._source.parts:
            if part.path in self._files and is_rows(part):
                with writing(part.path):
                    check_rows(self._files[part.path], self._source, part, listed.get(part.table), reporter.advance)
                    file = RowsFile(self._database.alias, part.table, self._files[part.path])
                if part.table in self._live:
                    refuse_generated(self._database.alias, self._live[part.table], file.columns)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Lock the tables, keep their rows, replace them, check every foreign key, and commit all of it or nothing."""
        reporter.advance(0)
        rows: dict[str, TableRows] = {}
        for part in self._source.parts:
            if part.path in self._files and is_rows(part):
                file = RowsFile(self._database.alias, part.table, self._files[part.path])
                rows[part.table] = TableRows(file.schema, file.table, file.columns, file.blocks)
        created = {name: self._definitions(name) for name in self._request.tables if name not in self._live}
        change = TableChange(rows, create=created, drop={}, sequences=self._sequences())
        alone = self._request.disconnect
        if not alone:
            self._server.refuse_sessions(disconnect=False)
        record = Record("undo", self._server.name, origin=self._request.origin, kind="tables", tables=self._request.tables)
        counted = change_tables(self._server, change, record, reporter.advance, alone=alone)
        return RestorationOutcome(tuple(_outcome(self._database, self._server, counted)))

    def _definitions(self, name: str) -> Definitions:
        before, after = (
            join_entries(entries_of_table(parse_script(self._files[path].read_bytes()), name)) for path in (BEFORE, AFTER)
        )
        indexes = "".join(f"{each.definition}\n" for each in self._source.indexes if each.table == name)
        return before.decode(errors="surrogateescape"), indexes + after.decode(errors="surrogateescape")

    def _sequences(self) -> dict[str, tuple[int, bool]]:
        """Return (last value, whether it was used) of the sequences in the backup, by their name as an SQL string."""
        states: dict[str, tuple[int, bool]] = {}
        if SEQUENCES in self._files:
            for line in self._files[SEQUENCES].read_text("utf-8", "replace").splitlines():
                if matched := _SETVAL.fullmatch(line):
                    states[matched.group(1)] = int(matched.group(2)), matched.group(3) == "true"
        return states


def undo(database: Database, server: Server, record: Record, reporter: Reporter) -> RestorationOutcome:
    """Put back the rows that a partial restore replaced; tables that it created are dropped, and kept for the next undo."""
    with Connection(server.address, server.undo) as store:
        server.own_processes.add(store.process)
        rows = stored_rows(store)
        change = TableChange(rows, create=record.dropped, drop=record.created, sequences={})
        replaced = Record("undo", server.name, origin=record.origin, kind="tables", tables=record.tables)
        counted = change_tables(server, change, replaced, reporter.advance, store=store)
    return RestorationOutcome(tuple(_outcome(database, server, counted)))


def _outcome(database: Database, server: Server, counted: Mapping[str, int]) -> Iterator[Table]:
    with server.open_live() as connection:
        for table in catalogue.read_tables(connection):
            if table.name in counted:
                role = role_of_table(database, table)
                yield Table(table.name, role, counted[table.name], table.size, columns=table.columns)
