"""Tables, sequences, foreign keys and roles of a database, read from its catalogue."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg
from msgspec import Struct

from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.identifiers import column_list, copy_header, display_name, literal, quoted
from hctui.errors import MissingRights
from hctui.messages import N_, message

EXACT_UP_TO = 32 << 20
"""Bytes of all tables up to which their rows are counted when they are listed."""
_SHORT_TIMEOUTS = "SET lock_timeout = '300ms'; SET statement_timeout = '10s'"
_NO_TIMEOUTS = "SET lock_timeout = 0; SET statement_timeout = 0"
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
_EXACT_SIZE = "pg_table_size(c.oid)"
_ESTIMATED_SIZE = """
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
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated, a.attidentity,
  pg_get_expr(d.adbin, d.adrelid), (SELECT collname FROM pg_collation WHERE oid = a.attcollation)
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = %s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname
"""


_REFERENCES = """
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
    """A table that holds rows of its own: an ordinary table, or a partition."""

    oid: int
    schema: str
    table: str
    size: int
    """Bytes of its rows, large values included, indexes not."""
    readable: bool
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    """Columns whose values are copied; the others are generated from them."""
    condition: str | None
    """Of a table of an extension: the `WHERE` clause for the rows that users added."""

    @property
    def name(self) -> str:
        """Return its name for people."""
        return display_name(self.schema, self.table)

    @property
    def sql(self) -> str:
        """Return its name in SQL."""
        return quoted(self.schema, self.table)

    @property
    def header(self) -> str:
        """Return the COPY statement at the head of its file of rows."""
        return copy_header(self.schema, self.table, self.stored)

    @property
    def copy_out(self) -> str:
        """Return the COPY statement that reads its rows."""
        if self.condition:
            listed = ", ".join(map(quoted, self.stored))
            return f"COPY (SELECT {listed} FROM ONLY {self.sql} {self.condition}) TO STDOUT"
        return f"COPY {self.sql}{column_list(self.stored)} TO STDOUT"


class StoredSequence(Struct, frozen=True):
    """A sequence, and the table that owns it, if any."""

    schema: str
    sequence: str
    table: str | None
    """Its name for people."""

    @property
    def sql(self) -> str:
        """Return its name in SQL."""
        return quoted(self.schema, self.sequence)


def read_tables(connection: Connection) -> tuple[StoredTable, ...]:
    """Return the tables. Sizes are estimates if another session has a table locked."""
    connection.run(_SHORT_TIMEOUTS)
    try:
        rows = connection.driver.execute(_TABLES.format(size=_EXACT_SIZE).encode()).fetchall()
    except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
        rows = connection.query(_TABLES.format(size=_ESTIMATED_SIZE))
    connection.run(_NO_TIMEOUTS)
    return tuple(_table(row) for row in rows)


def tables_of_snapshot(connection: Connection, *, exact: bool = False) -> tuple[StoredTable, ...]:
    """Return the tables as the open transaction sees them; `exact` sizes wait for other sessions that lock a table."""
    return tuple(_table(row) for row in connection.query(_TABLES.format(size=_EXACT_SIZE if exact else _ESTIMATED_SIZE)))


def _table(row: tuple[object, ...]) -> StoredTable:
    oid, schema, table, size, readable, columns, stored, condition = row
    assert isinstance(columns, list) and isinstance(stored, list)
    return StoredTable(
        int(str(oid)), str(schema), str(table), int(str(size)), bool(readable), tuple(columns), tuple(stored),
        None if condition is None else str(condition),
    )  # fmt: skip


def count_rows(connection: Connection, tables: Iterable[StoredTable]) -> dict[str, int]:
    """Return the number of rows by table name; tables that can't be counted within seconds are left out."""
    counted = {}
    connection.run(_SHORT_TIMEOUTS)
    for table in tables:
        try:
            counted[table.name] = int(
                connection.driver.execute(f"SELECT count(*) FROM ONLY {table.sql}".encode()).fetchall()[0][0]
            )
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled, psycopg.errors.InsufficientPrivilege):
            continue
    connection.run(_NO_TIMEOUTS)
    return counted


def read_sequences(connection: Connection) -> tuple[StoredSequence, ...]:
    """Return the sequences that belong to no extension."""
    found = {}
    for oid, schema, sequence, table, table_schema in connection.query(_SEQUENCES):
        owner = display_name(str(table_schema), str(table)) if table is not None else None
        found[oid] = StoredSequence(str(schema), str(sequence), owner)
    return tuple(found.values())


def sequence_state(connection: Connection, sequences: Iterable[StoredSequence]) -> dict[StoredSequence, tuple[int, bool]]:
    """Return (last value, whether it was used) of each sequence. Sequences ignore snapshots, so none is behind its rows."""
    listed = list(sequences)
    states: dict[StoredSequence, tuple[int, bool]] = {}
    for start in range(0, len(listed), 200):
        some = listed[start : start + 200]
        sql = " UNION ALL ".join(f"SELECT {n}, last_value, is_called FROM {each.sql}" for n, each in enumerate(some))
        states.update({some[n]: (int(value), bool(called)) for n, value, called in connection.query(sql)})
    return states


def set_sequences(states: dict[StoredSequence, tuple[int, bool]]) -> str:
    """Return the statements that set sequences to these states."""
    return "".join(
        f"SELECT pg_catalog.setval({literal(each.sql)}, {value}, {str(called).lower()});\n"
        for each, (value, called) in states.items()
    )


def column_definitions(connection: Connection, table: StoredTable) -> list[tuple[object, ...]]:
    """Return the columns of a table, in a form that is equal for equal definitions in another database."""
    return [tuple(row) for row in connection.query(_COLUMNS, (table.oid,))]


def references_to(connection: Connection, tables: Iterable[str]) -> list[tuple[str, str]]:
    """Return the foreign keys from other tables to `tables`, as pairs (referring table, table referred to)."""
    wanted = set(tables)
    oids = [table.oid for table in tables_of_snapshot(connection) if table.name in wanted]
    rows = connection.query(_REFERENCES, {"oids": oids})
    return [(display_name(str(row[0]), str(row[1])), display_name(str(row[2]), str(row[3]))) for row in rows]


def refuse_unreadable(connection: Connection, tables: Iterable[StoredTable]) -> None:
    """Raise `MissingRights` with the names of the tables that the role may not read."""
    names = [table.name for table in tables if not table.readable]
    if names:
        reason = message(N_("it may not read {tables}."), tables=", ".join(names))
        raise MissingRights(alias=connection.address.alias, user=connection.user, reason=reason)


def roles_used(connection: Connection) -> tuple[str, ...]:
    """Return the roles that own an object in this database or have a right on one."""
    sql = """
        SELECT DISTINCT r.rolname FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
        JOIN pg_database b ON b.datname = current_database()
        WHERE d.refclassid = 'pg_authid'::regclass
          AND (d.dbid = b.oid OR (d.classid = 'pg_database'::regclass AND d.objid = b.oid))
        UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database() ORDER BY 1"""
    return tuple(str(name) for (name,) in connection.query(sql))
