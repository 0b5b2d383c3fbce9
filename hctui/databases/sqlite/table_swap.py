"""The replacement of the rows of some tables by those of another file, in one transaction, with an undo copy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from hctui.databases.sqlite import foreign_keys
from hctui.databases.sqlite.connection import interruptible, quoted
from hctui.databases.sqlite.copy_rows import (
    copy_rows,
    copy_whole_tables,
    create_all,
    create_table,
    drop_all,
    naming,
    put_statistics,
    rebuild_text_indexes,
    statistics,
)
from hctui.databases.sqlite.foreign_keys import Violations
from hctui.databases.sqlite.schema import Definition, Schema, StoredTable, folded, read_schema
from hctui.databases.sqlite.schema_diff import refuse_drift
from hctui.databases.sqlite.swap import keeping_undo, raise_schema_version, schema_version
from hctui.databases.sqlite.undo_store import Kind, UndoStore, new_record
from hctui.disk.descriptors import open_private
from hctui.errors import ForeignKeysBroken, SchemaDrift
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import IndexDefinition


class TableChange(Struct, frozen=True):
    """The tables to replace, and the file to replace them from."""

    alias: str
    file: Path
    tables: tuple[str, ...]
    drop: tuple[str, ...] = ()
    origin: str = ""
    indexes: Sequence[IndexDefinition] = ()
    """Indexes that the file does not have, for tables that must be made."""
    counts: Mapping[str, int | None] = field(default_factory=dict)
    """Rows of the tables in the file, by folded name."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of the tables in the file, by folded name."""


def replace_tables(live: sqlite3.Connection, store: UndoStore, change: TableChange, reporter: Reporter) -> tuple[str, ...]:
    """Replace the tables of the database that `live` holds locked; return their names.

    The live definitions stay and only rows are replaced, so that indexes and triggers made since go on working. A table that
    was dropped since is made again. Raises `SchemaDrift`, `TableRefused`, `ForeignKeysBroken`; nothing is changed then.
    """
    live.execute("ATTACH ? AS staged", (f"{change.file.absolute().as_uri()}?mode=ro&immutable=1",))
    staged, now = read_schema(live, "staged"), read_schema(live)
    refuse_drift(change.alias, staged, now, change.tables)
    replaced = [staged.tables[folded(name)] for name in change.tables]
    existing = [now.tables[key] for key in dict.fromkeys(map(folded, (*change.tables, *change.drop))) if key in now.tables]
    created = tuple(table.name for table in replaced if now.find(table.name) is None)
    names = tuple(table.name for table in replaced)
    with keeping_undo(live, store, reporter) as undo, interruptible(live, reporter.advance):
        _copy_to_undo(live, undo, change.alias, existing, now)
        record = new_record(change.origin, Kind.TABLES, (*names, *change.drop), before=schema_version(live))
        store.write(replace(record, created=created, indexes=_definitions(now, existing)))
        live.execute("PRAGMA main.foreign_keys = OFF")
        _Replacement(live, change, staged, now, replaced).run(reporter)
    return names


def _definitions(schema: Schema, tables: list[StoredTable]) -> tuple[IndexDefinition, ...]:
    found = schema.indexes_of(table.name for table in tables)
    return tuple(IndexDefinition(index.name, index.table, index.sql) for index in found)


def _copy_to_undo(live: sqlite3.Connection, undo: Path, alias: str, tables: list[StoredTable], schema: Schema) -> None:
    """Copy the tables as they are into the new file `undo`, without their indexes."""
    os.close(open_private(undo, os.O_WRONLY | os.O_EXCL))
    live.execute("ATTACH ? AS kept", (f"{undo.absolute().as_uri()}?mode=rw",))
    live.execute("PRAGMA kept.journal_mode = OFF").fetchone()
    live.execute("PRAGMA kept.synchronous = OFF")
    live.execute("BEGIN")
    copy_whole_tables(live, alias, tables, schema, "main", "kept", indexes=False)
    live.execute("COMMIT")
    live.execute("DETACH kept")


class _Replacement(Struct):
    """The transaction, which may be done twice."""

    live: sqlite3.Connection
    change: TableChange
    staged: Schema
    now: Schema
    replaced: list[StoredTable]

    def run(self, reporter: Reporter) -> None:
        """Replace, check foreign keys and commit; violations that the live database or the backup already had are allowed."""
        self._apply(reporter)
        broken = self._violations("main")
        if broken:
            broken -= self._violations("staged")
        if broken:
            self.live.execute("ROLLBACK")
            broken -= self._violations("main")
            if broken:
                raise ForeignKeysBroken(alias=self.change.alias, tables=foreign_keys.named(broken))
            self._apply(reporter)
        reporter.advance(0)
        raise_schema_version(self.live)
        self.live.execute("COMMIT")

    def _violations(self, schema: str) -> Violations:
        changed = {folded(table.name) for table in self.replaced} | {folded(name) for name in self.change.drop}
        return foreign_keys.violations(self.live, schema, foreign_keys.affected_tables(self.live, schema, changed))

    def _apply(self, reporter: Reporter) -> None:
        live, names = self.live, [table.name for table in self.replaced]
        created = [name for name in names if self.now.find(name) is None]
        indexes, triggers = self.now.indexes_of(names), self.now.triggers_of(names)
        live.execute("BEGIN IMMEDIATE")
        found = statistics(live, "main", names)
        drop_all(live, triggers, "main")
        drop_all(live, indexes, "main")
        for name in self.change.drop:
            if self.now.find(name) is not None:
                live.execute(f"DROP TABLE main.{quoted(name)}")
        for table in self.replaced:
            size = self.change.sizes.get(folded(table.name), 0)
            reporter.table_started(self.change.alias, table.name, size)
            with naming(self.change.alias, table.name):
                self._replace_rows(table, table.name in created)
            reporter.advance(size)
        create_all(live, self.change.alias, indexes + self._indexes_of(created), "main")
        create_all(live, self.change.alias, triggers + self.staged.triggers_of(created), "main")
        put_statistics(live, "main", found)
        changed = {folded(name) for name in (*names, *self.change.drop)}
        rebuild_text_indexes(live, "main", changed)

    def _indexes_of(self, created: list[str]) -> list[Definition]:
        wanted, present = {folded(name) for name in created}, {folded(each.name) for each in self.staged.indexes}
        left_out = [each for each in self.change.indexes if folded(each.table) in wanted and folded(each.name) not in present]
        made = [Definition("index", each.name, each.table, each.definition) for each in left_out]
        return self.staged.indexes_of(created) + made

    def _replace_rows(self, table: StoredTable, create: bool) -> None:
        expected = self.change.counts.get(folded(table.name))
        try:
            if create:
                create_table(self.live, table, "main")
            rows = copy_rows(self.live, table, "staged", "main")
        except sqlite3.IntegrityError as error:
            raise SchemaDrift(alias=self.change.alias, table=table.name, reason=f"{error}.") from error
        if not table.module and expected is not None and rows != expected:
            reason = message(
                N_("{lost} of {rows} rows break a rule that it had not then."), lost=expected - rows, rows=expected
            )
            raise SchemaDrift(alias=self.change.alias, table=table.name, reason=reason)
