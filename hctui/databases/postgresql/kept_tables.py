"""Tables that stay as they are though everything around them is restored: carried over from the live database."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from hctui.databases.engine import RestorationRequest
from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.client_programs import dumping, find
from hctui.databases.postgresql.connection import Link, Look
from hctui.databases.postgresql.copy_format import filling, pour
from hctui.databases.postgresql.dump_script import Entry, entries, of_table
from hctui.databases.postgresql.errors import as_ours, said
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.script_runner import replay
from hctui.errors import DatabaseError, RestoreRefused
from hctui.messages import N_, message

_PARTITION = """
SELECT n.nspname, p.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace WHERE c.oid = %s AND c.relispartition
"""


class Kept:
    """The tables of the live database that a restore leaves as they are, and how they come into the new one."""

    def __init__(self, live: Link, stage: Link, tables: tuple[StoredTable, ...], rebuilt: tuple[StoredTable, ...]) -> None:
        self._live = live
        self._stage = stage
        self._tables = tables
        self._rebuilt = rebuilt
        """Those that the backup does not have, or has built otherwise."""
        self._after: list[Entry] = []
        self.names = tuple(table.name for table in tables)

    @classmethod
    def found(cls, live: Link, stage: Link, request: RestorationRequest) -> Kept:
        """Find out which tables of the live database are neither restored nor dropped."""
        gone = {*request.tables, *request.drop}
        tables = tuple(table for table in catalogue.read_tables(live) if table.name not in gone)
        staged = {table.name: table for table in catalogue.read_tables(stage)}
        rebuilt = tuple(
            table
            for table in tables
            if table.name not in staged or catalogue.shape(live, table) != catalogue.shape(stage, staged[table.name])
        )
        return cls(live, stage, tables, rebuilt)

    def make(self, look: Look) -> None:
        """Make those that the new database lacks, from their live definitions. Raises `RestoreRefused` where that can't be."""
        if not self._rebuilt:
            return
        program, _ = find(self._live.address.alias, self._live.major)
        chosen = [f"--table={quoted(table.schema, table.table)}" for table in self._rebuilt]
        shared = (*chosen, f"--encoding={self._live.encoding}", "--lock-wait-timeout=60s")
        with dumping(program, self._live.address, ("--section=pre-data", *shared), ("--section=post-data", *shared)) as dumps:
            before, self._after = (entries(dump.result(look)) for dump in dumps)
        for table in self._rebuilt:
            try:
                self._stage.connection.execute(f"DROP TABLE IF EXISTS {table.sql}".encode())
            except psycopg.errors.DependentObjectsStillExist as error:
                raise self._refused(table.name, said(error)) from error
            except psycopg.Error as error:
                raise as_ours(error, self._live.address) from error
        try:
            replay(self._stage, before, look)
        except DatabaseError as error:
            raise self._refused(", ".join(table.name for table in self._rebuilt), str(error)) from error
        self._stage.settle()

    def sort(self, after: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
        """Return the entries that can be made now and those that wait for the rows of the kept tables."""
        if not self._tables:
            return list(after), []
        own = [table.name for table in self._rebuilt]
        todo = [entry for entry in after if not any(of_table([entry], name) for name in own)]
        names = [table.table.replace('"', '""').encode() for table in self._tables]
        later = [entry for entry in todo if entry.kind and (entry.kind == "MATERIALIZED VIEW DATA" or entry.mentions(names))]
        waiting = set(map(id, later))
        last = sorted((*self._after[1:], *later), key=lambda entry: entry.kind == "FK CONSTRAINT")  # behind the keys they need
        return [entry for entry in todo if id(entry) not in waiting], last

    def fill(self, look: Look) -> None:
        """Copy the rows, which nobody changes any more. Raises `RestoreRefused` where tables were made or dropped meanwhile."""
        now = tuple(table.name for table in catalogue.read_tables(self._live))
        if missing := [name for name in self.names if name not in now]:
            raise self._refused(", ".join(missing), N_("it was dropped while the restore was under way."))
        staged = {table.name: table for table in catalogue.read_tables(self._stage)}
        for table in self._tables:
            frozen = staged[table.name].condition is None
            self._stage.run(f"BEGIN; TRUNCATE ONLY {table.sql}" if frozen else "BEGIN")
            with filling(self._stage, table.schema, table.table, table.stored, freeze=frozen) as write:
                pour(self._live.copy_out(table.copy_out), write, look)
            self._stage.run("COMMIT")
        there = {each.sql for each in catalogue.read_sequences(self._stage)}
        own = [each for each in catalogue.read_sequences(self._live) if each.table in self.names and each.sql in there]
        if own:
            self._stage.run(catalogue.set_sequences(catalogue.sequence_state(self._live, own)))

    def attach(self) -> None:
        """Make partitions that were made since the backup partitions again."""
        for table in self._rebuilt:
            for schema, parent, bound in self._live.ask(_PARTITION, (table.oid,)):
                if self._stage.ask("SELECT relispartition FROM pg_class WHERE oid = %s::regclass", (table.sql,)) == [(True,)]:
                    continue
                self._stage.run(f"ALTER TABLE {quoted(str(schema), str(parent))} ATTACH PARTITION {table.sql} {bound}")

    def _refused(self, tables: str, reason: str) -> RestoreRefused:
        text = N_("{tables} can't be carried over from the database there is now: {reason}")
        return RestoreRefused(alias=self._live.address.alias, reason=message(text, tables=tables, reason=reason))
