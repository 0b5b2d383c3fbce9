"""Others at the same time: programs that come in the middle of a restore, and a second hctui."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from hctui.errors import DatabaseInUse
from hctui.plans import RestorePlan

from .child import carry_out
from .scene import ALIASES, FOLDER, PARTIAL, ROLLBACK, WAL, Scene
from .tally import Tally

KNOCKS = 3
"""Programs that come and go at once."""


def knocking(scene: Scene, tally: Tally, random: Random, alias: str | None = None) -> None:
    """Restore while others connect, write and leave as fast as they can: what they were told is written is not lost.

    They write to a table that the backup does not know, so that it stays; in a folder also to a file that is replaced, of
    which every byte must be in the new file or in what is kept for an undo.
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
        str(Path(__file__).with_name("knocker.py")),
        "files" if alias == FOLDER else "sqlite",
        str(path),
    ]
    knockers = [
        subprocess.Popen([*program, str(number), str(pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(KNOCKS)
    ]
    attempts = refused = 0
    try:
        for each in knockers:
            assert each.stdout is not None and each.stdout.readline() == "knocking\n"
        for _ in range(8):
            attempts += 1
            try:
                carry_out(plan, scene.configuration(), None)
            except DatabaseInUse as error:
                assert str(error).strip()
                refused += 1
    finally:
        told = [each.communicate("stop\n")[0].split() for each in knockers]
    tally.add(f"restores of {alias} while others knocked", "refused by name", refused)
    tally.add(f"restores of {alias} while others knocked", "done", attempts - refused)
    scene.restart()
    kept = _kept_files(path) if alias == FOLDER else _kept_rows(path)
    for number, said in enumerate(told):
        done = int(said[-1])
        tally.add("writes of those who knocked", alias, done)
        missing = [vez for vez in range(1, done + 1) if (str(number), vez) not in kept]
        assert not missing, f"{len(missing)} of {done} writes that {number} was told are done are gone, the first {missing[0]}"


def _kept_rows(path: Path) -> set[tuple[str, int]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return set(connection.execute("SELECT quem, vez FROM batidas"))


def _kept_files(folder: Path) -> set[tuple[str, int]]:
    lines = (folder / "batidas.nx1").read_text().splitlines()
    return {(line.split()[0], int(line.split()[1])) for line in lines}


def two_at_once(scene: Scene, tally: Tally, random: Random) -> None:
    """Start two programs at once: each is done or refused by name, and the database is whole, the old or the new."""
    scene.reset()
    alias = random.choice(ALIASES)
    before = scene.contents()
    carry_out(RestorePlan(scene.backup, (alias,)), scene.configuration(), None)
    after = scene.content(alias)
    scene.reset()
    backup = ["backup", "--database", alias, "--to", str(scene.destination), "--name"]
    restore = ["restore", str(scene.backup), "--database", alias, "--yes"]
    pair = random.choice(([[*backup, "uma"], [*backup, "outra"]], [[*backup, "uma"], restore], [restore, restore]))
    apart = random.random() < 0.3
    running = [hctui_process(scene, arguments, f"-{number}" if apart else "") for number, arguments in enumerate(pair)]
    ends = [(process.communicate(timeout=60), process.returncode) for process in running]
    names = " and ".join(arguments[0] for arguments in pair) + (" of two users" if apart else "")
    for (_, err), code in ends:
        assert code in (0, 1, 3), (code, err)
        assert "Traceback" not in err
        if code == 1:
            assert alias in err or "another hctui" in err or "python" in err, err
        tally.add(f"two at once, {names}", "refused by name" if code == 1 else "done")
    assert any(code != 1 for _, code in ends) or apart, [err for (_, err), _ in ends]
    scene.restart()
    restored = any(code != 1 and arguments[0] == "restore" for arguments, (_, code) in zip(pair, ends, strict=True))
    assert scene.content(alias) == (after if restored else before[alias])
    assert all(scene.content(each) == before[each] for each in ALIASES if each != alias)
    assert scene.check_backups() == 1 + sum(
        code != 1 and each[0] == "backup" for each, (_, code) in zip(pair, ends, strict=True)
    )
    assert scene.litter() == []


def ran(scene: Scene, *arguments: str) -> tuple[int, str]:
    """Run hctui to its end; return its exit code and all it said."""
    process = hctui_process(scene, list(arguments))
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err, err
    return process.returncode, out + err


def hctui_process(scene: Scene, arguments: list[str], state: str = "") -> subprocess.Popen[str]:
    """Start hctui itself, with a state folder of its own where `state` says so."""
    environment = os.environ | {
        "HCTUI_CONFIG": str(scene.folder / "hctui.toml"),
        "HCTUI_STATE": str(scene.folder / f"state{state}"),
        "HCTUI_LANG": "en",
    }
    pipe = subprocess.PIPE
    command = [sys.executable, "-P", "-m", "hctui", *arguments]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
