"""Differences between the definition of a table in a backup and in the live database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hctui.databases.sqlite.connection import connect
from hctui.databases.sqlite.schema import Column, Schema, StoredTable, folded, read_schema
from hctui.errors import SchemaDrift, TableRefused
from hctui.messages import N_, Message, message
from hctui.model import DatabaseManifest


def conflicts_with(
    alias: str, connection: sqlite3.Connection, source: DatabaseManifest, tables: Sequence[str]
) -> tuple[Message, ...]:
    """Return what prevents a partial restore of `tables`, as far as the manifest and the live schema alone show it."""
    schema = read_schema(connection)
    listed = {folded(table.name): table for table in source.tables}
    found: list[Message] = []
    for name in tables:
        table, live = listed.get(folded(name)), schema.find(name)
        if table is not None and table.left_out:
            found.append(TableRefused(alias=alias, table=name, reason=N_("it was left out of the backup.")).message)
        elif table is None and listed:
            found.append(TableRefused(alias=alias, table=name, reason=N_("it is not in the backup.")).message)
        elif table is not None and live is not None and table.columns and live.columns:
            reason = _difference(table.columns, tuple(column.name for column in live.columns))
            if reason:
                found.append(SchemaDrift(alias=alias, table=name, reason=reason).message)
        if live is not None and live.defect:
            found.append(TableRefused(alias=alias, table=name, reason=f"{live.defect}.").message)
    encoding = _encoding(connection)
    if schema.tables and source.details.get("encoding", encoding) != encoding:
        found.append(_encoding_differs(alias, str(source.details["encoding"]), encoding).message)
    return tuple(found)


def refuse_encoding(alias: str, live: sqlite3.Connection, staged: Path) -> None:
    """Raise `TableRefused` if the two have different text encodings: SQLite can't attach one to the other."""
    with closing(connect(staged, "ro&immutable=1")) as connection:
        then, now = _encoding(connection), _encoding(live)
    if then != now:
        raise _encoding_differs(alias, then, now)


def _encoding(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA encoding").fetchone()[0])


def _encoding_differs(alias: str, then: str, now: str) -> TableRefused:
    reason = message(N_("the backup is written in {then}, the database in {now}."), then=then, now=now)
    return TableRefused(alias=alias, table="*", reason=reason)


def refuse_drift(alias: str, staged: Schema, live: Schema, tables: Sequence[str]) -> None:
    """Raise `SchemaDrift` or `TableRefused` if a row of a staged table would not be the same row in the live one."""
    for name in tables:
        now, then = live.find(name), staged.find(name)
        if then is None:
            continue
        for table in filter(None, (now, then)):
            if table.defect:
                raise TableRefused(alias=alias, table=name, reason=f"{table.defect}.")
        if folded(name) in live.views:
            raise SchemaDrift(alias=alias, table=name, reason=N_("it is a view now."))
        reason = _table_difference(then, now) if now is not None else ""
        if reason:
            raise SchemaDrift(alias=alias, table=name, reason=reason)


def _table_difference(then: StoredTable, now: StoredTable) -> str | Message:
    if bool(then.module) != bool(now.module):
        return N_("it is an index of another kind now.")
    if then.module:
        same = " ".join(then.sql.split()) == " ".join(now.sql.split())
        return "" if same else N_("its definition is another now.")
    reason = _difference(tuple(each.name for each in then.columns), tuple(each.name for each in now.columns))
    if reason:
        return reason
    if then.without_rowid != now.without_rowid:
        return N_("it is kept in another order now (WITHOUT ROWID).")
    columns = {folded(column.name): column for column in now.columns}
    return next(filter(None, (_column_difference(column, columns[folded(column.name)]) for column in then.columns)), "")


def _column_difference(then: Column, now: Column) -> Message | None:
    if then.generated != now.generated:
        return message(N_("column {column} was computed, or is now."), column=then.name)
    if then.affinity != now.affinity:
        text = N_("column {column} was {then} and is {now} now.")
        return message(text, column=then.name, then=then.type or "BLOB", now=now.type or "BLOB")
    if then.primary_key != now.primary_key:
        return message(N_("column {column} has another place in the primary key now."), column=then.name)
    return None


def _difference(then: Sequence[str], now: Sequence[str]) -> str | Message:
    """Return which columns are gone or new, whatever their order; empty if none."""
    known_then, known_now = set(map(folded, then)), set(map(folded, now))
    gone = ", ".join(name for name in then if folded(name) not in known_now)
    new = ", ".join(name for name in now if folded(name) not in known_then)
    if gone and new:
        return message(N_("it had the columns {gone}, and now has {new} instead."), gone=gone, new=new)
    if gone:
        return message(N_("it had the columns {gone}, which it no longer has."), gone=gone)
    return message(N_("it has the columns {new}, which it had not then."), new=new) if new else ""
