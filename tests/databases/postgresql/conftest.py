"""Fixtures for databases made by a few lines of SQL, on servers of two versions."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hctui.databases.postgresql import PostgresqlEngine, open_database
from hctui.model import Database

_server = sys.modules["hctui_case_postgresql"].server


class Company:
    """One database and its engine."""

    def __init__(self, server: Any, name: str) -> None:
        self.server = server
        self.name = name
        self.url = server.url(name)
        self.engine: PostgresqlEngine = open_database(Database("EMPRESA", "postgresql", self.url))

    def run(self, script: str) -> None:
        """Execute statements."""
        self.server.run(self.name, script)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Return the answer to a query."""
        return self.server.ask(self.name, question)

    def value(self, question: str) -> Any:
        """Return the one value that answers a query."""
        return self.ask(question)[0][0]

    def dump(self, *options: str) -> list[str]:
        """Return the lines of pg_dump's output that are equal for equal databases."""
        command = [str(self.server.programs / "pg_dump"), *options, self.url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [line for line in text.splitlines() if not re.match(r"\\(un)?restrict ", line)]

    def hashes(self) -> dict[str, str]:
        """Return a hash of the rows of every table, independent of their order."""
        names = (
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind IN ('r', 'm') AND relnamespace::regnamespace::text !~ '^(pg_|inf)'"
        )
        return {
            name: self.value(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\")) FROM ONLY {name} t")
            for (name,) in self.ask(names)
        }

    def beside(self) -> list[str]:
        """Return the databases of hctui's own beside it."""
        return self.server.databases(f"{self.name}__")


@pytest.fixture(params=[pytest.param(version, marks=pytest.mark.server) for version in (18, 16)])
def server(request: pytest.FixtureRequest) -> Any:
    """Provide a server of each version."""
    return _server(request.param)


@pytest.fixture
def newest() -> Any:
    """Provide the newer server, for tests that need one version only."""
    return _server(18)


@pytest.fixture
def older() -> Any:
    """Provide the older server."""
    return _server(16)


@pytest.fixture
def company() -> Callable[..., Company]:
    """Provide a function that creates a database: `company(server, "CREATE TABLE …")`."""

    def make(server: Any, script: str = "", *, empty: bool = False) -> Company:
        made = Company(server, server.name() if empty else server.fresh())
        if script:
            made.run(script)
        return made

    return make


@pytest.fixture
def scripts() -> Callable[[Path], list[Path]]:
    """Provide a function that lists the scripts of an unpacked backup in the order of their names."""
    return lambda folder: sorted(path for path in folder.rglob("*.sql"))
