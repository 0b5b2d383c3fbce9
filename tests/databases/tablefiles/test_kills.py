"""SIGKILL between any two steps and at random moments: afterwards the database is the old one or the new one, whole."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hctui.databases.engine import Engine
from hctui.databases.tablefiles import swap_journal
from hctui.errors import WriteFailed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("nobody_else"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
"""Python 3.12 and later warn of any thread that another test may have left when a process is forked."""

EXPECTED = 3
"""The exit code of a process whose disk failed as the test arranged it."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out fsync, which protects from a loss of power, not from kills, and makes hundreds of restores slow."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@dataclass
class Scene:
    """A database with its files before and after a restore."""

    engine: Engine
    root: Path
    work: Callable[[], None]
    """The restore or undo to be killed."""
    old: dict[str, bytes]
    new: dict[str, bytes]
    content: Callable[[Path], dict[str, bytes]]

    def reset(self) -> None:
        """Make the database the old one again, with nothing kept."""
        self.engine.drop_undo()
        for name in self.content(self.root):
            (self.root / name).unlink()
        for name, data in self.old.items():
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_bytes(data)


@pytest.fixture
def scene(tmp_path: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any, content: Any) -> Scene:
    """Return a folder in which a restore replaces, adds, drops and leaves files, with a sub-folder and other capitals."""
    root = tmp_path / "db"
    (root / "sub").mkdir(parents=True)
    for name in ("a.nx1", "b.nx1", "sub/c.nx1"):
        (root / name).write_bytes(f"new {name}".encode())
    engine = engine_of(root, format="nexusdb")
    made = backup(engine)
    stays = {"d.nx1": b"made since", "n.txt": b"note"}
    old = {"A.NX1": b"old a", "b.nx1": b"old b", "b.nx2": b"stale", "e.nx1": b"dropped", **stays}
    new = {**made.content, **stays}
    found = Scene(engine, root, lambda: restore(engine, made, drop=("e",)), old, new, content)
    found.reset()
    return found


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process of its own that kills itself at a step; return False if it ended before that."""
    child = os.fork()
    if child == 0:
        passed = itertools.count(1)
        swap_journal.failpoint = lambda name: os.kill(os.getpid(), signal.SIGKILL) if next(passed) == step else None
        with contextlib.suppress(WriteFailed):
            work()
            os._exit(0)
        os._exit(EXPECTED)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in (0, EXPECTED), "the work itself failed"
    return os.WIFSIGNALED(status)


def killed_after(seconds: float, work: Callable[[], None]) -> None:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def steps(scene: Scene, work: Callable[[], None], limit: int = 200) -> Iterator[int]:
    """Yield each step at which `work` was killed; the scene is reset before each."""
    for step in range(1, limit):
        scene.reset()
        if not killed_at(step, work):
            return
        yield step


def ours(root: Path) -> list[str]:
    return [name for name in os.listdir(root) if name.startswith(".hctui")]


def test_killed_restores_leave_the_old_or_the_new(scene: Scene, listener: Any) -> None:
    seen = {"old": 0, "new": 0}
    for _ in steps(scene, scene.work):
        scene.engine.recover()
        now = scene.content(scene.root)
        assert now in (scene.old, scene.new)
        seen["new" if now == scene.new else "old"] += 1
        if now == scene.new:
            scene.engine.undo(listener)
            assert scene.content(scene.root) == scene.old, "and it can be undone"
        else:
            assert not ours(scene.root)
    assert seen["old"] >= 1 and seen["new"] > 10


def test_killed_recoveries_can_be_recovered(scene: Scene) -> None:
    kills = 0
    for step in (2, 5, 9, 12):
        for second in range(1, 100):
            scene.reset()
            killed_at(step, scene.work)
            if not killed_at(second, scene.engine.recover):
                break
            kills += 1
            scene.engine.recover()
            assert scene.content(scene.root) in (scene.old, scene.new)
            assert scene.engine.recover() is None, "nothing is left to do"
    assert kills > 20


def test_killed_undos_leave_the_one_or_the_other(scene: Scene, listener: Any) -> None:
    def undo() -> None:
        scene.engine.undo(listener)

    kills = 0
    for step in range(1, 100):
        scene.reset()
        scene.work()
        if not killed_at(step, undo):
            break
        kills += 1
        scene.engine.recover()
        now = scene.content(scene.root)
        assert now in (scene.old, scene.new)
        scene.engine.undo(listener)
        assert scene.content(scene.root) == (scene.new if now == scene.old else scene.old)
    assert kills > 10


def test_killed_roll_backs_can_be_recovered(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last rename of the swap fails, and the process is killed while it rolls the swap back."""
    real = os.rename

    def failing(source: Any, target: Any) -> None:
        if str(target).endswith(swap_journal.DONE):
            raise OSError(5, "Input/output error")
        real(source, target)

    kills = 0
    for step in range(12, 100):
        scene.reset()
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", failing)
            hit = killed_at(step, scene.work)
        scene.engine.recover()
        assert scene.content(scene.root) in (scene.old, scene.new)
        if not hit:
            assert scene.content(scene.root) == scene.old
            break
        kills += 1
    assert kills > 5


def test_a_killed_first_restore_leaves_no_folder_or_a_whole_one(
    scene: Scene, tmp_path: Path, engine_of: Any, backup: Any, restore: Any
) -> None:
    made = backup(scene.engine)
    engine = engine_of(tmp_path / "fresh")
    for step in range(1, 20):
        hit = killed_at(step, lambda: restore(engine, made))
        engine.recover()
        assert not ours(tmp_path)
        if engine.exists():
            assert scene.content(tmp_path / "fresh") == made.content
        if not hit:
            break
    assert step > 2 and engine.exists()


def test_kills_at_random_instants(scene: Scene) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    scene.work()
    begun = time.monotonic()
    scene.work()
    whole = time.monotonic() - begun
    for kill in range(40):
        scene.reset()
        killed_after(chance.uniform(0, whole * 1.2), scene.work)
        scene.engine.recover()
        assert scene.content(scene.root) in (scene.old, scene.new), f"kill {kill} of seed {seed}"
        assert len(ours(scene.root)) <= 1


def test_a_restore_that_still_runs_is_left_alone(scene: Scene) -> None:
    from hctui.databases.engine import RestorationRequest
    from hctui.model import DatabaseManifest

    request = RestorationRequest(DatabaseManifest("X", "folder"), (), whole=False)
    with scene.engine.restoration(request):
        before = ours(scene.root)
        assert len(before) == 1
        child = os.fork()
        if child == 0:
            try:
                scene.engine.recover()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert ours(scene.root) == before
