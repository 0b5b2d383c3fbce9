"""The whole restore: the backup's database, completed by the live tables that stay, replaces the live one."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from hctui.databases.engine import RestorationOutcome
from hctui.databases.sqlite import foreign_keys, swap
from hctui.databases.sqlite.connection import connect, interruptible, mapped, quoted
from hctui.databases.sqlite.copy_rows import copy_whole_tables, create_all, put_statistics, rebuild_text_indexes
from hctui.databases.sqlite.locking import exclusive
from hctui.databases.sqlite.restoration import StagedDatabase
from hctui.databases.sqlite.schema import Schema, folded, read_schema
from hctui.databases.sqlite.schema_diff import refuse_encoding
from hctui.databases.sqlite.undo_store import Kind, UndoStore, new_record
from hctui.errors import DatabaseDamaged, ForeignKeysBroken
from hctui.events import Reporter
from hctui.model import Role

_STAYING = (Role.USERS, Role.AUDIT, Role.SETTINGS)


class WholeRestoration(StagedDatabase):
    """A whole restore.

    One exclusive lock is held from the copy of the tables that stay to the last written page. A program that connects
    meanwhile waits and then has the new database; nothing that it wrote before is missing in the tables that stay.
    """

    def prepare(self, reporter: Reporter) -> None:
        """Check the staged database and rebuild the indexes that the backup left out."""
        self.check(reporter)
        with self.reading_staged(), closing(connect(self.file, "rw")) as connection:
            self.schema = staged = read_schema(connection)
            tables = tuple(name for name in self.request.tables if folded(name) not in self.left_out)
            self.refuse_missing(staged, tables)
            swap.write_fast(connection)
            connection.execute("BEGIN")
            with interruptible(connection, reporter.advance):
                create_all(connection, self.alias, self.missing_indexes(staged), "main")
            put_statistics(connection, "main", self.left_out_statistics())
            connection.execute("COMMIT")

    def commit(self, reporter: Reporter) -> RestorationOutcome:
        """Write the new database over the live one. Raises `DatabaseInUse`, `ForeignKeysBroken`; nothing is changed then."""
        reporter.advance(0)
        store = UndoStore(self.live)
        with mapped(self.alias, self.live), ExitStack() as stack:
            if not self.live.exists():
                wanted = self._wanted_tables(self.schema)
                return self.create_database(store, wanted, reporter, views=True)
            try:
                connection = stack.enter_context(exclusive(self.alias, self.live))
            except DatabaseDamaged:
                return self._replace_damaged(store, reporter)
            return self._overwrite(connection, store, reporter)

    def _overwrite(self, live: sqlite3.Connection, store: UndoStore, reporter: Reporter) -> RestorationOutcome:
        with swap.keeping_undo(live, store, reporter) as undo:
            swap.copy_to_file(live, undo, reporter.advance)
            outcome = self._add_kept_tables(undo)
            names = tuple(sorted(table.name for table in outcome.tables))
            store.write(new_record(self.request.origin, Kind.WHOLE, names, before=swap.schema_version(live)))
            swap.overwrite(live, self.file, reporter.advance)
        return outcome

    def _add_kept_tables(self, live_copy: Path) -> RestorationOutcome:
        """Make the staged database the new one: copy the tables that stay into it from a copy of the live database."""
        with closing(connect(live_copy, "ro&immutable=1")) as connection:
            live = read_schema(connection)
        with closing(connect(self.file, "rw")) as connection:
            swap.write_fast(connection, journal=True)
            connection.execute("PRAGMA foreign_keys = OFF")
            staged = read_schema(connection)
            kept = self._kept(staged, live)
            if kept:
                refuse_encoding(self.alias, connection, live_copy)
                connection.execute("ATTACH ? AS live", (f"{live_copy.absolute().as_uri()}?mode=ro&immutable=1",))
            self._complete(connection, staged, live, kept)
            if kept:
                self._check_foreign_keys(connection, staged, live, kept)
            connection.execute("COMMIT")
            replaced = self.outcome_tables(connection, set(read_schema(connection).tables) - set(kept))
            return RestorationOutcome(replaced, tuple(live.tables[key].name for key in kept))

    def _check_foreign_keys(self, connection: sqlite3.Connection, staged: Schema, live: Schema, kept: list[str]) -> None:
        """Raise `ForeignKeysBroken` for violations that are neither in the backup nor in the live database.

        To check the backup, `_complete` is rolled back and done again.
        """
        children = foreign_keys.affected_tables(connection, "main", set(kept))
        broken = foreign_keys.violations(connection, "main", children)
        if not broken:
            return
        connection.execute("ROLLBACK")
        broken -= foreign_keys.violations(connection, "live", children)
        broken -= foreign_keys.violations(connection, "main", children)
        if broken:
            raise ForeignKeysBroken(alias=self.alias, tables=foreign_keys.named(broken))
        self._complete(connection, staged, live, kept)

    def _complete(self, connection: sqlite3.Connection, staged: Schema, live: Schema, kept: list[str]) -> None:
        """Begin a transaction; in it add to the staged database the tables and views that stay, and drop unwanted tables."""
        connection.execute("BEGIN")
        self._drop_unwanted(connection, staged, set(kept))
        copy_whole_tables(connection, self.alias, [live.tables[key] for key in kept], live, "live", "main")
        new_views = [view for key, view in live.views.items() if key not in staged.views and key not in staged.tables]
        if not self.request.drop:
            create_all(connection, self.alias, new_views, "main")
            create_all(connection, self.alias, live.triggers_of(view.name for view in new_views), "main")
        rebuild_text_indexes(connection, "main", set(kept))

    def _kept(self, staged: Schema, live: Schema) -> list[str]:
        """Return the tables (folded) that stay as they are.

        If the backup has no manifest, its tables were not known before it was staged: users, audit and settings stay.
        """
        replaced = {folded(name) for name in self.request.drop}
        if self.request.source.tables:
            replaced |= {folded(name) for name in self.request.tables} - self.left_out
        else:
            replaced |= {key for key, table in staged.tables.items() if self.target.role(table) not in _STAYING}
        return [key for key in live.tables if key not in replaced]

    def _drop_unwanted(self, connection: sqlite3.Connection, staged: Schema, kept: set[str]) -> None:
        """Drop from the staged database the tables that stay as they are in the live one, and those that are not wanted."""
        wanted = self._wanted_tables(staged)
        for key, table in staged.tables.items():
            if key in kept or key not in wanted:
                connection.execute(f"DROP TABLE {quoted(table.name)}")

    def _wanted_tables(self, staged: Schema) -> set[str]:
        """Return the tables (folded) that the new database has; left-out ones are empty unless the live one is kept."""
        if not self.request.source.tables:
            return set(staged.tables)
        return {folded(name) for name in self.request.tables} | self.left_out

    def _replace_damaged(self, store: UndoStore, reporter: Reporter) -> RestorationOutcome:
        """Replace a file that SQLite can't read: the undo copy holds its bytes, and none of its tables can stay."""
        with closing(connect(self.file, "rw")) as connection:
            outcome = self.all_replaced(connection)
        with swap.file_lock(self.alias, self.live):
            return self.swap_in(store, Kind.FILES, outcome, reporter)
