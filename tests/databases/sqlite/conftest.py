"""Fixtures: databases made for one test from a few lines of SQL."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from hctui.databases.sqlite import SqliteEngine, open_database
from hctui.model import Database


class Company:
    """One database file and its engine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine: SqliteEngine = open_database(Database("EMPRESA", "sqlite", str(path)))

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Open it as an application would."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection

    def run(self, script: str) -> None:
        """Execute statements."""
        with self.connected() as connection:
            connection.executescript(script)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.connected() as connection:
            return connection.execute(question).fetchall()

    def whole(self) -> bool:
        """Return whether SQLite finds no damage."""
        return self.ask("PRAGMA integrity_check") == [("ok",)]

    def dump(self) -> list[str]:
        """Return every definition and every row, sorted."""
        with self.connected() as connection:
            schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
            connection.text_factory = bytes
            found = [repr(each) for each in schema]
            for kind, name, _, sql in schema:
                if kind == "table" and not (sql or "").startswith("CREATE VIRTUAL"):
                    quoted = name.replace('"', '""')
                    found += [f"{name}: {row!r}" for row in connection.execute(f'SELECT * FROM "{quoted}"')]
            return sorted(found)

    def beside(self) -> list[str]:
        """Return the names in its folder."""
        return sorted(path.name for path in self.path.parent.iterdir())


@pytest.fixture
def swift_path(tmp_path: Path) -> Iterator[Path]:
    """Give a folder in memory if there is one: these tests do not depend on the disk, whose fsync is slow."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.fixture
def company(swift_path: Path) -> Callable[..., Company]:
    """Make a database: `company("CREATE TABLE …", "PRAGMA …")`."""

    def make(script: str = "", settings: str = "", name: str = "empresa.db") -> Company:
        folder = swift_path / f"place-{len(list(swift_path.iterdir()))}"
        folder.mkdir()
        made = Company(folder / name)
        with made.connected() as connection:
            connection.executescript(settings)
            connection.executescript(script)
        return made

    return make


@pytest.fixture
def killed() -> Callable[..., None]:
    """Run statements in a process that is killed with its connection open: `killed(path, "…", commit=False)`."""

    def run(path: Path, script: str, *, commit: bool) -> None:
        program = (
            "import os, signal, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "for each in sys.argv[2].split(';'): c.execute(each)\n"
            "if int(sys.argv[3]) and c.in_transaction: c.execute('COMMIT')\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run([sys.executable, "-c", program, str(path), script, str(int(commit))], check=False)
        assert done.returncode == -signal.SIGKILL

    return run


@pytest.fixture
def as_nobody() -> Callable[[Path], str]:
    """List and back up a database as a user who may only read it; returns journal mode, rows listed and rows backed up."""

    def run(path: Path) -> str:
        program = """
import os, sys
from pathlib import Path
from hctui.databases.engine import SnapshotRequest
from hctui.databases.sqlite import open_database
from hctui.model import Database
class Silent:
    def __getattr__(self, name): return lambda *values: None
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
engine = open_database(Database("EMPRESA", "sqlite", sys.argv[1]))
listed = {table.name: table.rows for table in engine.tables()}
with engine.snapshot(SnapshotRequest(), Silent()) as snapshot:
    manifest = snapshot.manifest()
    assert [len(part.open().read()) for part in snapshot.parts()] == [manifest.parts[0].size]
print(manifest.details["journal_mode"], listed["a"], {table.name: table.rows for table in manifest.tables}["a"])
"""
        path.parent.parent.chmod(0o755)
        state = path.parent.parent / "state-of-nobody"
        state.mkdir()
        state.chmod(0o777)
        environment = {**os.environ, "HCTUI_STATE": str(state / "mine")}
        command = [sys.executable, "-W", "ignore", "-c", program, str(path)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    return run
