"""Is a table still built as it was, so that its rows can be put back without its definition?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hctui.databases.postgresql import catalogue
from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Link
from hctui.errors import SchemaDrift, TableRefused
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest


def conflicts_with(link: Link, source: DatabaseManifest, tables: Sequence[str]) -> tuple[Message, ...]:
    """Return what manifest and live catalogue alone tell against a restore of `tables` row by row."""
    with link:
        live = {table.name: table for table in catalogue.read_tables(link)}
    return tuple(error.message for error in _found(link.address.alias, source, tables, live))


def refuse_drift(alias: str, source: DatabaseManifest, tables: Sequence[str], live: dict[str, StoredTable]) -> None:
    """Raise `SchemaDrift` or `TableRefused` for the first of `tables` that can't be restored on its own."""
    for error in _found(alias, source, tables, live):
        raise error


def _found(
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
    """Say which columns are gone or new; the order does not matter."""
    gone = ", ".join(name for name in then if name not in now)
    new = ", ".join(name for name in now if name not in then)
    if gone and new:
        return message(N_("it had the columns {gone}, and now has {new} instead."), gone=gone, new=new)
    if gone:
        return message(N_("it had the columns {gone}, which it no longer has."), gone=gone)
    return message(N_("it has the columns {new}, which it had not then."), new=new) if new else ""
