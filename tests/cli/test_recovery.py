"""The next command finishes a restore that was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hctui.demo.server import DemoServer

ALIAS = "CERAMICA_DO_SUL"
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from hctui.config import Configuration
from hctui.databases.tablefiles import swap_journal
from hctui.plans import RestorePlan
from hctui.operations import run

async def restore():
    plan = RestorePlan(Path(sys.argv[2]), databases=(sys.argv[3],))
    async for _ in run(plan, Configuration.load(Path(sys.argv[1])), None):
        pass

swap_journal.failpoint = lambda name: name == sys.argv[4] and os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(restore())
"""


@pytest.fixture
def backup(hctui, server: DemoServer) -> Path:
    assert hctui("backup", "--database", ALIAS, "--name", "x").code == 0
    return server.backups / "x.bkb"


def killed_restore(server: DemoServer, backup: Path) -> None:
    """Restore the folder and kill the process before the files arrive."""
    for path in (server.companies / "ceramica_do_sul").glob("produtos.*"):
        path.unlink()
    command = [sys.executable, "-c", KILLED, server.configuration_path, backup, ALIAS, "all kept"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not list((server.companies / "ceramica_do_sul").glob("produtos.*"))


@pytest.mark.parametrize("command", ["tables", "backup", "restore", "undo"])
def test_the_next_command_finishes_it_and_reports_it(hctui, server: DemoServer, backup: Path, command: str) -> None:
    before = {path.name for path in (server.companies / "ceramica_do_sul").iterdir()}
    killed_restore(server, backup)
    arguments = {
        "tables": ("databases", "tables", ALIAS, "--json"),
        "backup": ("backup", "--database", ALIAS, "--name", "y"),
        "restore": ("restore", backup, "--database", ALIAS, "--dry-run", "--json"),
        "undo": ("undo", "--database", ALIAS, "--yes"),
    }[command]
    assert "interrupted" not in hctui(*arguments, "--help").err, "help looks at nothing"
    ran = hctui(*arguments)
    assert f"{ALIAS}: a restore from x.bkb that was interrupted has been finished. It can be undone." in ran.err
    assert ran.code == 0
    if command == "restore":
        (database,) = json.loads(ran.out)["databases"]
        assert {table["name"]: table["live"]["rows"] for table in database["tables"]}["produtos"] > 0
    if command != "undo":
        assert {path.name for path in (server.companies / "ceramica_do_sul").iterdir() if path.name[0] != "."} == before


def test_with_a_file_in_use_that_is_reported_and_a_later_command_finishes_it(hctui, server: DemoServer, backup: Path) -> None:
    killed_restore(server, backup)
    stray = server.companies / "ceramica_do_sul" / "stray.txt"
    stray.write_text("open")
    holder = "import sys; file = open(sys.argv[1]); print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, stray]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        assert f"{ALIAS} is in use by" in hctui("databases", "tables", ALIAS).err
        other.communicate()
    assert "has been finished" in hctui("databases", "tables", ALIAS).err
    assert hctui("databases", "tables", ALIAS).err == ""
