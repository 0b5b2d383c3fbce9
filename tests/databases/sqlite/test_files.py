"""Files of every kind: journal modes, encodings, page sizes, empty files, damaged files, links, leftovers."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing
from pathlib import Path

import pytest

from hctui.databases.sqlite import inspect, recognises, sizes, work_dirs
from hctui.errors import (
    DatabaseUnreadable,
    NoSpace,
    TableRefused,
)

TABLES = "CREATE TABLE a (x TEXT); CREATE INDEX ax ON a(x); CREATE TABLE users (y); CREATE TABLE audit (z);"
ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO a SELECT 'linha ação ' || i FROM n;
INSERT INTO users VALUES ('é ☕'); INSERT INTO audit VALUES (1);
"""


@pytest.mark.parametrize("live", ["page_size=16384", "auto_vacuum=2", "page_size=512; PRAGMA auto_vacuum=1"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("backed_up", ["page_size=4096", "page_size=65536; PRAGMA auto_vacuum=1"])
def test_page_sizes_and_vacuums_that_differ(company, backing_up, restoring, recorder, live, mode, backed_up):
    made = company(TABLES + ROWS, f"PRAGMA {backed_up}; PRAGMA user_version=7; PRAGMA application_id=99")
    then, backup = made.dump(), backing_up(made.engine)
    other = company(
        TABLES + ROWS + ROWS + "DELETE FROM audit; CREATE TABLE more (a);", f"PRAGMA {live}; PRAGMA journal_mode={mode}"
    )
    before = other.dump()
    restoring(other.engine, backup, ["a", "users", "audit"], drop=["more"])
    assert sorted(line for line in other.dump() if "rootpage" not in line) == then
    assert other.whole()
    assert other.ask("PRAGMA journal_mode") == [(mode,)]
    assert other.ask("PRAGMA user_version") == [(7,)]
    assert other.ask("PRAGMA application_id") == [(99,)]
    other.engine.undo(recorder())
    assert other.dump() == before
    assert other.whole()
    assert other.ask("PRAGMA journal_mode") == [(mode,)]


@pytest.mark.parametrize("encoding", ["UTF-16le", "UTF-16be"])
def test_other_text_encodings(company, backing_up, restoring, leaving_out, encoding):
    made = company(TABLES + ROWS, f"PRAGMA encoding='{encoding}'")
    then = made.dump()
    backup = backing_up(made.engine, leaving_out("audit", indexes=False))
    made.run("DELETE FROM a; DELETE FROM users")
    restoring(made.engine, backup, ["a", "users"])
    assert made.dump() == then
    made.run("DELETE FROM a")
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.dump() == then
    other = company(TABLES + ROWS)
    before = other.dump()
    assert "UTF-16" in str(other.engine.conflicts(backup.manifest, ["a"])[0])
    for whole in (False, True):
        with pytest.raises(TableRefused, match="UTF-16"):
            restoring(other.engine, backup, ["a"], whole=whole)
        assert other.dump() == before
        assert other.beside() == ["empresa.db"]
    restoring(other.engine, backing_up(made.engine), ["a", "users", "audit"])
    assert other.ask("PRAGMA encoding") == [(encoding,)]
    assert other.whole()


@pytest.mark.parametrize("zero_bytes", [True, False])
def test_empty_database(company, backing_up, restoring, recorder, tmp_path, zero_bytes):
    made = company("" if zero_bytes else "CREATE TABLE a (b); DROP TABLE a;")
    made.path.touch()
    assert made.engine.exists()
    assert made.engine.tables() == ()
    backup = backing_up(made.engine)
    assert inspect(backup.unpack(tmp_path / "unpacked"), backup.manifest, recorder()) is not None
    full = company(TABLES + ROWS)
    then = full.dump()
    restoring(made.engine, backing_up(full.engine), ["a", "users", "audit"])
    assert made.dump() == then
    restoring(full.engine, backup, [], drop=["a", "users", "audit"])
    assert full.ask("SELECT * FROM sqlite_schema") == []
    full.engine.undo(recorder())
    assert full.dump() == then


def test_only_views(company, backing_up, restoring):
    made = company("CREATE VIEW v AS SELECT 1 AS one; CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN SELECT 1; END")
    then, backup = made.dump(), backing_up(made.engine)
    made.run("DROP VIEW v; CREATE VIEW w AS SELECT 2; CREATE TRIGGER wt INSTEAD OF DELETE ON w BEGIN SELECT 1; END")
    restoring(made.engine, backup, [])
    assert made.dump() != then
    assert set(then) < set(made.dump())


def test_member_opens_as_it_is(company, backing_up, leaving_out, tmp_path):
    made = company(TABLES + ROWS, "PRAGMA journal_mode=wal")
    for request in (None, leaving_out("audit", indexes=False)):
        path = tmp_path / "opened.db"
        path.write_bytes(backing_up(made.engine, request).parts["empresa.db"])
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert connection.execute("SELECT count(*) FROM a").fetchone() == (2000,)
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_rows_deleted_long_ago_are_not_in_the_backup(company, backing_up, leaving_out):
    made = company(TABLES, "PRAGMA secure_delete=OFF")
    with made.connected() as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        secret = "SEGREDO-" * 200
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO audit VALUES (?)", ((f"{secret}{n}",) for n in range(200)))
        connection.execute("COMMIT")
        connection.execute("DELETE FROM audit WHERE z NOT LIKE '%7'")
    assert b"SEGREDO" in made.path.read_bytes()
    backup = backing_up(made.engine, leaving_out("audit"))
    assert b"SEGREDO" not in backup.parts["empresa.db"]


def test_log_of_a_reader_is_removed(company, backing_up):
    made = company(TABLES + ROWS, "PRAGMA journal_mode=wal")
    assert made.beside() == ["empresa.db"]
    made.engine.tables()
    backing_up(made.engine)
    assert made.beside() == ["empresa.db"]


def test_log_of_a_killed_program_is_read_and_stays(company, backing_up, killed):
    made = company(TABLES, "PRAGMA journal_mode=wal")
    killed(made.path, "INSERT INTO users VALUES ('in the log')", commit=True)
    assert "empresa.db-wal" in made.beside()
    size = made.path.stat().st_size
    backup = backing_up(made.engine)
    assert {table.name: table.rows for table in backup.manifest.tables}["users"] == 1
    assert {table.name: table.rows for table in made.engine.tables()}["users"] == 1
    assert made.path.stat().st_size == size


def test_journal_of_a_killed_program_is_rolled_back(company, backing_up, killed):
    made = company(TABLES + ROWS)
    killed(made.path, "PRAGMA cache_size=1; BEGIN; UPDATE a SET x = 'half'; DELETE FROM users", commit=False)
    assert "empresa.db-journal" in made.beside()
    assert {table.name: table.rows for table in made.engine.tables()} == {"a": 2000, "users": 1, "audit": 1}
    assert {table.name: table.rows for table in backing_up(made.engine).manifest.tables} == {"a": 2000, "users": 1, "audit": 1}
    assert made.whole()


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_read_only_folder(company, backing_up, mode, as_nobody):
    made = company(TABLES + ROWS, f"PRAGMA journal_mode={mode}")
    made.path.chmod(0o444)
    made.path.parent.chmod(0o555)
    assert as_nobody(made.path) == f"{mode} 2000 2000"


def test_symbolic_link_is_followed(company, backing_up, restoring, tmp_path):
    made = company(TABLES + ROWS)
    link = tmp_path / "link.db"
    link.symlink_to(made.path)
    linked = type(made)(link)
    then, backup = made.dump(), backing_up(linked.engine)
    made.path.write_bytes(b"garbage" * 999)
    restoring(linked.engine, backup, backup.names())
    assert link.is_symlink()
    assert made.dump() == then
    assert made.beside() == [".hctui-undo-empresa.db", "empresa.db"]


def test_permissions(company, backing_up, restoring, recorder):
    made = company(TABLES + ROWS)
    made.path.chmod(0o640)
    with made.engine.snapshot(request_all(backing_up), recorder()) as snapshot:
        (work,) = made.path.parent.glob(".hctui-work-*")
        assert stat.S_IMODE(work.stat().st_mode) == 0o700
        assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in work.iterdir() if path.name != "lock")
        assert list(snapshot.parts())
    backup = backing_up(made.engine)
    restoring(made.engine, backup, ["a"], whole=False)
    undo = made.path.parent / ".hctui-undo-empresa.db"
    assert stat.S_IMODE(undo.stat().st_mode) == 0o700
    for damaged in (b"garbage" * 999, None):
        made.path.write_bytes(damaged) if damaged else made.path.unlink()
        restoring(made.engine, backup, backup.names())
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o640


def request_all(backing_up):
    """Return a request that leaves out nothing."""
    return backing_up.__globals__["SnapshotRequest"]()


def test_what_is_recognised(company, tmp_path):
    made = company(TABLES)
    (tmp_path / "text.db").write_text("SQLite is nice")
    os.mkfifo(tmp_path / "pipe.db")
    assert recognises(str(made.path))
    for other in (tmp_path, tmp_path / "text.db", tmp_path / "nothing", tmp_path / "pipe.db"):
        assert not recognises(str(other))
    assert not recognises("postgresql://host/x\0")


def test_locations_that_are_no_file(company, tmp_path):
    for place in (tmp_path, Path("/dev/null")):
        with pytest.raises(DatabaseUnreadable):
            type(company())(place).engine.tables()


def test_part_names_are_valid_member_names(company, backing_up):
    for name, member in (("a:b\\c\n.db", "a_b_c_.db"), ("con", "_"), ("é.db", "é.db"), ("á" * 120 + ".db", "á" * 120 + ".db")):
        made = company(TABLES, name=name)
        assert [part.path for part in backing_up(made.engine).manifest.parts] == [member]


def test_long_names_have_room_for_their_undo(company, backing_up, restoring, recorder):
    made = company(TABLES + ROWS, name="x" * 240 + ".db")
    then, backup = made.dump(), backing_up(made.engine)
    made.run("DELETE FROM a")
    restoring(made.engine, backup, ["a"], whole=False)
    assert made.dump() == then
    made.engine.undo(recorder())
    assert made.ask("SELECT * FROM a") == []


def test_not_enough_room(company, backing_up, restoring, monkeypatch):
    made = company(TABLES + ROWS)
    backup = backing_up(made.engine)
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr(work_dirs.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(NoSpace) as caught:
        backing_up(made.engine)
    assert caught.value.message.values["free_bytes"] == 1000
    with pytest.raises(NoSpace):
        restoring(made.engine, backup, ["a"])
    assert made.beside() == ["empresa.db"]


def test_sizes_of_a_large_database_are_estimated(company, monkeypatch):
    made = company(TABLES + ROWS + "CREATE TABLE big (id INTEGER PRIMARY KEY, b BLOB); CREATE VIRTUAL TABLE f USING fts5(t);")
    with made.connected() as connection:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO big(b) VALUES (?)", ((os.urandom(300),) for _ in range(2000)))
        connection.execute("COMMIT")
    exact = {table.name: table for table in made.engine.tables()}
    monkeypatch.setattr("hctui.databases.sqlite.engine.EXACT_UP_TO", 0)
    estimated = {table.name: table for table in made.engine.tables()}
    assert set(estimated) == set(exact)
    assert all(table.rows is None for table in estimated.values())
    for name in ("a", "big"):
        assert exact[name].size / 2 < estimated[name].size < exact[name].size * 2
    assert sum(table.size + table.index_size for table in estimated.values()) <= made.path.stat().st_size
    assert sizes.EXACT_UP_TO > 0


@pytest.mark.slow
def test_thousands_of_tables_stay_quick(company, backing_up, restoring):
    made = company("BEGIN;" + "".join(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a, b);" for n in range(3_000)) + "COMMIT")
    began = time.process_time()
    assert len(made.engine.tables()) == 3_000
    listed = time.process_time() - began
    backup = backing_up(made.engine)
    backed_up = time.process_time() - began - listed
    made.run("INSERT INTO t5 VALUES (1, 2, 3); INSERT INTO t6 VALUES (1, 2, 3)")
    restoring(made.engine, backup, ["t5"], whole=False)
    restoring(made.engine, backup, backup.names())
    assert made.ask("SELECT * FROM t5 UNION ALL SELECT * FROM t6") == []
    print(f"{listed:.2f} s to list, {backed_up:.2f} s to back up")
    assert listed + backed_up < 60, "it takes less than a second of a processor; with time that grows by the square, minutes"


def test_folders_of_killed_runs_are_removed_and_those_of_running_ones_stay(company, backing_up, recorder):
    made = company(TABLES + ROWS)
    abandoned = made.path.parent / ".hctui-work-ended"
    abandoned.mkdir()
    (abandoned / "copy").write_bytes(b"x")
    old = made.path.parent / f".hctui-begun-{os.getpid()}-old"
    old.mkdir()
    os.utime(old, (0, 0))
    new = made.path.parent / f".hctui-begun-{os.getpid()}-new"
    new.mkdir()
    (made.path.parent / ".hctui-begun-999999999-new").mkdir()
    with made.engine.snapshot(request_all(backing_up), recorder()) as snapshot:
        assert made.engine.recover() is not None
        assert not abandoned.exists() and not old.exists() and new.exists()
        with next(snapshot.parts()).open() as stream:
            assert stream.read(15) == b"SQLite format 3"
    assert made.engine.recover() is None
    assert made.beside() == [new.name, "empresa.db"]
