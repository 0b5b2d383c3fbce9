"""Others at the same time: writers at full speed, programs that hold or knock, a second hctui. Through the program itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

import pytest
from soak.crowds import knocking, ran, two_at_once
from soak.hot import hot
from soak.scene import ALIASES, FOLDER, ROLLBACK, WAL, Scene
from soak.tally import Tally

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
    """Let another program hold a file; give its process id."""
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
    """Run hctui, which has to refuse, and return what it says."""

    def run(*arguments: str) -> str:
        code, said = ran(scene, *arguments)
        assert code == 1, said
        return said

    return run


@pytest.mark.parametrize(("alias", "how"), HELD)
def test_who_holds_the_database_is_named_and_nothing_is_touched(
    scene: Scene, tally: Tally, refused: Callable[..., str], alias: str, how: str
) -> None:
    scene.reset()
    before = scene.contents()
    path = scene.location(alias)
    file = path / "produtos.dbf" if alias == FOLDER else path
    with held(str(file), how) as process:
        said = refused("restore", str(scene.backup), "--database", alias, "--yes")
        assert str(process) in said and "python" in said, said
    assert scene.contents() == before
    assert scene.litter() == []
    tally.add("restores refused while held", f"{alias} by a {how}")


@pytest.mark.parametrize("alias", ALIASES)
def test_hot_backups_are_what_they_are_called(scene: Scene, tally: Tally, random: Random, alias: str) -> None:
    hot(scene, tally, random, alias, timed=False)
    assert tally.total(f"hot backups of {alias}") > 3


@pytest.mark.parametrize("alias", ALIASES)
def test_who_knocks_in_the_middle_loses_nothing(scene: Scene, tally: Tally, random: Random, alias: str) -> None:
    for _ in range(4):  # a fast machine restores before many have knocked; each of three knocks once at least
        knocking(scene, tally, random, alias)
        if tally.of("writes of those who knocked")[alias] > 10:
            break
    assert tally.of("writes of those who knocked")[alias] > 10


@pytest.mark.parametrize("turn", range(4))
def test_two_programs_at_once(scene: Scene, tally: Tally, random: Random, turn: int) -> None:
    two_at_once(scene, tally, random)
