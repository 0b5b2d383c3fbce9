"""Verification, without a server, that the scripts of a backup are complete and hold the rows that the manifest states."""

from __future__ import annotations

import codecs
from pathlib import Path

from hctui.databases.postgresql.connection import Advance
from hctui.databases.postgresql.copy_format import RowsFile, damaged_rows
from hctui.databases.postgresql.layout import AFTER, BEFORE, is_rows
from hctui.disk.errors import reading
from hctui.errors import DatabaseDamaged
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Consistency, DatabaseManifest, Part, Table

_COMPLETE = b"-- PostgreSQL database dump complete"
_TAIL = 64 << 10
"""Bytes at the end of a schema script that are searched for pg_dump's last line."""


def inspect(folder: Path, source: DatabaseManifest, reporter: Reporter) -> Consistency | None:
    """Check every script in `folder`. Raises `DatabaseDamaged` with the name of the table."""
    listed = {table.name: table for table in source.tables}
    for path in (BEFORE, AFTER):
        _check_schema(folder / path, source.alias)
    for part in source.parts:
        with reading(part.path):
            if is_rows(part):
                reporter.table_started(source.alias, part.table, part.size)
                rows = check_rows(folder / part.path, source, part, listed.get(part.table), reporter.advance)
                reporter.table_done(source.alias, part.table, part.size, rows)
            elif (folder / part.path).is_file():
                reporter.advance((folder / part.path).stat().st_size)
            else:
                raise DatabaseDamaged(alias=source.alias, reason=message(N_("{file} is missing."), file=part.path))
    return source.consistency


def check_rows(path: Path, source: DatabaseManifest, part: Part, table: Table | None, advance: Advance) -> int:
    """Return the number of rows in a file. Raises `DatabaseDamaged` unless number, columns and encoding are as stated."""
    alias, name = source.alias, part.table
    if not path.is_file():
        raise damaged_rows(alias, name, N_("it is missing"))
    file = RowsFile(alias, name, path)
    decode = codecs.getincrementaldecoder("utf-8")().decode if source.details.get("encoding") == "UTF8" else None
    rows = tabs = 0
    last = b"\n"
    try:
        for block in file.blocks():
            rows += block.count(b"\n")
            tabs += block.count(b"\t")
            last = block[-1:]
            if decode is not None:
                decode(block)
            advance(len(block))
    except UnicodeDecodeError as error:
        raise damaged_rows(alias, name, N_("it holds bytes that are no text")) from error
    if last != b"\n" or tabs != rows * max(len(file.columns) - 1, 0):
        raise damaged_rows(alias, name, N_("a row has not all its columns"))
    if table is not None and table.rows not in (None, rows):
        reason = message(N_("{rows} rows where there were {expected}"), rows=rows, expected=table.rows or 0)
        raise DatabaseDamaged(alias=alias, reason=message(N_("table {table}: {reason}."), table=name, reason=reason))
    return rows


def _check_schema(path: Path, alias: str) -> None:
    if not path.is_file():
        raise DatabaseDamaged(alias=alias, reason=message(N_("{file} is missing."), file=path.name))
    with reading(path.name), path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL, 0))
        if _COMPLETE not in file.read():
            raise DatabaseDamaged(alias=alias, reason=message(N_("{file} is cut short."), file=path.name))
