"""The schema of a database file: its tables, columns, indexes, triggers and views."""

from __future__ import annotations

import re
import sqlite3
import string
from collections.abc import Iterable

from msgspec import Struct, field

from hctui.databases.sqlite.connection import quoted

_FOLDING = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_MODULE = re.compile(r"""^CREATE VIRTUAL TABLE\s+.*?\sUSING\s+["'`\[]?(\w+)""", re.IGNORECASE | re.DOTALL)
_CONTENT = re.compile(r"""[(,]\s*content\s*=\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`|([^\s,)'"`]+))""", re.IGNORECASE)
_CREATE = re.compile(r"CREATE (TABLE|VIRTUAL TABLE|INDEX|UNIQUE INDEX|TRIGGER|VIEW) (?=\S)")
_ROWID_NAMES = ("rowid", "_rowid_", "oid")


def folded(name: str) -> str:
    """Return `name` as SQLite compares names: without case for ASCII letters, and only for those."""
    return name.translate(_FOLDING)


class Column(Struct, frozen=True):
    """One column of a table."""

    name: str
    type: str
    """As declared."""
    primary_key: int
    """Its position in the primary key from 1, 0 if it is not part of it."""
    generated: bool

    @property
    def affinity(self) -> str:
        """The type to which SQLite converts the column's values."""
        declared = self.type.upper()
        for affinity, words in (("INTEGER", ("INT",)), ("TEXT", ("CHAR", "CLOB", "TEXT")), ("BLOB", ("BLOB",))):
            if any(word in declared for word in words):
                return affinity
        if not declared:
            return "BLOB"
        return "REAL" if any(word in declared for word in ("REAL", "FLOA", "DOUB")) else "NUMERIC"


class StoredTable(Struct):
    """One table in the file; a virtual table such as an FTS index has its shadow tables inside."""

    name: str
    sql: str
    columns: tuple[Column, ...] = ()
    without_rowid: bool = False
    module: str = ""
    """The module that implements a virtual table."""
    defect: str = ""
    """Why a virtual table can't be used here (its module or tokenizer is missing); empty if it can."""
    shadows: list[str] = field(default_factory=list)
    content: str = ""
    """The table or view with the text of a full-text index that has no text itself."""

    @property
    def stored_columns(self) -> tuple[str, ...]:
        """Names of the columns that can be written to."""
        return tuple(column.name for column in self.columns if not column.generated)

    @property
    def rowid(self) -> str | None:
        """The name by which the rowid can be read and written, None if there is none."""
        if self.without_rowid:
            return None
        taken = {folded(column.name) for column in self.columns}
        return next((name for name in _ROWID_NAMES if name not in taken), None)


class Definition(Struct, frozen=True):
    """One row of sqlite_schema: an index, a trigger or a view."""

    kind: str
    name: str
    table: str
    sql: str
    """Empty for an index that SQLite made for a constraint."""


class Schema(Struct):
    """Everything that is defined in one database file, by folded name."""

    tables: dict[str, StoredTable] = field(default_factory=dict)
    indexes: list[Definition] = field(default_factory=list)
    triggers: list[Definition] = field(default_factory=list)
    views: dict[str, Definition] = field(default_factory=dict)

    def indexes_of(self, tables: Iterable[str]) -> list[Definition]:
        """Return the indexes of `tables` that were made by a CREATE INDEX statement."""
        return _of(self.indexes, tables)

    def triggers_of(self, tables: Iterable[str]) -> list[Definition]:
        """Return the triggers on `tables` (or views)."""
        return _of(self.triggers, tables)

    def find(self, name: str) -> StoredTable | None:
        """Return the table called `name`, however its letters are cased."""
        return self.tables.get(folded(name))


def _of(definitions: list[Definition], tables: Iterable[str]) -> list[Definition]:
    wanted = {folded(table) for table in tables}
    return [each for each in definitions if each.sql and folded(each.table) in wanted]


def in_schema(sql: str, schema: str) -> str:
    """Return the stored definition `sql` as a statement that makes it in the attached database `schema`.

    SQLite stores definitions with a normalised beginning and an unqualified name. Raises `ValueError` for anything else.
    """
    found = _CREATE.match(sql)
    if found is None:
        raise ValueError(sql[:60])
    return f"{found.group()}{schema}.{sql[found.end() :]}"


