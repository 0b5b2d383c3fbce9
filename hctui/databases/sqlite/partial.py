"""Partial restore: the rows of the ticked tables replace those of the live database in one transaction."""

from __future__ import annotations

from contextlib import closing

from hctui.databases.engine import RestorationOutcome
from hctui.databases.sqlite.connection import mapped, opened, reading
from hctui.databases.sqlite.locking import exclusive
from hctui.databases.sqlite.restoration import Staged
from hctui.databases.sqlite.schema import folded, read_schema
from hctui.databases.sqlite.schema_diff import refuse_drift, refuse_encoding
from hctui.databases.sqlite.swap import in_place
from hctui.databases.sqlite.table_swap import Change, replace_tables
from hctui.databases.sqlite.undo_store import UndoStore
from hctui.events import Reporter
from hctui.model import Table


class PartialRestoration(Staged):
    """A partial restore under way. The live definitions of the tables stay; only tables that are gone are made as they were."""

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged database and compare the ticked tables with those of the live one. Raises `SchemaDrift`."""
        self.check(reporter)
        with self.reading_staged(), closing(opened(self.file, "rw")) as connection:
            staged = read_schema(connection)
            self.refuse_missing(staged, self.request.tables)
            self.missing_indexes(staged)
        if self.live.exists():
            with mapped(self.alias, self.live), reading(self.live) as live:
                refuse_encoding(self.alias, live, self.file)
                refuse_drift(self.alias, staged, read_schema(live), self.request.tables)

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Lock, look again, keep the old rows, replace them."""
        reporter.advance(0)
        store = UndoStore(self.live)
        with mapped(self.alias, self.live):
            if not self.live.exists():
                return self.fill_empty_place(store, {folded(name) for name in self.request.tables}, reporter, views=False)
            with exclusive(self.alias, self.live) as live:
                refuse_encoding(self.alias, live, self.file)
                names = replace_tables(live, store, self._change(), reporter)
                replaced = tuple(map(Table, names))
                with in_place(reporter):
                    replaced = self.outcome_tables(live, set(map(folded, names)))
                return RestorationOutcome(replaced)

    def _change(self) -> Change:
        source = self.request.source
        return Change(
            self.alias,
            self.file,
            self.request.tables,
            self.request.drop,
            self.request.origin,
            source.indexes,
            self.counts,
            {folded(table.name): table.size + table.index_size for table in source.tables},
        )
