"""Comparison of tables in a backup with the live ones: rows can be restored alone only into the same columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Connection
from hctui.errors import SchemaDrift, TableRefused
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest


def conflicts_with(connection: Connection, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
    """Return why the rows of `tables` can't be restored alone, as far as manifest and live catalogue show."""
    with connection:
        live = {table.name: table for table in catalogue.read_tables(connection)}
    return tuple(error.message for error in _conflicts(connection.address.alias, source, tables, live))


def refuse_drift(alias: str, source: DatabaseManifest, tables: Sequence[str], live: dict[str, StoredTable]) -> None:
    """Raise `SchemaDrift` or `TableRefused` for the first of `tables` whose rows can't be restored alone."""
    for error in _conflicts(alias, source, tables, live):
        raise error


def refuse_generated(alias: str, table: StoredTable, columns: Iterable[str]) -> None:
    """Raise `SchemaDrift` for the first of `columns` that can't be written, since it is generated in the live table."""
    for column in columns:
        if column not in table.stored:
            reason = message(N_("column {column} was computed, or is now."), column=column)
            raise SchemaDrift(alias=alias, table=table.name, reason=reason)


def _conflicts(
    alias: str, source: DatabaseManifest, tables: Sequence[str], live: dict[str, StoredTable]
) -> Iterable[SchemaDrift | TableRefused]:
    listed = {table.name: table for table in source.tables}
    for name in tables:
        table, now = listed.get(name), live.get(name)
        if table is None:
            yield TableRefused(alias=alias, table=name, reason=N_("it is not in the backup."))
        elif table.left_out:
            yield TableRefused(alias=alias, table=name, reason=N_("it was left out of the backup."))
        elif now is not None and table.columns and (reason := _difference(table.columns, now.columns)):
            yield SchemaDrift(alias=alias, table=name, reason=reason)


def _difference(then: Sequence[str], now: Sequence[str]) -> str | Message:
    """Return which columns are gone or new, whatever their order; empty if none is."""
    gone = ", ".join(name for name in then if name not in now)
    new = ", ".join(name for name in now if name not in then)
    if gone and new:
        return message(N_("it had the columns {gone}, and now has {new} instead."), gone=gone, new=new)
    if gone:
        return message(N_("it had the columns {gone}, which it no longer has."), gone=gone)
    return message(N_("it has the columns {new}, which it had not then."), new=new) if new else ""
