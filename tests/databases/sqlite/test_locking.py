"""Exclusive access: programs that have the database open are named; one that connects during a restore loses nothing."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys

import pytest

from hctui.databases import open_files
from hctui.errors import DatabaseInUse

TABLES = "CREATE TABLE a (x); CREATE TABLE log_x (y); INSERT INTO a VALUES ('then');"
WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=float(sys.argv[2]), isolation_level=None)
print("connected", flush=True)
try:
    connection.execute(sys.argv[3])
    print("written", flush=True)
except sqlite3.OperationalError as error:
    print(error, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def another():
    """Start a process that connects, writes, and stays connected until its input is closed."""
    started = []

    def start(made, statement, timeout=60):
        command = [sys.executable, "-c", WRITER, str(made.path), str(timeout), statement]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "connected\n"
        return process

    yield start
    for process in started:
        process.communicate()


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("whole", [True, False])
def test_program_that_connects_during_the_swap_waits_and_loses_nothing(
    company, backing_up, restoring, recorder, another, monkeypatch, mode, whole
):
    made = company(TABLES, f"PRAGMA journal_mode={mode}")
    backup = backing_up(made.engine)
    made.run("UPDATE a SET x = 'now'")
    connected = []

    class Connecting(recorder):
        def advance(self, size):
            if not connected and holds_lock(made):
                connected.append(another(made, "INSERT INTO log_x VALUES ('came in the middle')"))

    restoring(made.engine, backup, ["a"], whole=whole, reporter=Connecting())
    assert connected[0].stdout.readline() == "written\n"
    assert made.ask("SELECT * FROM a") == [("then",)]
    assert made.ask("SELECT * FROM log_x") == [("came in the middle",)]


def holds_lock(made):
    """Return whether this process is in the middle of the swap."""
    return os.path.exists(made.path.parent / ".hctui-undo-empresa.db.pending")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_program_that_writes_before_the_lock_is_named_and_keeps_its_rows(company, backing_up, restoring, another, mode):
    made = company(TABLES, f"PRAGMA journal_mode={mode}")
    backup = backing_up(made.engine)
    process = another(made, "UPDATE a SET x = 'mine'")
    assert process.stdout.readline() == "written\n"
    (session,) = made.engine.sessions()
    assert (session.process, session.program[:6]) == (process.pid, "python")
    assert session.user
    for whole in (True, False):
        with pytest.raises(DatabaseInUse, match=str(process.pid)):
            restoring(made.engine, backup, ["a"], whole=whole)
    assert made.ask("SELECT * FROM a") == [("mine",)]


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("idle", [True, False])
def test_lock_alone_refuses_too(company, backing_up, restoring, recorder, monkeypatch, mode, idle):
    """Another user's process may be invisible, but its lock is not; an idle one in rollback-journal mode has no lock."""
    made = company(TABLES, f"PRAGMA journal_mode={mode}")
    backup = backing_up(made.engine)
    monkeypatch.setattr("hctui.databases.sqlite.connection.LOCK_TIMEOUT", 0.2)
    with made.connected() as connection:
        connection.execute("SELECT * FROM a").fetchall() if idle else connection.execute("BEGIN IMMEDIATE")
        if idle and mode == "delete":
            restoring(made.engine, backup, ["a"])
            assert connection.execute("SELECT * FROM a").fetchall() == [("then",)]
        else:
            for whole in (True, False):
                with pytest.raises(DatabaseInUse, match="another program"):
                    restoring(made.engine, backup, ["a"], whole=whole)
    restoring(made.engine, backup, ["a"])
    with made.connected() as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM a").fetchone()
        with pytest.raises(DatabaseInUse):
            made.engine.undo(recorder())
    assert made.beside() == [".hctui-undo-empresa.db", "empresa.db"]


def test_snapshot_waits_for_a_writer_and_then_fails(company, backing_up, monkeypatch):
    made = company(TABLES)
    monkeypatch.setattr("hctui.databases.sqlite.connection.READ_TIMEOUT", 0.2)
    with made.connected() as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(DatabaseInUse):
            backing_up(made.engine)
        with pytest.raises(DatabaseInUse):
            made.engine.tables()


def test_locks_on_a_file_that_sqlite_can_not_open(company, backing_up, restoring, locked_by_another):
    made = company(TABLES)
    backup = backing_up(made.engine)
    made.path.write_bytes(b"garbage" * 99)
    with locked_by_another(made.path, 0x40000002, 510), pytest.raises(DatabaseInUse):
        restoring(made.engine, backup, ["a", "log_x"])
    assert made.path.read_bytes() == b"garbage" * 99
    restoring(made.engine, backup, ["a", "log_x"])
    assert made.whole()


def test_processes_with_invisible_files_are_found_by_their_locks(company, locked_by_another, monkeypatch):
    made = company(TABLES)
    if not open_files._LOCKS.exists():
        pytest.skip("there is no /proc/locks here")
    monkeypatch.setattr(open_files, "_descriptors", lambda process: ())
    with locked_by_another(made.path, 0x40000002, 1) as process:
        found = [session.process for session in made.engine.sessions()]
    assert found in ([process], [])  # [] on a file system whose device number in /proc/locks is another


def test_programs_are_found_by_hard_links_and_side_files(company, another, tmp_path, monkeypatch):
    made = company(TABLES, "PRAGMA journal_mode=wal")
    link = made.path.parent / "link.db"
    os.link(made.path, link)
    process = another(type(made)(link), "SELECT 1")
    assert [session.process for session in made.engine.sessions()] == [process.pid]


def test_two_restores_at_once(company, backing_up, restoring):
    made = company(
        TABLES + "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) INSERT INTO a SELECT i FROM n"
    )
    backup = backing_up(made.engine)
    made.run("DELETE FROM a")
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                restoring(made.engine, backup, ["a"])
                os._exit(0)
            except DatabaseInUse:
                os._exit(7)
            finally:
                os._exit(1)
        children.append(child)
    codes = {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}
    assert codes <= {0, 7}
    assert made.ask("SELECT count(*) FROM a") == [(9001 if 0 in codes else 0,)]
    assert made.whole()
    assert made.beside() == ([".hctui-undo-empresa.db"] if 0 in codes else []) + ["empresa.db"]


@pytest.fixture
def locked_by_another():
    """Hold a lock on bytes of a file in another process."""
    from contextlib import contextmanager

    @contextmanager
    def hold(path, start, length):
        program = (
            "import fcntl, sys; f = open(sys.argv[1], 'r+b');"
            "fcntl.lockf(f, fcntl.LOCK_EX, int(sys.argv[3]), int(sys.argv[2])); print(flush=True); sys.stdin.read()"
        )
        command = [sys.executable, "-c", program, str(path), str(start), str(length)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            yield process.pid
            process.communicate()

    assert fcntl.LOCK_EX
    return hold
