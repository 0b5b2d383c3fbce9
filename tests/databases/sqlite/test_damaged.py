"""Databases and backups that are damaged, truncated or hostile, and files that are no database."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from hctui.databases.sqlite import from_members, inspect
from hctui.databases.sqlite.connection import mapped
from hctui.errors import (
    DatabaseDamaged,
    DatabaseError,
    DatabaseInUse,
    DatabaseUnreadable,
    NoSpace,
    NotWritable,
    WriteFailed,
)
from hctui.model import DatabaseManifest, Part, PartKind

TABLES = "CREATE TABLE a (x TEXT); CREATE INDEX ax ON a(x); CREATE TABLE users (y); CREATE TABLE audit (z);"
ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO a SELECT 'linha ação ' || i FROM n;
INSERT INTO users VALUES ('é ☕'); INSERT INTO audit VALUES (1);
"""


@pytest.mark.parametrize("size", [0, 50, 100, 4096, 9000])
def test_truncated_database_can_be_restored(company, backing_up, restoring, recorder, size):
    made = company(TABLES + ROWS)
    then, backup = made.dump(), backing_up(made.engine)
    content = made.path.read_bytes()[:size]
    made.path.write_bytes(content)
    restoring(made.engine, backup, backup.names())
    assert made.dump() == then
    made.engine.undo(recorder())
    if size:
        assert made.path.read_bytes() == content
    else:
        assert made.ask("SELECT * FROM sqlite_schema") == []


