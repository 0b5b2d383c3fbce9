"""Backups while other programs write at full speed: each holds the database of one moment, and nobody waits for long."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from waiting import PATIENCE

pytestmark = pytest.mark.slow

ACCOUNTS = 50
SUM = ACCOUNTS * 1000
SCHEMA = f"""
CREATE TABLE accounts (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL);
CREATE TABLE transfers (id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER, target INTEGER, amount INTEGER, note TEXT);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE ballast (id INTEGER PRIMARY KEY, b BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ACCOUNTS}) INSERT INTO accounts SELECT i, 1000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO ballast SELECT i, randomblob(3000) FROM n;
INSERT INTO counters VALUES ('transfers', 0);
"""
WRITER = """
import random, select, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=120, isolation_level=None)
connection.execute("PRAGMA synchronous = OFF")
print(flush=True)
longest = written = 0
while not select.select([sys.stdin], [], [], 0)[0]:  # a line, or the end of the test
    began = time.monotonic()
    connection.execute("BEGIN IMMEDIATE")
    amount, source, target = random.randint(1, 9), random.randint(1, 50), random.randint(1, 50)
    connection.execute("UPDATE accounts SET balance = balance - ? WHERE id = ?", (amount, source))
    row = (source, target, amount, "x" * 99)
    connection.execute("INSERT INTO transfers(source, target, amount, note) VALUES (?, ?, ?, ?)", row)
    connection.execute("UPDATE ballast SET b = randomblob(3000) WHERE id = ?", (random.randint(1, 3000),))
    connection.execute("UPDATE counters SET value = value + 1")
    connection.execute("UPDATE accounts SET balance = balance + ? WHERE id = ?", (amount, target))
    connection.execute("COMMIT")
    written += 1
    longest = max(longest, time.monotonic() - began)
print(written, longest, flush=True)
"""


@contextmanager
def writing(made, results):
    """Let a process write at full speed; `results` gets the number of its transactions and its longest wait in seconds."""
    command = [sys.executable, "-c", WRITER, str(made.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "\n"
            yield
            written, longest = process.communicate("stop\n", timeout=PATIENCE)[0].split()
            results += [int(written), float(longest)]
        finally:
            process.kill()


def check_invariant(path):
    """Check that a backup is of one moment; return how many transfers it holds."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT sum(balance) FROM accounts").fetchone() == (SUM,)
        (counted,) = connection.execute("SELECT value FROM counters").fetchone()
        assert connection.execute("SELECT count(*), coalesce(max(id), 0) FROM transfers").fetchone() == (counted, counted)
        moved = "SELECT target, amount FROM transfers UNION ALL SELECT source, -amount FROM transfers"
        sums = dict(connection.execute(f"SELECT target, sum(amount) FROM ({moved}) GROUP BY target"))
        assert all(balance == 1000 + sums.get(account, 0) for account, balance in connection.execute("SELECT * FROM accounts"))
        return counted


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_every_backup_is_of_one_moment(company, backing_up, leaving_out, mode, swift_path):
    made = company(SCHEMA, f"PRAGMA journal_mode={mode}")
    taken, results, longest = [], [], 0.0
    with writing(made, results):
        for number in range(25):
            began = time.monotonic()
            backup = backing_up(made.engine, leaving_out(indexes=False) if number % 3 == 2 else None)
            longest = max(longest, time.monotonic() - began)
            taken.append(swift_path / f"backup-{number}.db")
            taken[-1].write_bytes(backup.parts["empresa.db"])
    seen = [check_invariant(path) for path in taken]
    written, waited = results
    print(
        f"{mode}: 25 backups (longest {longest:.2f} s) beside {written} transactions, longest wait of the writer {waited:.2f} s"
    )
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]
    assert made.whole()


def test_listing_beside_a_writer(company):
    made = company(SCHEMA, "PRAGMA journal_mode=wal")
    results = []
    with writing(made, results):
        for _ in range(20):
            rows = {table.name: table.rows for table in made.engine.tables()}
            assert rows["accounts"] == ACCOUNTS
    assert results[0] > 0
