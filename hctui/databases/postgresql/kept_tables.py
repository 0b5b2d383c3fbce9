"""Tables that a full restore keeps as they are: copied from the live database into the new one.

A kept table whose definition differs from the one in the backup, or that the backup does not have, is created as it is now. Its
rows are copied last, once the live database is closed to others, so that they are the same after the swap.
"""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from hctui.databases.engine import RestorationRequest
from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.client_programs import dump_schema, find_program
from hctui.databases.postgresql.connection import Advance, Connection
from hctui.databases.postgresql.copy_format import copy_into, write_blocks
from hctui.databases.postgresql.dump_script import DumpEntry, entries_of_table, parse_script
from hctui.databases.postgresql.errors import hctui_error, server_message
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.script_runner import run_entries
from hctui.errors import DatabaseError, RestoreRefused
from hctui.messages import N_, message

_PARTITION = """
SELECT n.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace WHERE c.oid = %s AND c.relispartition
"""


class KeptTables:
    """The tables of the live database that a restore keeps."""

    def __init__(
        self, live: Connection, stage: Connection, tables: tuple[StoredTable, ...], rebuilt: tuple[StoredTable, ...]
    ) -> None:
        self._live = live
        self._stage = stage
        self._tables = tables
        self._rebuilt = rebuilt
        """Those that the backup does not have, or has with another definition."""
        self._after: list[DumpEntry] = []
        self.names = tuple(table.name for table in tables)

    @classmethod
    def find(cls, live: Connection, stage: Connection, request: RestorationRequest) -> KeptTables:
        """Find the tables of the live database that are neither restored nor dropped."""
        gone = {*request.tables, *request.drop}
        tables = tuple(table for table in catalogue.read_tables(live) if table.name not in gone)
        staged = {table.name: table for table in catalogue.read_tables(stage)}
        rebuilt = tuple(
            table
            for table in tables
            if table.name not in staged
            or catalogue.column_definitions(live, table) != catalogue.column_definitions(stage, staged[table.name])
        )
        return cls(live, stage, tables, rebuilt)

    def create(self, advance: Advance) -> None:
        """Create those that the new database lacks, from their live definitions. Raises `RestoreRefused` if that fails."""
        if not self._rebuilt:
            return
        program, _ = find_program(self._live.address.alias, self._live.major)
        chosen = [f"--table={quoted(table.schema, table.table)}" for table in self._rebuilt]
        options = (*chosen, f"--encoding={self._live.encoding}", "--lock-wait-timeout=60s")
        before, after = dump_schema(program, self._live.address, options, advance)
        self._after = parse_script(after)
        for table in self._rebuilt:
            try:
                self._stage.driver.execute(f"DROP TABLE IF EXISTS {table.sql}".encode())
            except psycopg.errors.DependentObjectsStillExist as error:
                raise self._refused(table.name, server_message(error)) from error
            except psycopg.Error as error:
                raise hctui_error(error, self._live.address) from error
        try:
            run_entries(self._stage, parse_script(before), advance)
        except DatabaseError as error:
            raise self._refused(", ".join(table.name for table in self._rebuilt), str(error)) from error
        self._stage.reset_settings()

    def split_entries(self, after: Iterable[DumpEntry]) -> tuple[list[DumpEntry], list[DumpEntry]]:
        """Return the entries that can be run now, and those that need the rows of the kept tables."""
        if not self._tables:
            return list(after), []
        own = [table.name for table in self._rebuilt]
        needed = [entry for entry in after if not any(entries_of_table([entry], name) for name in own)]
        names = [table.table.replace('"', '""').encode() for table in self._tables]
        later = [entry for entry in needed if entry.kind and (entry.kind == "MATERIALIZED VIEW DATA" or entry.mentions(names))]
        waiting = set(map(id, later))
        foreign_keys_last = sorted((*self._after[1:], *later), key=lambda entry: entry.kind == "FK CONSTRAINT")
        return [entry for entry in needed if id(entry) not in waiting], foreign_keys_last

    def copy_rows(self, advance: Advance) -> None:
        """Copy the rows, once nobody can change them. Raises `RestoreRefused` if one of the tables was dropped meanwhile."""
        now = tuple(table.name for table in catalogue.read_tables(self._live))
        if missing := [name for name in self.names if name not in now]:
            raise self._refused(", ".join(missing), N_("it was dropped while the restore was under way."))
        staged = {table.name: table for table in catalogue.read_tables(self._stage)}
        for table in self._tables:
            frozen = staged[table.name].condition is None
            self._stage.run(f"BEGIN; TRUNCATE ONLY {table.sql}" if frozen else "BEGIN")
            with copy_into(self._stage, table.schema, table.table, table.stored, freeze=frozen) as write:
                write_blocks(self._live.copy_out(table.copy_out), write, advance)
            self._stage.run("COMMIT")
        there = {each.sql for each in catalogue.read_sequences(self._stage)}
        own = [each for each in catalogue.read_sequences(self._live) if each.table in self.names and each.sql in there]
        if own:
            self._stage.run(catalogue.set_sequences(catalogue.sequence_state(self._live, own)))

    def attach_partitions(self) -> None:
        """Attach the partitions that were made since the backup to their tables."""
        for table in self._rebuilt:
            for schema, parent, bound in self._live.query(_PARTITION, (table.oid,)):
                if self._stage.query("SELECT relispartition FROM pg_class WHERE oid = %s::regclass", (table.sql,)) == [(True,)]:
                    continue
                self._stage.run(f"ALTER TABLE {quoted(str(schema), str(parent))} ATTACH PARTITION {table.sql} {bound}")

    def _refused(self, tables: str, reason: str) -> RestoreRefused:
        text = N_("{tables} can't be carried over from the database there is now: {reason}")
        return RestoreRefused(alias=self._live.address.alias, reason=message(text, tables=tables, reason=reason))
