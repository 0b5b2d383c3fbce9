"""Rows that point to rows that are not there."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from hctui.databases.sqlite.connection import quoted
from hctui.databases.sqlite.schema import folded

Violations = Counter[tuple[str, int | None, str, int]]
"""(table, rowid, table it points to, number of the foreign key) and how often."""


def violations(connection: sqlite3.Connection, schema: str, tables: Iterable[str]) -> Violations:
    """Return the violations of `tables` (folded names) as children."""
    found: Violations = Counter()
    for table in sorted(tables):
        try:
            rows = connection.execute(f"PRAGMA {schema}.foreign_key_check({quoted(table)})").fetchall()
        except sqlite3.OperationalError as error:
            # A foreign key that never could be checked (no unique index on its parent, or a sort order that is not here).
            if not str(error).startswith(("foreign key mismatch", "no such")):
                raise
            continue
        found.update((folded(child), rowid, folded(parent), number) for child, rowid, parent, number in rows)
    return found


def concerned(connection: sqlite3.Connection, schema: str, changed: set[str]) -> set[str]:
    """Return the tables (folded) whose foreign keys may be broken by a change of `changed`: those, and what points to them."""
    rows = connection.execute(
        f'SELECT DISTINCT m.name, k."table" FROM {schema}.sqlite_schema AS m JOIN pragma_foreign_key_list(m.name, ?) AS k'
        " WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE %'",
        (schema,),
    )
    return {folded(child) for child, parent in rows if folded(child) in changed or folded(parent) in changed}


def pointing(connection: sqlite3.Connection, tables: Iterable[str]) -> list[tuple[str, str]]:
    """Return which other tables have foreign keys to `tables`: pairs of the one that points and the one pointed to."""
    wanted = set(map(folded, tables))
    rows = connection.execute(
        "SELECT DISTINCT m.name, p.name FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS k"
        " JOIN sqlite_schema AS p ON p.type = 'table' AND p.name = k.\"table\" COLLATE NOCASE"
        " WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE %' ORDER BY 2, 1"
    )
    return [(child, parent) for child, parent in rows if folded(parent) in wanted and folded(child) not in wanted]


def named(broken: Violations) -> str:
    """Return the broken pairs for a sentence: `orders → clients (3)`."""
    pairs: Counter[tuple[str, str]] = Counter()
    for (child, _, parent, _), times in broken.items():
        pairs[child, parent] += times
    return ", ".join(f"{child} → {parent} ({times})" for (child, parent), times in sorted(pairs.items()))