def test_table_that_should_stay_but_is_damaged_is_named(company, backing_up, restoring):
    made = company(TABLES + ROWS)
    backup = backing_up(made.engine)
    ((page,),) = made.ask("SELECT rootpage FROM sqlite_schema WHERE name = 'users'")
    with open(made.path, "r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 64)
    before = made.path.read_bytes()
    with pytest.raises(DatabaseDamaged, match="table users"):
        restoring(made.engine, backup, ["a", "audit"])
    assert made.path.read_bytes() == before
    assert made.beside() == ["empresa.db"]
    restoring(made.engine, backup, ["a", "audit", "users"])
    assert made.whole()


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_stale_log_never_reaches_the_restored_database(company, backing_up, restoring, recorder, killed, suffix):
    made = company(TABLES + ROWS, f"PRAGMA journal_mode={'wal' if suffix == '-wal' else 'delete'}")
    then, backup = made.dump(), backing_up(made.engine)
    killed(made.path, "PRAGMA cache_size=1; BEGIN; UPDATE a SET x = 'half'", commit=suffix == "-wal")
    side = Path(f"{made.path}{suffix}")
    stale = side.read_bytes()
    assert stale
    made.path.unlink()
    restoring(made.engine, backup, backup.names())
    assert made.dump() == then
    made.engine.undo(recorder())
    assert not made.path.exists()
    assert side.read_bytes() == stale


def test_log_that_another_program_packed_with_the_database(company, restoring, recorder, killed, tmp_path):
    made = company(TABLES + ROWS, "PRAGMA journal_mode=wal")
    killed(made.path, "INSERT INTO a VALUES ('in the log')", commit=True)
    files = {path.name: path.read_bytes() for path in made.path.parent.iterdir()}
    manifest = from_members("EMPRESA", [(name, len(content)) for name, content in files.items()])
    assert manifest is not None
    assert {part.path: part.kind for part in manifest.parts} == {
        "empresa.db": PartKind.DATA,
        "empresa.db-wal": PartKind.OTHER,
    }
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert inspect(folder, manifest, recorder()) is not None
    other = company(TABLES + "INSERT INTO users VALUES ('now'); INSERT INTO audit VALUES ('now'); CREATE TABLE since (a)")
    backup = restoring.__globals__["Backup"](manifest, files)
    outcome = restoring(other.engine, backup, [])
    assert other.ask("SELECT count(*) FROM a") == [(2001,)]
    assert (other.ask("SELECT * FROM users"), other.ask("SELECT * FROM audit")) == ([("now",)], [("now",)])
    assert set(outcome.kept) == {"users", "audit", "since"}


def test_members_that_are_no_database():
    for members in (
        [],
        [("produtos.db", 1), ("clientes.db", 1)],
        [("produtos.db", 1), ("produtos.px", 1)],
        [("texto.txt", 1)],
        [("a/empresa.db", 1), ("b/outra.db", 1)],
        [("empresa.db-wal", 1)],
    ):
        assert from_members("EMPRESA", members) is None
    assert from_members("EMPRESA", [("EMPRESA.SQLITE3", 5)]) is not None


def test_database_that_differs_from_its_manifest_is_refused(company, backing_up, recorder, tmp_path):
    made = company(TABLES + ROWS)
    backup = backing_up(made.engine)
    folder = backup.unpack(tmp_path / "unpacked")
    with closing(sqlite3.connect(folder / "empresa.db")) as connection, connection:
        connection.execute("DELETE FROM users")
    with pytest.raises(DatabaseDamaged, match="table users: 0 rows where there were 1"):
        inspect(folder, backup.manifest, recorder())
    with closing(sqlite3.connect(folder / "empresa.db")) as connection, connection:
        connection.execute("DROP TABLE users")
    with pytest.raises(DatabaseDamaged, match="table users"):
        inspect(folder, backup.manifest, recorder())
    (folder / "empresa.db").unlink()
    with pytest.raises(DatabaseDamaged, match="missing"):
        inspect(folder, backup.manifest, recorder())
    with pytest.raises(DatabaseDamaged, match="exactly one"):
        inspect(folder, DatabaseManifest("EMPRESA", "sqlite"), recorder())


def test_hostile_index_definition_is_refused(company, backing_up, restoring, leaving_out, tmp_path):
    made = company(TABLES + ROWS)
    backup = backing_up(made.engine, leaving_out(indexes=False))
    (index,) = backup.manifest.indexes
    target = tmp_path / "written"
    for definition in (
        f"ATTACH '{target}' AS t",
        f"CREATE INDEX i ON a(x); ATTACH '{target}' AS t",
        "DROP TABLE a",
        "PRAGMA writable_schema = ON",
    ):
        hostile = replace(backup.manifest, indexes=(replace(index, definition=definition),))
        before = made.dump()
        with pytest.raises(DatabaseError):
            restoring(made.engine, type(backup)(hostile, backup.parts), ["a"])
        with suppress(DatabaseError):
            restoring(made.engine, type(backup)(hostile, backup.parts), ["a"], whole=False)
        assert made.dump() == before
        assert not target.exists()
    odd = replace(backup.manifest, details={"statistics": 5, "mode": "x", "journal_mode": 7})
    made.path.unlink()
    restoring(made.engine, type(backup)(odd, backup.parts), ["a", "users", "audit"])
    assert made.whole()


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (PermissionError(13, "Permission denied"), NotWritable),
        (OSError(5, "Input/output error"), WriteFailed),
        (OSError(28, "No space left on device"), NoSpace),
        ("SQLITE_BUSY", DatabaseInUse),
        ("SQLITE_CORRUPT", DatabaseDamaged),
        ("SQLITE_NOTADB", DatabaseDamaged),
        ("SQLITE_CANTOPEN", DatabaseUnreadable),
        ("SQLITE_READONLY", NotWritable),
        ("SQLITE_FULL", NoSpace),
        ("SQLITE_ERROR", DatabaseError),
    ],
)
def test_every_error_is_one_of_ours(tmp_path, raised, expected):
    error = raised
    if isinstance(raised, str):
        error = sqlite3.OperationalError(raised)
        error.sqlite_errorcode = getattr(sqlite3, raised)
    path = tmp_path / "x.db"
    path.touch()
    with pytest.raises(expected) as caught, mapped("EMPRESA", path):
        raise error
    assert str(caught.value)


def test_backup_without_its_file(company, restoring, backing_up):
    made = company(TABLES)
    manifest = DatabaseManifest("EMPRESA", "sqlite", parts=(Part("a.db", PartKind.DATA), Part("b.db", PartKind.DATA)))
    with pytest.raises(DatabaseDamaged):
        restoring(made.engine, restoring.__globals__["Backup"](manifest, {}), ["a"])
