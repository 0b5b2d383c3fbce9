"""What a database holds, read without hctui: by sqlite3, dbfread, dbflib and psycopg. The tests and `make.py` use it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import warnings
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Contents = dict[str, Any]
"""`tables` (rows and SHA-256 of each) and `objects` (indexes, keys, views, triggers); of a folder also `files`.

Of PostgreSQL also `sequences` (where they stand) and `derived` (materialized views).
"""
MISSING: Contents = {"missing": True}
"""Where there is no database."""

_PG_TABLES = """
SELECT n.nspname, c.relname, c.relkind = 'm' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^(pg_|information_schema)'
"""
_PG_OBJECTS = """
SELECT 'index ' || indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid) || convalidated
  FROM pg_constraint WHERE conrelid <> 0 AND contype <> 'n' AND connamespace::regnamespace::text !~ '^(pg_|inf)'
UNION ALL SELECT 'view ' || viewname FROM pg_views WHERE schemaname !~ '^(pg_|information_schema)'
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'comment ' || description FROM pg_description WHERE objoid >= 16384
"""
_PG_SEQUENCES = "SELECT sequencename::text, last_value FROM pg_sequences ORDER BY 1"
_PG_SETTINGS = "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1; SET bytea_output = 'hex'"
"""For the text of rows. Constraints of kind `n` (NOT NULL) exist from PostgreSQL 18 on only."""


def of_sqlite(path: Path) -> Contents:
    """Return what a SQLite database holds; of a file that is none, a hash. SQLite itself must find nothing wrong with it."""
    if not path.exists():
        return MISSING
    if not path.read_bytes().startswith(b"SQLite format 3"):
        return {"bytes": hashlib.sha256(path.read_bytes()).hexdigest()}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
        objects = [(kind, name, table, sql or "") for kind, name, table, sql in schema]
        names = [name for kind, name, _, _ in objects if kind == "table" and not name.startswith("sqlite_")]
        rows = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return {"tables": _tables(rows), "objects": sorted(" | ".join(each) for each in objects)}


def of_folder(root: Path) -> Contents:
    """Return what a folder of dBase and FoxPro tables holds, and a hash of each of its files."""
    import dbflib
    from dbfread import DBF

    files = sorted(path for path in root.rglob("*") if path.is_file() and ".hctui-" not in str(path.relative_to(root)))
    rows = {}
    for path in files:
        if path.suffix == ".dbf":
            with warnings.catch_warnings(action="ignore"):
                rows[_stem(root, path)] = [tuple(record.values()) for record in DBF(path, encoding="cp1252")]
    tags = {_stem(root, path): dbflib.read_cdx(str(path))[0] for path in files if path.suffix == ".cdx"}
    objects = [
        f"index {table} {name} on {tag['key'].decode()}: {len(tag['entries'])} keys, {hashed(tag['entries'])}"
        for table, found in tags.items()
        for name, tag in found.items()
    ]
    digests = {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return {"tables": _tables(rows), "objects": sorted(objects), "files": digests}


def of_postgresql(url: str) -> Contents:
    """Return what a PostgreSQL database holds."""
    import psycopg

    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?"), autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall():
            return MISSING
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PG_SETTINGS)
        rows: dict[str, list[tuple[Any, ...]]] = {}
        derived: dict[str, list[tuple[Any, ...]]] = {}
        for schema, table, is_view in connection.execute(_PG_TABLES).fetchall():
            name = table if schema == "public" else f"{schema}.{table}"
            question = f'SELECT t::text FROM ONLY "{schema}"."{table}" t'
            (derived if is_view else rows)[name] = connection.execute(question.encode()).fetchall()
        objects = sorted(text for (text,) in connection.execute(_PG_OBJECTS).fetchall())
        sequences = dict(connection.execute(_PG_SEQUENCES).fetchall())
    return {"tables": _tables(rows), "objects": objects, "sequences": sequences, "derived": _tables(derived)}


def of_files(root: Path) -> Contents:
    """Return a hash of each file below a folder, its permissions and, of a link, where it leads."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            found[name] = f"{path.stat().st_mode & 0o777:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        else:
            found[name] = "folder"
    return {"files": found}


def hashed(value: object) -> str:
    """Return a SHA-256 of a value, bytes as hexadecimal and what JSON does not know as text."""
    text = json.dumps(value, ensure_ascii=False, default=lambda each: each.hex() if isinstance(each, bytes) else str(each))
    return hashlib.sha256(text.encode()).hexdigest()


def _tables(rows: dict[str, list[tuple[Any, ...]]]) -> dict[str, dict[str, Any]]:
    """Return the number of rows of each table, a hash of all of them and hashes of the first three, whatever their order."""
    found = {}
    for name, all_rows in sorted(rows.items()):
        digests = sorted(map(hashed, all_rows))
        found[name] = {"rows": len(digests), "sha256": hashed(digests), "some": _first(digests)}
    return found


def _first(digests: Sequence[str]) -> list[str]:
    return [digest[:16] for digest in digests[:3]]


def _stem(root: Path, path: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def without(contents: Contents, *keys: str) -> Contents:
    """Return contents without what is not compared."""
    return {key: value for key, value in contents.items() if key not in keys}


def only(contents: Contents, tables: Iterable[str]) -> dict[str, Any]:
    """Return some of the tables of contents."""
    return {name: contents["tables"].get(name) for name in tables}
