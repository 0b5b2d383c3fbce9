"""Tests with other programs at the same time: programs that hold a database or write to it, and a second hctui."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
from soak.concurrency import restore_among_writers, run_hctui, two_programs
from soak.hot_backups import hot_backups
from soak.scene import ALIASES, FOLDER, ROLLBACK, WAL, Scene
from soak.stats import Statistics

from hctui.errors import ExitCode

HOLDERS = {
    "connection": "import sqlite3; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM notas').fetchall()",
    "transaction": "import sqlite3; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE')",
    "reader": "c = open(sys.argv[1], 'rb')",
    "writer": "c = open(sys.argv[1], 'r+b')",
    "flock": "import fcntl; c = open(sys.argv[1], 'rb'); fcntl.flock(c, fcntl.LOCK_SH)",
    "lease": "import fcntl, signal; signal.signal(signal.SIGIO, signal.SIG_IGN); c = open(sys.argv[1], 'rb'); "
    "fcntl.fcntl(c, fcntl.F_SETLEASE, fcntl.F_RDLCK); fcntl.lockf(c, fcntl.LOCK_SH, 10, 1000)",
    "record lock": "import fcntl; c = open(sys.argv[1], 'r+b'); fcntl.lockf(c, fcntl.LOCK_EX, 10, 1000)",
    "memory": "import mmap; f = open(sys.argv[1], 'rb'); c = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); f.close()",
}
HELD = [(alias, how) for alias in (WAL, ROLLBACK) for how in ("connection", "transaction", "reader")] + [
    (FOLDER, how) for how in ("reader", "writer", "flock", "lease", "record lock", "memory")
]


@contextmanager
def held(path: str, how: str) -> Iterator[int]:
    """Let another program hold a file; yield its process id."""
    program = f"import sys\n{HOLDERS[how]}\nprint(flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program, path], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.communicate()


@pytest.fixture
def refused(scene: Scene) -> Callable[..., str]:
    """Run hctui, which must refuse, and return its output."""

    def run(*arguments: str) -> str:
        code, output = run_hctui(scene, *arguments)
        assert code == ExitCode.IN_USE, output
        return output

    return run


@pytest.mark.parametrize(("alias", "how"), HELD)
def test_a_program_that_holds_the_database_is_named_and_nothing_is_changed(
    scene: Scene, stats: Statistics, refused: Callable[..., str], alias: str, how: str
) -> None:
    scene.reset()
    before = scene.contents()
    path = scene.location(alias)
    file = path / "produtos.dbf" if alias == FOLDER else path
    with held(str(file), how) as process:
        output = refused("restore", str(scene.backup), "--database", alias, "--yes")
        assert str(process) in output and "python" in output, output
    assert scene.contents() == before
    assert scene.leftovers() == []
    stats.add("restores refused while held", f"{alias} by a {how}")


@pytest.mark.parametrize("alias", ALIASES)
def test_hot_backups_have_the_consistency_that_they_report(scene: Scene, stats: Statistics, random: Random, alias: str) -> None:
    hot_backups(scene, stats, random, alias, timed=False)
    assert stats.total(f"hot backups of {alias}") > 3


@pytest.mark.parametrize("alias", ALIASES)
def test_writes_during_a_restore_are_not_lost(scene: Scene, stats: Statistics, random: Random, alias: str) -> None:
    for _ in range(4):  # a fast machine restores before there are many writes; each of three writers writes at least once
        restore_among_writers(scene, stats, random, alias)
        if stats.of("writes of other programs")[alias] > 10:
            break
    assert stats.of("writes of other programs")[alias] > 10


@pytest.mark.parametrize("turn", range(4))
def test_two_programs_at_once(scene: Scene, stats: Statistics, random: Random, turn: int) -> None:
    two_programs(scene, stats, random)
