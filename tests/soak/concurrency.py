"""Trials with other programs at the same time: writers during a restore, and a second hctui."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from hctui.errors import DatabaseInUse, ExitCode
from hctui.plans import RestorePlan

from .child import TIMEOUT, carry_out
from .scene import ALIASES, FOLDER, PARTIAL, ROLLBACK, WAL, Scene
from .stats import Statistics

WRITERS = 3
"""The number of programs that write at the same time."""
_REFUSED = (ExitCode.FAILED, ExitCode.IN_USE)


def restore_among_writers(scene: Scene, stats: Statistics, random: Random, alias: str | None = None) -> None:
    """Restore while other programs connect, write and disconnect: no write that succeeded is lost.

    They write to a table, or in a folder a file, that is not in the backup, so that it stays.
    """
    alias = alias or random.choice((WAL, ROLLBACK, FOLDER))
    scene.reset()
    path = scene.location(alias)
    if alias == FOLDER:
        (path / "batidas.nx1").write_bytes(b"")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE batidas (quem TEXT, vez INTEGER)")
    whole = random.random() < 0.5
    plan = RestorePlan(scene.backup, (alias,), tables=None if whole else PARTIAL[alias])
    pause = random.choice((0.01, 0.1, 0.5))
    program = [
        sys.executable,
        "-P",
        str(Path(__file__).with_name("short_writer.py")),
        "files" if alias == FOLDER else "sqlite",
        str(path),
    ]
    writers = [
        subprocess.Popen([*program, str(number), str(pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(WRITERS)
    ]
    attempts = refused = 0
    try:
        for each in writers:
            assert each.stdout is not None and each.stdout.readline() == "writing\n"
        for _ in range(8):
            attempts += 1
            try:
                carry_out(plan, scene.configuration(), None)
            except DatabaseInUse as error:
                assert str(error).strip()
                refused += 1
    finally:
        outputs = [each.communicate("stop\n")[0].split() for each in writers]
    stats.add(f"restores of {alias} while others wrote", "refused by name", refused)
    stats.add(f"restores of {alias} while others wrote", "done", attempts - refused)
    scene.restart()
    kept = _kept_files(path) if alias == FOLDER else _kept_rows(path)
    for number, output in enumerate(outputs):
        done = int(output[-1])
        stats.add("writes of other programs", alias, done)
        missing = [vez for vez in range(1, done + 1) if (str(number), vez) not in kept]
        assert not missing, f"{len(missing)} of {done} successful writes of {number} are lost, the first is {missing[0]}"


def _kept_rows(path: Path) -> set[tuple[str, int]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return set(connection.execute("SELECT quem, vez FROM batidas"))


def _kept_files(folder: Path) -> set[tuple[str, int]]:
    lines = (folder / "batidas.nx1").read_text().splitlines()
    return {(line.split()[0], int(line.split()[1])) for line in lines}


def two_programs(scene: Scene, stats: Statistics, random: Random) -> None:
    """Start hctui twice at once: each is done or refused by name, and the database is the old or the new one, complete."""
    scene.reset()
    alias = random.choice(ALIASES)
    before = scene.contents()
    carry_out(RestorePlan(scene.backup, (alias,)), scene.configuration(), None)
    after = scene.content(alias)
    scene.reset()
    backup = ["backup", "--database", alias, "--to", str(scene.destination), "--name"]
    restore = ["restore", str(scene.backup), "--database", alias, "--yes"]
    pair = random.choice(([[*backup, "uma"], [*backup, "outra"]], [[*backup, "uma"], restore], [restore, restore]))
    two_users = random.random() < 0.3
    running = [start_hctui(scene, arguments, f"-{number}" if two_users else "") for number, arguments in enumerate(pair)]
    ends = [(process.communicate(timeout=TIMEOUT), process.returncode) for process in running]
    names = " and ".join(arguments[0] for arguments in pair) + (" of two users" if two_users else "")
    for (_, err), code in ends:
        assert code in (ExitCode.DONE, ExitCode.INCOMPLETE, *_REFUSED), (code, err)
        assert "Traceback" not in err
        if code in _REFUSED:
            assert alias in err or "another hctui" in err or "python" in err, err
        stats.add(f"two at once, {names}", "refused by name" if code in _REFUSED else "done")
    assert any(code not in _REFUSED for _, code in ends) or two_users, [err for (_, err), _ in ends]
    scene.restart()
    restored = any(code not in _REFUSED and arguments[0] == "restore" for arguments, (_, code) in zip(pair, ends, strict=True))
    assert scene.content(alias) == (after if restored else before[alias])
    assert all(scene.content(each) == before[each] for each in ALIASES if each != alias)
    assert scene.check_backups() == 1 + sum(
        code not in _REFUSED and each[0] == "backup" for each, (_, code) in zip(pair, ends, strict=True)
    )
    assert scene.leftovers() == []


def run_hctui(scene: Scene, *arguments: str) -> tuple[int, str]:
    """Run hctui to its end; return its exit code and its output."""
    process = start_hctui(scene, list(arguments))
    out, err = process.communicate(timeout=TIMEOUT)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def start_hctui(scene: Scene, arguments: list[str], state: str = "") -> subprocess.Popen[str]:
    """Start hctui, with the state folder `state…`."""
    environment = os.environ | {
        "HCTUI_CONFIG": str(scene.folder / "hctui.toml"),
        "HCTUI_STATE": str(scene.folder / f"state{state}"),
        "HCTUI_LANG": "en",
    }
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-m", "hctui", *arguments]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
