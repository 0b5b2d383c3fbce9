"""Foreign keys: their violations, and the tables that refer to others."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

from hctui.databases.sqlite.connection import quoted
from hctui.databases.sqlite.schema import folded

Violations = Counter[tuple[str, int | None, str, int]]
"""How often each (table, rowid, table that it refers to, number of the foreign key) occurs."""


def violations(connection: sqlite3.Connection, schema: str, tables: Iterable[str]) -> Violations:
    """Return the rows of `tables` (folded names) that refer to a row which does not exist."""
    found: Violations = Counter()
    for table in sorted(tables):
        try:
            rows = connection.execute(f"PRAGMA {schema}.foreign_key_check({quoted(table)})").fetchall()
        except sqlite3.OperationalError as error:
            # A foreign key that can't be checked: no unique index on its parent, or a sort order of the application.
            if not str(error).startswith(("foreign key mismatch", "no such")):
                raise
            continue
        found.update((folded(child), rowid, folded(parent), number) for child, rowid, parent, number in rows)
    return found


def affected_tables(connection: sqlite3.Connection, schema: str, changed: set[str]) -> set[str]:
    """Return the tables (folded) whose foreign keys a change of `changed` may break: those and the ones that refer to them."""
    rows = connection.execute(
        f'SELECT DISTINCT m.name, k."table" FROM {schema}.sqlite_schema AS m JOIN pragma_foreign_key_list(m.name, ?) AS k'
        " WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE %'",
        (schema,),
    )
    return {folded(child) for child, parent in rows if folded(child) in changed or folded(parent) in changed}


def references_to(connection: sqlite3.Connection, tables: Iterable[str]) -> list[tuple[str, str]]:
    """Return which other tables refer to `tables`: pairs of the one that refers and the one that it refers to."""
    wanted = set(map(folded, tables))
    rows = connection.execute(
        "SELECT DISTINCT m.name, p.name FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS k"
        " JOIN sqlite_schema AS p ON p.type = 'table' AND p.name = k.\"table\" COLLATE NOCASE"
        " WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE %' ORDER BY 2, 1"
    )
    return [(child, parent) for child, parent in rows if folded(parent) in wanted and folded(child) not in wanted]


def named(broken: Violations) -> str:
    """Return the violations as text for a sentence: `orders → clients (3)`."""
    pairs: Counter[tuple[str, str]] = Counter()
    for (child, _, parent, _), times in broken.items():
        pairs[child, parent] += times
    return ", ".join(f"{child} → {parent} ({times})" for (child, parent), times in sorted(pairs.items()))
