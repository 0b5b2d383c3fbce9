"""Every process is started with a clean environment, and a frozen program starts its jobs too."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hctui.child_process import RUN_MODULE, clean_environment, worker_command

ROOT = Path(__file__).resolve().parents[2]
FROZEN = """
import sys
sys.frozen, sys.executable = True, {program!r}
from hctui.cli import main
main()
"""


def test_the_password_is_in_no_environment_but_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HCTUI_PASSWORD", "senha")
    monkeypatch.setenv("KEPT", "1")
    assert "HCTUI_PASSWORD" not in clean_environment()
    assert clean_environment(ADDED="2")["KEPT"] + clean_environment(ADDED="2")["ADDED"] == "12"


def test_other_programs_do_not_load_the_libraries_of_a_frozen_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    assert clean_environment()["LD_LIBRARY_PATH"] == "/bundle"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "LD_LIBRARY_PATH" not in clean_environment()
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/opt/lib")
    environment = clean_environment()
    assert environment["LD_LIBRARY_PATH"] == "/opt/lib"
    assert "LD_LIBRARY_PATH_ORIG" not in environment


def test_the_command_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    assert worker_command("a") == [sys.executable, "-m", "hctui.jobs.worker", "a"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/hctui")
    assert worker_command("a") == ["/opt/hctui", RUN_MODULE, "hctui.jobs.worker", "a"]


def test_no_process_is_started_with_another_environment() -> None:
    found = []
    for path in (ROOT / "hctui").rglob("*.py"):
        if path.is_relative_to(ROOT / "hctui" / "i18n" / "locale"):
            continue  # a tool of ours, not a part of the program
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
            ):
                continue
            starts = (node.func.value.id, node.func.attr) in {
                ("subprocess", "Popen"), ("subprocess", "run"), ("subprocess", "check_output"), ("subprocess", "check_call"),
                ("os", "system"), ("os", "popen"), ("os", "posix_spawn"), ("os", "execv"), ("os", "execve"),
            }  # fmt: skip
            if starts and not any(each.arg == "env" for each in node.keywords):
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_a_frozen_program_starts_its_jobs(tmp_path: Path) -> None:
    """A program whose `sys.executable` takes the arguments of hctui, as a frozen one does."""
    program, script = tmp_path / "hctui", tmp_path / "frozen.py"
    script.write_text(FROZEN.format(program=str(program)))
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P "{script}" "$@"\n')
    program.chmod(0o755)
    subprocess.run(["sqlite3", tmp_path / "loja.db", "CREATE TABLE produtos (id INTEGER PRIMARY KEY)"], check=True)
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "HCTUI_CONFIG": str(tmp_path / "config.toml"),
        "HCTUI_STATE": str(tmp_path / "state"), "HCTUI_LANG": "en", "HCTUI_PASSWORD": "Senha-forte-1",
    }  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("databases", "add", "LOJA", str(tmp_path / "loja.db"))
    last = json.loads(
        run("backup", "--all", "--to", str(tmp_path), "--name", "x", "--encrypt", "aes256", "--json").splitlines()[-1]
    )
    assert (tmp_path / "x.bkb").stat().st_size == last["size"]
