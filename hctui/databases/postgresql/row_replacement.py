"""Replacement of all rows of tables within the open transaction; foreign keys, indexes and triggers end as they were.

Foreign keys from and to the tables are dropped and added again, which checks every row. Secondary indexes are dropped and
created again, which is several times as fast as updating them. Triggers are disabled meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Advance, Connection
from hctui.databases.postgresql.copy_format import Columns, copy_into, write_blocks
from hctui.databases.postgresql.identifiers import literal, quoted

Blocks = Callable[[], Iterator[bytes]]
_KEYS = """
WITH RECURSIVE concerned AS (
  SELECT unnest(%s::oid[]) AS oid UNION SELECT i.inhparent FROM concerned JOIN pg_inherits i ON i.inhrelid = concerned.oid)
SELECT n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint')
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
  AND (k.conrelid IN (SELECT oid FROM concerned) OR k.confrelid IN (SELECT oid FROM concerned)) ORDER BY k.oid
"""
_INDEXES = """
SELECT n.nspname, c.relname, pg_get_indexdef(c.oid), obj_description(c.oid, 'pg_class')
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE i.indrelid = ANY (%s::oid[]) AND i.indisvalid AND NOT i.indisreplident AND NOT i.indisclustered AND c.reltablespace = 0
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0) ORDER BY c.oid
"""
_TRIGGERS = """
SELECT n.nspname, c.relname, t.tgname, t.tgenabled FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgrelid = ANY (%s::oid[]) AND NOT t.tgisinternal AND t.tgenabled <> 'D' ORDER BY t.oid
"""
_ENABLE = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}


class NewRows(Struct, frozen=True):
    """The new rows of a table."""

    table: StoredTable
    columns: Columns
    blocks: Blocks


def replace_rows(connection: Connection, new_rows: Sequence[NewRows], advance: Advance) -> dict[str, int]:
    """Replace the rows of tables in the open transaction; return the number of new rows by table name.

    Raises `ForeignKeysBroken` with the first key that refers to no row, `DatabaseDamaged` for rows that the table refuses.
    """
    tables = [each.table for each in new_rows]
    if not tables:
        return {}
    restoring = _drop_dependents(connection, [table.oid for table in tables], advance)
    connection.run("TRUNCATE " + ", ".join(f"ONLY {table.sql}" for table in tables), advance)
    rows = {}
    for each in new_rows:
        with copy_into(connection, each.table.schema, each.table.table, each.columns, freeze=True) as write:
            rows[each.table.name], _ = write_blocks(each.blocks(), write, advance)
    for statement in restoring:
        advance(0)
        connection.run(statement, advance)
    return rows


def _drop_dependents(connection: Connection, oids: list[int], advance: Advance) -> list[str]:
    """Drop foreign keys and indexes and disable triggers; return the statements that restore them, in their order."""
    restoring: list[str] = []
    keys, indexes, triggers = (connection.query(sql, (oids,)) for sql in (_KEYS, _INDEXES, _TRIGGERS))
    for schema, table, name, _, _ in keys:
        connection.run(f"ALTER TABLE {quoted(schema, table)} DROP CONSTRAINT {quoted(name)}", advance)
    for schema, index, definition, comment in indexes:
        connection.run(f"DROP INDEX {quoted(schema, index)}", advance)
        restoring.append(definition)
        if comment is not None:
            restoring.append(f"COMMENT ON INDEX {quoted(schema, index)} IS {literal(comment)}")
    for schema, table, name, mode in triggers:
        connection.run(f"ALTER TABLE {quoted(schema, table)} DISABLE TRIGGER {quoted(name)}", advance)
        restoring.append(f"ALTER TABLE {quoted(schema, table)} {_ENABLE[str(mode)]} TRIGGER {quoted(name)}")
    for schema, table, name, definition, comment in keys:
        restoring.append(f"ALTER TABLE {quoted(schema, table)} ADD CONSTRAINT {quoted(name)} {definition}")
        if comment is not None:
            restoring.append(f"COMMENT ON CONSTRAINT {quoted(name)} ON {quoted(schema, table)} IS {literal(comment)}")
    return restoring
