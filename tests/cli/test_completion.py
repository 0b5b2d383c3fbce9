"""What the shell offers at Tab, and the scripts that make it ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from hctui.cli.click_i18n import LazyCommands
from hctui.cli.entry import root
from hctui.demo.server import DemoServer

Offer = Callable[..., list[str]]


@pytest.fixture
def offered(environment: None, tmp_path: Path) -> Offer:
    """Give a function that returns what is offered for the last of some words."""

    def offer(*words: str | Path, folder: Path = tmp_path) -> list[str]:
        asked = {"_HCTUI_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("hctui", *map(str, words)))}
        variables = {**os.environ, **asked, "COMP_CWORD": str(len(words))}
        done = subprocess.run(
            [sys.executable, "-P", "-c", "from hctui.cli import main; main()"],
            env=variables, cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        return [line.partition(",")[2] for line in done.stdout.splitlines() if line]

    return offer


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ba",), ["backup", "backups"]),
        (("config", "set", "backup.in"), ["backup.indexes"]),
        (("databases", "edit", "mov"), ["MOVEIS_DA_SERRA"]),
        (("backup", "--encrypt", ""), ["zipcrypto", "aes128", "aes192", "aes256", "none"]),
        (("backup", "--encrypt", "AES2"), ["aes256"]),
        (("backup", "--level", "m"), ["max", "medium", "min"]),
        (("databases", "add", "X", "/y", "--engine", "s"), ["sqlite"]),
        (("databases", "add", "X", "/y", "--format", "db"), ["dbase", "dbisam"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("databases", "tables", "mov"), ["MOVEIS_DA_SERRA"]),
        (("undo", "--database", "P"), ["PAO_DE_OURO"]),
        (("show", "nothing-begins-so"), []),
    ],
)
def test_words_of_the_command_line(offered: Offer, words: tuple[str, ...], expected: list[str]) -> None:
    assert sorted(offered(*words)) == sorted(expected)


def test_tables_of_the_backup_and_else_of_the_database(offered: Offer, server: DemoServer, hctui) -> None:
    assert hctui("backup", "--database", "MOVEIS_DA_SERRA", "--name", "x").code == 0
    assert hctui("databases", "use", "MOVEIS_DA_SERRA").code == 0
    backup = server.backups / "x.bkb"
    assert offered("restore", backup, "--tables", "produtos_f") == ["produtos_formula"]
    chosen = offered("restore", backup, "--tables", "produtos,p")
    assert "produtos,pedidos" in chosen
    assert "produtos,produtos" not in chosen, "it is chosen already"
    assert offered("restore", server.backups / "none.bkb", "--tables", "produtos_f") == []


def test_backups_and_jobs(offered: Offer, server: DemoServer, hctui, tmp_path: Path) -> None:
    assert hctui("backup", "--database", "MOVEIS_DA_SERRA", "--name", "noite").code == 0
    folder = tmp_path / "here"
    (folder / "sub").mkdir(parents=True)
    for name in ("local.bkb", "text.txt"):
        (folder / name).touch()
    assert offered("show", "", folder=folder) == ["local.bkb", "sub/", str(server.backups / "noite.bkb")]
    assert offered("show", f"{server.backups}/no", folder=folder) == [str(server.backups / "noite.bkb")]
    assert len(offered("jobs", "follow", "", folder=folder)) == 1


def test_a_configuration_that_cannot_be_used_offers_nothing(offered: Offer, server: DemoServer) -> None:
    server.configuration_path.write_text("[[[")
    assert offered("undo", "--database", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(hctui, shell: str) -> None:
    ran = hctui("completion", shell)
    assert ran.code == 0
    assert "_HCTUI_COMPLETE" in ran.out


def test_bash_completes_with_the_script(environment: None, tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    (tmp_path / "hctui").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m hctui "$@"\n')
    (tmp_path / "hctui").chmod(0o755)
    script = (
        'eval "$(hctui completion bash)"; COMP_WORDS=(hctui backup --encrypt aes); COMP_CWORD=3; '
        '_hctui_completion hctui; echo "${COMPREPLY[@]}"'
    )
    variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([bash, "--norc", "-c", script], env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["aes128", "aes192", "aes256"]


def test_tools_that_walk_through_the_commands_come_to_an_end() -> None:
    def names(command: click.Command, path: str) -> list[str]:
        if not isinstance(command, click.Group):
            return [path]
        return [path, *(name for key, each in command.commands.items() for name in names(each, f"{path} {key}"))]

    found = names(root, "hctui")
    assert len(found) == len(set(found)) > 15
    assert {"hctui files restore", "hctui databases discover", "hctui jobs cancel"} <= set(found)


def test_a_command_is_imported_when_it_is_looked_up() -> None:
    commands = LazyCommands({"a": "no.such.module:a", "show": "hctui.cli.commands.show:show"})
    assert list(commands) == ["a", "show"]
    assert "a" in commands
    assert commands["show"].name == "show"
    with pytest.raises(ModuleNotFoundError):
        commands["a"]
    with pytest.raises(KeyError):
        commands["b"]
