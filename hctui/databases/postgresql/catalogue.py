"""What is in a database, from its catalogue."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from msgspec import Struct

from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.identifiers import copy_header, literal, quoted, shown
from hctui.errors import MissingRights
from hctui.messages import N_, message

EXACT_UP_TO = 32 << 20
"""Bytes of a database up to which rows are counted when its tables are listed."""
_PATIENCE = "SET lock_timeout = '300ms'; SET statement_timeout = '10s'"
_NO_PATIENCE = "SET lock_timeout = 0; SET statement_timeout = 0"
_TABLES = """
SELECT c.oid, n.nspname, c.relname, {size}, pg_catalog.has_table_privilege(c.oid, 'SELECT'),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum),
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = '' ORDER BY a.attnum), own.condition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN (SELECT unnest(extconfig) AS oid, unnest(extcondition) AS condition FROM pg_extension) own ON own.oid = c.oid
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (own.oid IS NOT NULL OR NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
ORDER BY n.nspname <> 'public', n.nspname, c.relname
"""
_EXACT = "pg_table_size(c.oid)"
_ABOUT = """
  (c.relpages + coalesce((SELECT t.relpages FROM pg_class t WHERE t.oid = c.reltoastrelid), 0))::bigint
  * current_setting('block_size')::bigint"""
_SEQUENCES = """
SELECT c.oid, n.nspname, c.relname, t.relname, tn.nspname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
  AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 2, 3
"""
_SHAPE = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
  pg_get_expr(d.adbin, d.adrelid), (SELECT collname FROM pg_collation WHERE oid = a.attcollation)
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname
"""


_POINTING = """
WITH RECURSIVE wanted AS (
  SELECT unnest(%(oids)s::oid[]) AS oid
  UNION SELECT i.inhparent FROM wanted JOIN pg_inherits i ON i.inhrelid = wanted.oid
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition)
SELECT DISTINCT cn.nspname, c.relname, pn.nspname, p.relname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class p ON p.oid = k.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND c.relkind = 'r' AND k.confrelid IN (SELECT oid FROM wanted) AND c.oid <> ALL (%(oids)s::oid[])
  AND NOT EXISTS (SELECT FROM pg_constraint above WHERE above.oid = k.conparentid AND above.conrelid = k.conrelid)
ORDER BY 3, 4, 1, 2
"""


class StoredTable(Struct, frozen=True):
    """One table that holds rows of its own: an ordinary one, or a leaf of a partitioned one."""

    oid: int
    schema: str
    table: str
    size: int
    """Bytes of its rows, large values included, indexes not."""
    readable: bool
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    """Those whose values are copied; the others are computed from them."""
    condition: str | None
    """Of a table that an extension made: which of its rows are not the extension's own."""

    @property
    def name(self) -> str:
        """Return its name as people see it."""
        return shown(self.schema, self.table)

    @property
    def sql(self) -> str:
        """Return its name in SQL."""
        return quoted(self.schema, self.table)

    @property
    def header(self) -> str:
        """Return the statement that its rows are stored under."""
        return copy_header(self.schema, self.table, self.stored)

    @property
    def copy_out(self) -> str:
        """Return the statement that gives its rows."""
        listed = ", ".join(map(quoted, self.stored))
        if self.condition:
            return f"COPY (SELECT {listed} FROM ONLY {self.sql} {self.condition}) TO STDOUT"
        return f"COPY {self.sql}{f' ({listed})' if listed else ''} TO STDOUT"


class Sequence(Struct, frozen=True):
    """A sequence, and the table it numbers the rows of where it belongs to one."""

    schema: str
    sequence: str
    table: str | None
    """By its shown name."""

    @property
    def sql(self) -> str:
        """Return its name in SQL."""
        return quoted(self.schema, self.sequence)


def read_tables(link: Link) -> tuple[StoredTable, ...]:
    """Return the tables. Sizes are estimates where somebody holds a table locked just now."""
    link.run(_PATIENCE)
    try:
        rows = link.connection.execute(_TABLES.format(size=_EXACT).encode()).fetchall()
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
        rows = link.ask(_TABLES.format(size=_ABOUT))
    link.run(_NO_PATIENCE)
    return tuple(_table(row) for row in rows)


def tables_of_snapshot(link: Link, *, exact: bool = False) -> tuple[StoredTable, ...]:
    """Return the tables as the transaction that is open sees them, sizes exact only where nobody can hold them locked."""
    return tuple(_table(row) for row in link.ask(_TABLES.format(size=_EXACT if exact else _ABOUT)))


def _table(row: tuple[object, ...]) -> StoredTable:
    oid, schema, table, size, readable, columns, stored, condition = row
    assert isinstance(columns, list) and isinstance(stored, list)
    return StoredTable(
        int(str(oid)), str(schema), str(table), int(str(size)), bool(readable), tuple(columns), tuple(stored),
        None if condition is None else str(condition),
    )  # fmt: skip


def count_rows(link: Link, tables: Iterable[StoredTable]) -> dict[str, int]:
    """Return the rows of each table; what can't be counted soon is left out."""
    counted = {}
    link.run(_PATIENCE)
    for table in tables:
        try:
            counted[table.name] = int(
                link.connection.execute(f"SELECT count(*) FROM ONLY {table.sql}".encode()).fetchall()[0][0]
            )
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.errors.InsufficientPrivilege):
            continue
    link.run(_NO_PATIENCE)
    return counted


