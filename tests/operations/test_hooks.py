"""Commands of the configuration before and after a backup."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from waiting import wait_until_async

from hctui.errors import CommandFailed

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Python 3.12 and later warn of any thread that another test may have left when a process is forked."""
ALIASES = ("LOJA", "FABRICA")
"""A database of SQLite and one of table files."""


def configure(server: Server, alias: str, before: str = "", after: str = "") -> None:
    """Set the commands of a database."""
    registered = server.configuration.database(alias)
    server.configuration.replace(alias, replace(registered, before=before, after=after))


@pytest.mark.parametrize("alias", ALIASES)
async def test_commands_run_before_and_after(server: Server, tmp_path: Path, alias: str) -> None:
    log = tmp_path / "log"
    configure(server, alias, before=f"echo before in $PWD >> {log}; sleep 60 &", after=f"echo after >> '{log}'")
    file = await server.backup(alias)
    folder = server.folder if alias == "FABRICA" else server.sqlite.parent
    assert log.read_text() == f"before in {folder}\nafter\n"
    file.unlink()
    configure(server, alias, before="sh -c 'echo no lock; exit 3'", after=f"echo after >> {log}")
    with pytest.raises(CommandFailed, match="code 3: no lock"):
        await server.backup(alias)
    assert log.read_text().endswith("after\nafter\n"), "whatever happened"
    for before, after, code in (("no-such-program", "", 127), ("", "false", 1)):
        configure(server, alias, before=before, after=after)
        with pytest.raises(CommandFailed, match=f"code {code}"):
            await server.backup(alias)
    assert list(server.destination.iterdir()) == []


@pytest.mark.parametrize("alias", ALIASES)
async def test_command_after_runs_when_the_backup_fails(server: Server, tmp_path: Path, alias: str) -> None:
    log = tmp_path / "log"
    place = server.sqlite if alias == "LOJA" else server.folder
    configure(server, alias, before=f"mv '{place}' '{place}.gone'", after=f"echo after >> {log}")
    with pytest.raises(Exception, match=alias):
        await server.backup(alias)
    assert log.read_text() == "after\n"


@pytest.mark.parametrize("alias", ALIASES)
async def test_command_before_is_cancelled_and_the_one_after_runs(server: Server, tmp_path: Path, alias: str) -> None:
    began, log = tmp_path / "began", tmp_path / "log"
    configure(server, alias, before=f"touch {began}; exec sleep 60", after=f"echo after >> {log}")
    job = asyncio.create_task(server.backup(alias))
    await wait_until_async(began.exists, "the command before the backup runs")
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert log.read_text() == "after\n"


async def test_commands_do_not_see_the_password(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HCTUI_PASSWORD", "segredo")
    configure(server, "FABRICA", before=f"env > {tmp_path / 'seen'}")
    await server.backup("FABRICA")
    assert "segredo" not in (tmp_path / "seen").read_text()