def read_schema(connection: sqlite3.Connection, schema: str = "main") -> Schema:
    """Read the schema of the attached database `schema`. Raises `sqlite3.Error`."""
    result = Schema()
    definitions: dict[str, str] = {}
    for kind, name, table, sql in connection.execute(f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_schema"):
        definition = Definition(kind, name, table, sql or "")
        match kind:
            case "table":
                definitions[name] = sql or ""
            case "index":
                result.indexes.append(definition)
            case "trigger":
                result.triggers.append(definition)
            case "view":
                result.views[folded(name)] = definition
    _add_tables(connection, schema, definitions, result)
    return result


def _add_tables(connection: sqlite3.Connection, schema: str, definitions: dict[str, str], result: Schema) -> None:
    listed = list_tables(connection, schema)
    for name, kind, without_rowid in listed:
        if kind in ("table", "virtual") and not name.startswith("sqlite_"):
            table = StoredTable(name, definitions.get(name, ""), without_rowid=without_rowid)
            result.tables[folded(name)] = table
            if kind == "virtual":
                _describe_virtual(connection, schema, table)
    for name, kind, _ in listed:
        owner = result.tables.get(folded(name.rpartition("_")[0]))
        if kind == "shadow" and owner is not None and owner.module:
            owner.shadows.append(name)
    columns: dict[str, list[Column]] = {}
    ordinary = (
        f"SELECT m.name, x.name, x.type, x.pk, x.hidden FROM {schema}.sqlite_schema AS m"
        " JOIN pragma_table_xinfo(m.name, ?) AS x"
        " WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL TABLE %' ORDER BY m.name, x.cid"
    )
    for table_name, name, declared, key, hidden in connection.execute(ordinary, (schema,)):
        columns.setdefault(folded(table_name), []).append(Column(name, declared, key, hidden in (2, 3)))
    for key, found in columns.items():
        if key in result.tables:
            result.tables[key].columns = tuple(found)


def list_tables(connection: sqlite3.Connection, schema: str) -> list[tuple[str, str, bool]]:
    """Return name, kind (`table`, `virtual`, `shadow`, `view`) and whether it has no rowid, of everything like a table."""
    if sqlite3.sqlite_version_info >= (3, 37):
        rows = connection.execute("SELECT name, type, wr FROM pragma_table_list WHERE schema = ?", (schema,))
        return [(name, kind, bool(without_rowid)) for name, kind, without_rowid in rows]
    return _list_tables_without_pragma(connection, schema)


def _list_tables_without_pragma(connection: sqlite3.Connection, schema: str) -> list[tuple[str, str, bool]]:
    """Return the same for an older SQLite, as some distributions have it, which does not know `table_list`."""
    rows = connection.execute(f"SELECT name, type, sql FROM {schema}.sqlite_schema WHERE type IN ('table', 'view')").fetchall()
    modules = {folded(name): found.group(1).lower() for name, _, sql in rows if (found := _MODULE.match(sql or ""))}
    without_rowid = {name for (name,) in connection.execute(_WITHOUT_ROWID.format(schema=schema), (schema,))}
    listed = []
    for name, kind, _ in rows:
        owner, _, suffix = folded(name).rpartition("_")
        family = next((suffixes for begin, suffixes in _SHADOWS.items() if modules.get(owner, "").startswith(begin)), ())
        real = "virtual" if folded(name) in modules else "shadow" if suffix in family else kind
        listed.append((name, real, name in without_rowid))
    return listed


_SHADOWS = {
    "fts5": ("data", "idx", "content", "docsize", "config"),
    "fts": ("content", "segments", "segdir", "docsize", "stat"),
    "rtree": ("node", "parent", "rowid"),
    "geopoly": ("node", "parent", "rowid"),
}
_WITHOUT_ROWID = (
    "SELECT m.name FROM {schema}.sqlite_schema AS m JOIN pragma_index_list(m.name, ?) AS l WHERE m.type = 'table'"
    " AND l.origin = 'pk' AND l.name NOT IN (SELECT name FROM {schema}.sqlite_schema WHERE type = 'index')"
)
"""Such a table is stored in its primary key, which is then not listed as an index."""


def _describe_virtual(connection: sqlite3.Connection, schema: str, table: StoredTable) -> None:
    module = _MODULE.match(table.sql)
    table.module = module.group(1).lower() if module else "?"
    content = _CONTENT.search(table.sql)
    if content and table.module.startswith("fts"):
        table.content = next(filter(None, content.groups()), "")
    try:
        rows = connection.execute(f"PRAGMA {schema}.table_xinfo({quoted(table.name)})").fetchall()
    except sqlite3.OperationalError as error:
        table.defect = str(error)
        return
    table.columns = tuple(Column(name, declared, key, False) for _, name, declared, _, _, key, hidden in rows if not hidden)