def read_sequences(link: Link) -> tuple[Sequence, ...]:
    """Return the sequences."""
    found = {}
    for oid, schema, sequence, table, table_schema in link.ask(_SEQUENCES):
        owner = shown(str(table_schema), str(table)) if table is not None else None
        found[oid] = Sequence(str(schema), str(sequence), owner)
    return tuple(found.values())


def sequence_state(link: Link, sequences: Iterable[Sequence]) -> dict[Sequence, tuple[int, bool]]:
    """Return where each stands: (last value, whether it was handed out). Not bound to a snapshot: never behind its rows."""
    listed = list(sequences)
    states: dict[Sequence, tuple[int, bool]] = {}
    for start in range(0, len(listed), 200):
        some = listed[start : start + 200]
        question = " UNION ALL ".join(f"SELECT {n}, last_value, is_called FROM {each.sql}" for n, each in enumerate(some))
        states.update({some[n]: (int(value), bool(called)) for n, value, called in link.ask(question)})
    return states


def set_sequences(states: dict[Sequence, tuple[int, bool]]) -> str:
    """Return the statements that put sequences where they stood."""
    return "".join(
        f"SELECT pg_catalog.setval({literal(each.sql)}, {value}, {str(called).lower()});\n"
        for each, (value, called) in states.items()
    )


def shape(link: Link, table: StoredTable) -> list[tuple[object, ...]]:
    """Return how a table is built, in a way that compares with the same table of another database."""
    return [tuple(row) for row in link.ask(_SHAPE, (table.oid,))]


def pointing(link: Link, tables: Iterable[str]) -> list[tuple[str, str]]:
    """Return which other tables have foreign keys to `tables`: pairs of the one that points and the one pointed to."""
    wanted = set(tables)
    oids = [table.oid for table in tables_of_snapshot(link) if table.name in wanted]
    rows = link.ask(_POINTING, {"oids": oids})
    return [(shown(str(row[0]), str(row[1])), shown(str(row[2]), str(row[3]))) for row in rows]


def refuse_unreadable(link: Link, tables: Iterable[StoredTable]) -> None:
    """Raise `MissingRights` naming the tables that the role may not read."""
    names = [table.name for table in tables if not table.readable]
    if names:
        reason = message(N_("it may not read {tables}."), tables=", ".join(names))
        raise MissingRights(alias=link.address.alias, user=link.user, reason=reason)


def roles_used(link: Link) -> tuple[str, ...]:
    """Return the roles that own something in this database or were granted something."""
    question = """
        SELECT DISTINCT r.rolname FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
        JOIN pg_database b ON b.datname = current_database()
        WHERE d.refclassid = 'pg_authid'::regclass
          AND (d.dbid = b.oid OR (d.classid = 'pg_database'::regclass AND d.objid = b.oid))
        UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database() ORDER BY 1"""
    return tuple(str(name) for (name,) in link.ask(question))
