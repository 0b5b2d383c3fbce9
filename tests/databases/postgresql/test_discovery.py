"""Registration of all databases of a server at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hctui.config import Configuration
from hctui.databases import discover
from hctui.errors import UnrecognisedDatabase


def hctui(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with a configuration of its own."""
    command = [sys.executable, "-m", "hctui", "--config", str(folder / "config.toml"), "--lang", "en", *arguments]
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    environment = {**measured, "PATH": "/usr/bin", "HCTUI_STATE": str(folder / "state")}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture
def two(company, newest) -> Any:
    """Provide two databases on the server, and one of hctui's own."""
    one, other = (company(newest, "CREATE TABLE t (a int)") for _ in range(2))
    newest.run("postgres", f'CREATE DATABASE "{one.name}__hctui_undo"')
    newest.run("postgres", f"""COMMENT ON DATABASE "{one.name}__hctui_undo" IS '{{"hctui": "undo", "database": "x"}}'""")
    yield one, other
    for each in (one.name, other.name, f"{one.name}__hctui_undo"):
        newest.run("postgres", f'DROP DATABASE "{each}" WITH (FORCE)')


def test_every_database_is_registered_once(two, newest, tmp_path):
    names = {each.name for each in two}
    server = newest.url("")
    tried = hctui(tmp_path, "databases", "discover", server, "--dry-run")
    assert all(f"{name} could be registered as {name}." in tried.stdout for name in names)
    assert not (tmp_path / "config.toml").exists()
    done = hctui(tmp_path, "databases", "discover", server)
    registered = {each.alias: each for each in Configuration.load(tmp_path / "config.toml").databases}
    assert names <= set(registered)
    assert not any("hctui" in alias or alias == "postgres" for alias in registered)
    assert registered[two[0].name].location == two[0].url
    assert done.returncode in (0, 3)
    again = hctui(tmp_path, "databases", "discover", server)
    assert f"{two[0].name} is registered already" in again.stdout


def test_databases_that_may_not_be_read_are_left_out(two, newest):
    newest.run("postgres", "DROP ROLE IF EXISTS curiosa; CREATE ROLE curiosa LOGIN")
    found = {each.name: each for each in discover(newest.url("", "curiosa"))}
    assert "“curiosa” may not read t." in str(found[two[0].name].refusal)
    newest.run("postgres", "DROP ROLE curiosa")


def test_a_file_is_no_server(tmp_path):
    with pytest.raises(UnrecognisedDatabase):
        discover(str(tmp_path))
