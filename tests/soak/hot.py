"""Backups while others write at full speed: every one restores to a state that was, or says that it may not."""

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
from .tally import Tally

BACKUPS = 6
"""Made while one writer is at it."""
PAUSES = (0.15, 0.02, 0.0)
"""Seconds for which somebody who writes to files rests now and then."""
MOST_SECONDS = 3.0
"""Nobody who writes or reads is ever kept waiting longer; looked at by the soak, not where machines are busy."""
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
class Writer:
    """What a writer says of itself once it has stopped."""

    written: int = 0
    longest: float = 0.0
    """Seconds one of its transactions took at the most."""
    longest_read: float = 0.0
    """Seconds somebody who only reads took at the most."""


@contextmanager
def writing(path: Path, style: str, pause: float) -> Iterator[Writer]:
    """Let a process write to a database at full speed (`sqlite`, `files`), until left; the process ends with its parent."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("writer.py")), style, str(path), str(pause)]
    told = Writer()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield told
        finally:
            said, _ = process.communicate("stop\n")
            told.written, told.longest, told.longest_read = int(said.split()[0]), *map(float, said.split()[1:])


def hot(scene: Scene, tally: Tally, random: Random, alias: str | None = None, *, timed: bool = True) -> None:
    """Back up a database several times beside a writer, restore every backup beside it, and check what must hold."""
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
    with writing(path, "files" if alias == FOLDER else "sqlite", random.choice(PAUSES)) as writer:
        for number in range(BACKUPS):
            try:
                plan = BackupPlan(
                    (alias,), scene.destination, f"quente{number}", level=Level.MIN, indexes=random.random() < 0.5
                )
                done = carry_out(plan, scene.configuration(), None)
            except UnstableTable:
                tally.add(f"hot backups of {alias}", "refused, the table named")
                continue
            assert isinstance(done, BackupDone)
            made.append(done)
            time.sleep(random.uniform(0, 0.1))
    assert writer.written > BACKUPS
    if alias != FOLDER:
        assert not timed or max(writer.longest, writer.longest_read) < MOST_SECONDS, writer
        tally.longest(f"longest wait of a writer to {alias}, seconds", writer.longest)
        tally.longest(f"longest wait of a reader of {alias}, seconds", writer.longest_read)
    tally.add("transactions beside hot backups", alias, writer.written)
    for done in made:
        _check(scene, tally, alias, done)


def _check(scene: Scene, tally: Tally, alias: str, done: BackupDone) -> None:
    """Restore under another name and look whether what has to hold holds."""
    (told,) = done.databases
    carry_out(RestorePlan(done.file, (alias,), into=RESTORED), scene.configuration(), None)
    place = scene.location(RESTORED)
    holds = _balanced(place) if alias != FOLDER else _agreeing(place)
    assert holds or told.consistency is Consistency.PER_TABLE, f"{done.file.name} was called consistent"
    tally.add(
        f"hot backups of {alias}", "consistent, and so it was" if told.consistency is Consistency.CONSISTENT else "per table"
    )
    configuration = scene.configuration()
    configuration.remove(RESTORED)
    for each in place.parent.iterdir():
        if each.name.startswith((place.name, f".hctui-undo-{place.name}")):
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
    """Tell whether the journal is the ledger, or one record ahead of it: it is always written first, and each in one piece."""
    first, second = ((folder / name).read_bytes() for name in ("diario.nx1", "razao.nx1"))
    assert len(first) % 32 == len(second) % 32 == 0, "a record is torn"
    return first.startswith(second) and len(first) - len(second) <= 32
