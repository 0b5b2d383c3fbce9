"""Replacing all rows of tables within one transaction: what slows that down is put aside and made again, checked, at the end.

Foreign keys from and to the tables are dropped and added again, which checks every row; secondary indexes are rebuilt, which is
several times as fast as keeping them up; triggers of the application stay silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from hctui.databases.postgresql.catalogue import StoredTable
from hctui.databases.postgresql.connection import Link, Look
from hctui.databases.postgresql.copy_format import Columns, filling, pour
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


class Incoming(Struct, frozen=True):
    """The rows that a table shall have."""

    table: StoredTable
    columns: Columns
    blocks: Blocks


def replace_rows(link: Link, incoming: Sequence[Incoming], look: Look) -> dict[str, int]:
    """Replace the rows of tables in the transaction that is open; return how many there are now, by name.

    Raises `ForeignKeysBroken` naming the first orphan, `DatabaseDamaged` for rows that the table does not take.
    """
    tables = [each.table for each in incoming]
    if not tables:
        return {}
    aside = _put_aside(link, [table.oid for table in tables], look)
    link.run("TRUNCATE " + ", ".join(f"ONLY {table.sql}" for table in tables), look)
    rows = {}
    for each in incoming:
        with filling(link, each.table.schema, each.table.table, each.columns, freeze=True) as write:
            rows[each.table.name], _ = pour(each.blocks(), write, look)
    for statement in aside:
        look(0)
        link.run(statement, look)
    return rows


def _put_aside(link: Link, oids: list[int], look: Look) -> list[str]:
    """Drop and silence what stands in the way; return the statements that make it as it was, in their order."""
    again: list[str] = []
    keys, indexes, triggers = (link.ask(question, (oids,)) for question in (_KEYS, _INDEXES, _TRIGGERS))
    for schema, table, name, _, _ in keys:
        link.run(f"ALTER TABLE {quoted(schema, table)} DROP CONSTRAINT {quoted(name)}", look)
    for schema, index, definition, comment in indexes:
        link.run(f"DROP INDEX {quoted(schema, index)}", look)
        again.append(definition)
        if comment is not None:
            again.append(f"COMMENT ON INDEX {quoted(schema, index)} IS {literal(comment)}")
    for schema, table, name, mode in triggers:
        link.run(f"ALTER TABLE {quoted(schema, table)} DISABLE TRIGGER {quoted(name)}", look)
        again.append(f"ALTER TABLE {quoted(schema, table)} {_ENABLE[str(mode)]} TRIGGER {quoted(name)}")
    for schema, table, name, definition, comment in keys:
        again.append(f"ALTER TABLE {quoted(schema, table)} ADD CONSTRAINT {quoted(name)} {definition}")
        if comment is not None:
            again.append(f"COMMENT ON CONSTRAINT {quoted(name)} ON {quoted(schema, table)} IS {literal(comment)}")
    return again
