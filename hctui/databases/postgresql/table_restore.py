"""Partial restore: rows of the ticked tables are replaced in one transaction, and those that were there kept beside."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from hctui.databases.engine import RestorationOutcome, RestorationRequest
from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.copy_format import RowsFile
from hctui.databases.postgresql.dump_script import entries, join, of_table
from hctui.databases.postgresql.layout import AFTER, BEFORE, SEQUENCES, is_rows
from hctui.databases.postgresql.schema_diff import refuse_drift
from hctui.databases.postgresql.server import Record, Server
from hctui.databases.postgresql.snapshot import role_of_table
from hctui.databases.postgresql.table_swap import Change, Definitions, Rows, change_tables, stored_rows
from hctui.databases.postgresql.verify import check_rows
from hctui.disk.errors import writing
from hctui.errors import SchemaDrift, TableRefused
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Database, Part, Table

_SETVAL = re.compile(r"SELECT pg_catalog\.setval\((.+), (-?\d+), (true|false)\);")


@contextmanager
def begun(database: Database, server: Server, request: RestorationRequest) -> Iterator[PartialRestoration]:
    """Begin a partial restore, its parts staged in a private folder of this machine."""
    server.hold()
    if not request.disconnect:
        server.refuse_sessions(disconnect=False)
    try:
        with writing(tempfile.gettempdir()):
            folder = tempfile.TemporaryDirectory(prefix="hctui-")
        with folder as path:
            yield PartialRestoration(database, server, request, Path(path))
    finally:
        server.give_up()
        server.let_go()


class PartialRestoration:
    """A partial restore under way. The live definitions stay; only tables that are gone are made as they were."""

    any_order = False

    def __init__(self, database: Database, server: Server, request: RestorationRequest, folder: Path) -> None:
        self._database = database
        self._server = server
        self._request = request
        self._source = request.source
        self._folder = folder
        self._files: dict[str, Path] = {}
        with server.open_live() as link:
            self._live = {table.name: table for table in catalogue.read_tables(link)}

    def wanted(self) -> tuple[Part, ...]:
        """Return the rows of the ticked tables; where one is gone, the schema, too. Raises `TableRefused`, `SchemaDrift`."""
        alias, tables = self._database.alias, self._request.tables
        refuse_drift(alias, self._source, tables, self._live)
        rows = {part.table: part for part in self._source.parts if is_rows(part)}
        for name in tables:
            if name not in rows:
                raise TableRefused(alias=alias, table=name, reason=N_("it is not in the backup."))
        gone = any(name not in self._live for name in tables)
        scripts = (BEFORE, SEQUENCES, AFTER) if gone else (SEQUENCES,)
        return (*(part for part in self._source.parts if part.path in scripts), *(rows[name] for name in tables))

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Open the file that a part is staged in."""
        path = self._folder / str(len(self._files))
        with writing(path):
            file = path.open("xb")
        with ExitStack() as unfinished:
            unfinished.callback(path.unlink)
            with file:
                yield cast(BinaryIO, file)
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
                self._refuse_other_columns(part.table, file)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Lock, keep the old rows, replace them, check every foreign key, and commit all of it or nothing."""
        reporter.advance(0)
        rows: dict[str, Rows] = {}
        for part in self._source.parts:
            if part.path in self._files and is_rows(part):
                file = RowsFile(self._database.alias, part.table, self._files[part.path])
                rows[part.table] = Rows(file.schema, file.table, file.columns, file.blocks)
        made = {name: self._definitions(name) for name in self._request.tables if name not in self._live}
        change = Change(rows, create=made, drop={}, sequences=self._sequences())
        alone = self._request.disconnect
        if not alone:
            self._server.refuse_sessions(disconnect=False)
        record = Record("undo", self._server.name, origin=self._request.origin, kind="tables", tables=self._request.tables)
        counted = change_tables(self._server, change, record, reporter.advance, alone=alone)
        return RestorationOutcome(tuple(_outcome(self._database, self._server, counted)))

    def _refuse_other_columns(self, name: str, file: RowsFile) -> None:
        live = self._live.get(name)
        if live is not None:
            for column in file.columns:
                if column not in live.stored:
                    reason = message(N_("column {column} was computed, or is now."), column=column)
                    raise SchemaDrift(alias=self._database.alias, table=name, reason=reason)

    def _definitions(self, name: str) -> Definitions:
        before, after = (join(of_table(entries(self._files[path].read_bytes()), name)) for path in (BEFORE, AFTER))
        indexes = "".join(f"{each.definition}\n" for each in self._source.indexes if each.table == name)
        return before.decode(errors="surrogateescape"), indexes + after.decode(errors="surrogateescape")

    def _sequences(self) -> dict[str, tuple[int, bool]]:
        """Return where sequences stood, by their name as an SQL string."""
        found: dict[str, tuple[int, bool]] = {}
        if SEQUENCES in self._files:
            for line in self._files[SEQUENCES].read_text("utf-8", "replace").splitlines():
                if matched := _SETVAL.fullmatch(line):
                    found[matched.group(1)] = int(matched.group(2)), matched.group(3) == "true"
        return found


def undo(database: Database, server: Server, record: Record, reporter: Reporter) -> RestorationOutcome:
    """Put back the rows that a partial restore replaced; tables that it made are dropped, and kept in their turn."""
    with closing(Link(server.address, server.undo)) as store:
        server.own.add(store.process)
        rows = stored_rows(store)
        change = Change(rows, create=record.dropped, drop=record.created, sequences={})
        replaced = Record("undo", server.name, origin=record.origin, kind="tables", tables=record.tables)
        counted = change_tables(server, change, replaced, reporter.advance, store=store)
    return RestorationOutcome(tuple(_outcome(database, server, counted)))


def _outcome(database: Database, server: Server, counted: Mapping[str, int]) -> Iterator[Table]:
    with server.open_live() as link:
        for table in catalogue.read_tables(link):
            if table.name in counted:
                role = role_of_table(database, table)
                yield Table(table.name, role, counted[table.name], table.size, columns=table.columns)
