"""The staged database of a restore, which whole and partial restores share, and the partial restore."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from hctui.databases.engine import RestorationOutcome, RestorationRequest
from hctui.databases.sqlite.connection import SIDE_SUFFIXES, connect, mapped, quoted, reading
from hctui.databases.sqlite.copy_rows import Statistics, create_all, drop_all
from hctui.databases.sqlite.locking import exclusive
from hctui.databases.sqlite.schema import Definition, Schema, folded, read_schema
from hctui.databases.sqlite.schema_diff import refuse_drift, refuse_encoding
from hctui.databases.sqlite.snapshot import DatabaseFile
from hctui.databases.sqlite.swap import swap_files, warning_of_disk_errors
from hctui.databases.sqlite.table_swap import TableChange, replace_tables
from hctui.databases.sqlite.undo_store import Kind, UndoStore, new_record
from hctui.databases.sqlite.verify import check, main_part
from hctui.disk.descriptors import open_private
from hctui.errors import DatabaseDamaged, TableRefused
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Part, Table

_INDEX = re.compile(r"CREATE (UNIQUE )?INDEX \S")


class StagedDatabase:
    """The database of a backup, unpacked in a private folder; the base of both kinds of restore."""

    any_order = False

    def __init__(self, target: DatabaseFile, request: RestorationRequest, folder: Path) -> None:
        self.target = target
        self.alias = target.database.alias
        self.live = target.path
        self.request = request
        self.folder = folder
        self.file = folder / "database"
        self.schema = Schema()
        self.counts: dict[str, int | None] = {}
        """Rows of each staged table by folded name, once it is checked."""
        self.left_out = {folded(table.name) for table in request.source.tables if table.left_out}

    def wanted(self) -> tuple[Part, ...]:
        """Return the database file, and its log or journal if another program packed one."""
        main_part(self.request.source)
        return self.request.source.parts

    @contextmanager
    def receive(self, part: Part) -> Iterator[BinaryIO]:
        """Open the staged file of `part` for writing; it is removed if the block fails."""
        suffix = next((suffix for suffix in SIDE_SUFFIXES if part.path.endswith(suffix)), "")
        path = Path(f"{self.file}{suffix}")
        with mapped(self.alias, path):
            descriptor = open_private(path, os.O_WRONLY | os.O_TRUNC)
        with ExitStack() as unfinished:
            unfinished.callback(path.unlink)
            with open(descriptor, "wb") as sink:
                yield sink
            unfinished.pop_all()

    def check(self, reporter: Reporter) -> None:
        """Switch the staged database to a rollback journal and check it against the manifest."""
        with self.reading_staged(), closing(connect(self.file, "rw")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            self.counts = check(connection, self.request.source, reporter, set(map(folded, self.request.tables)))

    @contextmanager
    def reading_staged(self) -> Iterator[None]:
        """Map errors; damage found in the block is reported as damage of the backup, not of the live database."""
        try:
            with mapped(self.alias, self.file):
                yield
        except DatabaseDamaged as error:
            reason = message(N_("in the backup, {reason}"), reason=error.message.values["reason"])
            raise DatabaseDamaged(alias=self.alias, reason=reason) from error

    def refuse_missing(self, staged: Schema, tables: tuple[str, ...]) -> None:
        """Raise `TableRefused` if one of `tables` is not in the backup."""
        for name in tables:
            if folded(name) in self.left_out:
                raise TableRefused(alias=self.alias, table=name, reason=N_("it was left out of the backup."))
            if staged.find(name) is None:
                raise TableRefused(alias=self.alias, table=name, reason=N_("it is not in the backup."))

    def missing_indexes(self, staged: Schema) -> list[Definition]:
        """Return the indexes which the backup left out. Raises `TableRefused` if a definition is not one of an index."""
        present = {folded(index.name) for index in staged.indexes}
        missing = []
        for index in self.request.source.indexes:
            if not _INDEX.match(index.definition):
                raise TableRefused(alias=self.alias, table=index.table, reason=N_("the definition of an index is none."))
            if folded(index.name) not in present and staged.find(index.table) is not None:
                missing.append(Definition("index", index.name, index.table, index.definition))
        return missing

    def left_out_statistics(self) -> Statistics:
        """Return the results of ANALYZE for the indexes that the backup left out."""
        try:
            return msgspec.convert(self.request.source.details.get("statistics", ()), Statistics)
        except msgspec.ValidationError:
            return []

    def create_database(self, store: UndoStore, wanted: set[str], reporter: Reporter, *, views: bool) -> RestorationOutcome:
        """Restore to a location without a database: only the tables `wanted` (folded), and views if asked for."""
        with closing(connect(self.file, "rw")) as connection:
            schema = read_schema(connection)
            unwanted = [table for key, table in schema.tables.items() if key not in wanted]
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("BEGIN")
            for table in unwanted:
                connection.execute(f"DROP TABLE {quoted(table.name)}")
            if not views:
                drop_all(connection, schema.views.values(), "main")
            create_all(connection, self.alias, self.missing_indexes(read_schema(connection)), "main")
            connection.execute("COMMIT")
            if self.request.source.details.get("journal_mode") == "wal":
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            outcome = self.all_replaced(connection)
        mode = self.request.source.details.get("mode")
        os.chmod(self.file, mode & 0o666 | 0o600 if isinstance(mode, int) else 0o600)
        return self.swap_in(store, Kind.ABSENT, outcome, reporter)

    def swap_in(self, store: UndoStore, kind: Kind, outcome: RestorationOutcome, reporter: Reporter) -> RestorationOutcome:
        """Replace what is at the location, if anything, by the staged file."""
        record = new_record(self.request.origin, kind, tuple(table.name for table in outcome.tables))
        swap_files(store, self.live, {"": self.file}, record, reporter)
        return outcome

    def all_replaced(self, connection: sqlite3.Connection) -> RestorationOutcome:
        """Return the outcome of a restore of all tables in main."""
        return RestorationOutcome(self.outcome_tables(connection, set(read_schema(connection).tables)))

    def outcome_tables(self, connection: sqlite3.Connection, names: set[str]) -> tuple[Table, ...]:
        """Return the tables called `names` (folded), as they are now in `connection`."""
        known = {folded(table.name): table for table in self.request.source.tables}
        found = []
        for key, table in read_schema(connection).tables.items():
            if key in names:
                listed = known.get(key, Table(table.name))
                columns = tuple(column.name for column in table.columns)
                found.append(
                    Table(
                        table.name,
                        self.target.role(table),
                        self.counts.get(key),
                        listed.size,
                        listed.index_size,
                        columns=columns,
                    )
                )
        return tuple(found)


class PartialRestoration(StagedDatabase):
    """A partial restore: rows of the chosen tables replace those of the live database in one transaction.

    The live definitions of the tables stay; a table that was dropped since is made with the definition in the backup.
    """

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged database and compare its chosen tables with the live ones. Raises `SchemaDrift`."""
        self.check(reporter)
        with self.reading_staged(), closing(connect(self.file, "rw")) as connection:
            staged = read_schema(connection)
            self.refuse_missing(staged, self.request.tables)
            self.missing_indexes(staged)
        if self.live.exists():
            with mapped(self.alias, self.live), reading(self.live) as live:
                refuse_encoding(self.alias, live, self.file)
                refuse_drift(self.alias, staged, read_schema(live), self.request.tables)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Lock the database, compare again, keep the old rows in the undo copy, and replace them."""
        reporter.advance(0)
        store = UndoStore(self.live)
        with mapped(self.alias, self.live):
            if not self.live.exists():
                return self.create_database(store, {folded(name) for name in self.request.tables}, reporter, views=False)
            with exclusive(self.alias, self.live) as live:
                refuse_encoding(self.alias, live, self.file)
                names = replace_tables(live, store, self._change(), reporter)
                replaced = tuple(map(Table, names))
                with warning_of_disk_errors(reporter):
                    replaced = self.outcome_tables(live, set(map(folded, names)))
                return RestorationOutcome(replaced)

    def _change(self) -> TableChange:
        source = self.request.source
        return TableChange(
            self.alias,
            self.file,
            self.request.tables,
            self.request.drop,
            self.request.origin,
            source.indexes,
            self.counts,
            {folded(table.name): table.size + table.index_size for table in source.tables},
        )
