"""Trials of backups while another program writes at full speed: each backup is consistent, or its manifest says `per-table`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hctui.errors import UnstableTable
from hctui.events import BackupDone
from hctui.model import Consistency, Level
from hctui.plans import BackupPlan, RestorePlan

from .child import carry_out
from .scene import FOLDER, ROLLBACK, WAL, Scene
from .stats import Statistics

BACKUPS = 6
"""The number of backups during one run of a writer."""
PAUSES = (0.15, 0.02, 0.0)
"""Seconds that a writer to files waits now and then."""
MOST_SECONDS = 3.0
"""The longest time that a writer or reader may wait; the soak checks it, the tests do not: they run on busy machines."""
RESTORED = "QUENTE"
_ACCOUNTS = 40
_SCHEMA = f"""
CREATE TABLE contas (id INTEGER PRIMARY KEY, saldo INTEGER NOT NULL);
CREATE TABLE transferencias (id INTEGER PRIMARY KEY AUTOINCREMENT, de INTEGER, para INTEGER, valor INTEGER);
CREATE TABLE contador (valor INTEGER);
CREATE TABLE lastro (id INTEGER PRIMARY KEY, bytes BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {_ACCOUNTS}) INSERT INTO contas SELECT i, 1000 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
  INSERT INTO lastro SELECT i, randomblob(3000) FROM n;
INSERT INTO contador VALUES (0);
"""


@dataclass
class WriterReport:
    """The report of a writer after it has stopped."""

    written: int = 0
    longest: float = 0.0
    """Seconds of its longest transaction."""
    longest_read: float = 0.0
    """Seconds of its longest read."""


@contextmanager
def running_writer(path: Path, style: str, pause: float) -> Iterator[WriterReport]:
    """Run a process that writes to a database at full speed; its report is complete after the context."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("fast_writer.py")), style, str(path), str(pause)]
    report = WriterReport()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield report
        finally:
            output, _ = process.communicate("stop\n")
            report.written, report.longest, report.longest_read = int(output.split()[0]), *map(float, output.split()[1:])


def hot_backups(scene: Scene, stats: Statistics, random: Random, alias: str | None = None, *, timed: bool = True) -> None:
    """Back up a database several times while a program writes to it; restore each backup and check its consistency."""
    alias = alias or random.choice((WAL, ROLLBACK, FOLDER))
    scene.reset()
    path = scene.location(alias)
    if alias == FOLDER:
        (path / "diario.nx1").write_bytes(b"")
        (path / "razao.nx1").write_bytes(b"")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(_SCHEMA)
    made: list[BackupDone] = []
    with running_writer(path, "files" if alias == FOLDER else "sqlite", random.choice(PAUSES)) as writer:
        for number in range(BACKUPS):
            try:
                plan = BackupPlan(
                    (alias,), scene.destination, f"quente{number}", level=Level.MIN, indexes=random.random() < 0.5
                )
                done = carry_out(plan, scene.configuration(), None)
            except UnstableTable:
                stats.add(f"hot backups of {alias}", "refused, the table named")
                continue
            assert isinstance(done, BackupDone)
            made.append(done)
            time.sleep(random.uniform(0, 0.1))
    assert writer.written > BACKUPS
    if alias != FOLDER:
        assert not timed or max(writer.longest, writer.longest_read) < MOST_SECONDS, writer
        stats.longest(f"longest wait of a writer to {alias}, seconds", writer.longest)
        stats.longest(f"longest wait of a reader of {alias}, seconds", writer.longest_read)
    stats.add("transactions during hot backups", alias, writer.written)
    for done in made:
        _check(scene, stats, alias, done)


def _check(scene: Scene, stats: Statistics, alias: str, done: BackupDone) -> None:
    """Restore a backup under another name and check that its data is consistent, or that its manifest says `per-table`."""
    (outcome,) = done.databases
    carry_out(RestorePlan(done.file, (alias,), into=RESTORED), scene.configuration(), None)
    restored = scene.location(RESTORED)
    consistent = _balanced(restored) if alias != FOLDER else _agreeing(restored)
    assert consistent or outcome.consistency is Consistency.PER_TABLE, f"{done.file.name} is called consistent and is not"
    stats.add(f"hot backups of {alias}", "consistent" if outcome.consistency is Consistency.CONSISTENT else "per table")
    configuration = scene.configuration()
    configuration.remove(RESTORED)
    for each in restored.parent.iterdir():
        if each.name.startswith((restored.name, f".hctui-undo-{restored.name}")):
            subprocess.run(["rm", "-r", "--", os.fspath(each)], check=True)


def _balanced(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        ask = lambda query: connection.execute(query).fetchone()  # noqa: E731
        assert ask("PRAGMA integrity_check") == ("ok",)
        return (
            ask("SELECT sum(saldo) FROM contas") == (_ACCOUNTS * 1000,)
            and ask("SELECT count(*), coalesce(max(id), 0) FROM transferencias") == ask("SELECT valor, valor FROM contador")
            and ask("SELECT count(*) FROM contas c WHERE saldo <> 1000 + (SELECT coalesce(sum(valor), 0) FROM transferencias"
                    " WHERE para = c.id) - (SELECT coalesce(sum(valor), 0) FROM transferencias WHERE de = c.id)") == (0,)
        )  # fmt: skip


def _agreeing(folder: Path) -> bool:
    """Return whether journal and ledger are equal or the journal, which is written first, has one record more."""
    first, second = ((folder / name).read_bytes() for name in ("diario.nx1", "razao.nx1"))
    assert len(first) % 32 == len(second) % 32 == 0, "a record is incomplete"
    return first.startswith(second) and len(first) - len(second) <= 32
