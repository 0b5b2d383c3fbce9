"""Loss of power at any moment: the disk may forget, in any order, what was not synced, and no file of the database is lost.

The system calls of a swap are recorded. Each beginning of the record is replayed on a model of a disk. The model keeps a new
name if its folders were synced afterwards, and the content of a file if the file was synced; of the rest it keeps nothing,
all, all but one, or some. The result is written to a folder and recovered: it must be the old database or the new one.
"""

from __future__ import annotations

import copy
import os
import random
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hctui.databases.engine import Engine

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nobody_else")]

Tree = dict[str, Any]
"""File names, each with its folder (a tree) or its inode number."""


@dataclass(frozen=True)
class Call:
    """A recorded system call; paths relative to the recorded folder."""

    name: str
    paths: tuple[str, ...] = ()
    inode: int = 0
    content: bytes = b""

    def folders(self) -> set[str]:
        return {os.path.dirname(path) for path in self.paths}


class Recorder:
    """Records the calls that change or sync names below a folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.calls: list[Call] = []
        self.start = self._tree(top)
        self.contents = {inode: (top / path).read_bytes() for path, inode in self._files(self.start)}
        self.known = self.start

    def before(self) -> None:
        """Record files and folders that were made by calls that are not watched."""
        now = self._tree(self.top)
        for path, inode in self._walk(now):
            if path not in dict(self._walk(self.known)):
                self.calls.append(Call("mkdir" if inode is None else "create", (path,), inode or 0))
        self.known = now

    def note(self, name: str, *paths: Any) -> None:
        self.calls.append(Call(name, tuple(os.path.relpath(path, self.top) for path in paths)))
        self.known = self._tree(self.top)

    def synced(self, descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self.calls.append(Call("sync folder", (os.path.relpath(path, self.top),)))
        else:
            self.calls.append(Call("sync file", (), status.st_ino, Path(path).read_bytes()))

    def _tree(self, folder: Path) -> Tree:
        return {
            entry.name: self._tree(Path(entry.path)) if entry.is_dir(follow_symlinks=False) else entry.inode()
            for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
        }

    def _walk(self, tree: Tree, under: str = "") -> Iterator[tuple[str, int | None]]:
        for name, node in tree.items():
            path = os.path.join(under, name)
            yield path, None if isinstance(node, dict) else node
            if isinstance(node, dict):
                yield from self._walk(node, path)

    def _files(self, tree: Tree) -> list[tuple[str, int]]:
        return [(path, inode) for path, inode in self._walk(tree) if inode is not None]


@contextmanager
def recording(top: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    recorder = Recorder(top)
    with monkeypatch.context() as patch:
        for name in ("rename", "link", "unlink", "rmdir"):
            patch.setattr(os, name, watched(name, getattr(os, name), recorder))
        patch.setattr(os, "replace", watched("rename", os.replace, recorder))

        def fsync(descriptor: int) -> None:
            recorder.before()
            recorder.synced(descriptor)

        patch.setattr(os, "fsync", fsync)
        yield recorder


def watched(name: str, real: Callable[..., None], recorder: Recorder) -> Callable[..., None]:
    def call(*paths: Any, **options: Any) -> None:
        recorder.before()
        real(*paths, **options)
        if "dir_fd" not in options:
            recorder.note(name, *paths)

    return call


def find(tree: Tree, path: str) -> tuple[Tree, str] | None:
    """Return the folder of a path and its last name, None if the folder does not exist."""
    *folders, name = path.split("/")
    for each in folders:
        below = tree.get(each)
        if not isinstance(below, dict):
            return None
        tree = below
    return tree, name


def apply(tree: Tree, call: Call) -> None:
    """Change the names of a tree as a call does; a call in a folder that was forgotten is forgotten too."""
    places = [find(tree, path) for path in call.paths]
    if None in places:
        return
    (source, name), *rest = [place for place in places if place]
    if call.name == "mkdir":
        source.setdefault(name, {})
    elif call.name == "create":
        source[name] = call.inode
    elif name not in source:
        return
    elif call.name in ("unlink", "rmdir"):
        del source[name]
    else:
        target, new = rest[0]
        if call.name == "rename" and source.get(name) == target.get(new) and not isinstance(source[name], dict):
            return
        target[new] = source[name]
        if call.name == "rename":
            del source[name]


def disks(recorder: Recorder, chance: random.Random) -> Iterator[tuple[Tree, dict[int, bytes]]]:
    """Yield what a disk may hold after a loss of power after each call."""
    for end in range(len(recorder.calls) + 1):
        prefix = recorder.calls[:end]
        changes = [(place, call) for place, call in enumerate(prefix) if not call.name.startswith("sync")]
        pending = [place for place, call in changes if not durable(prefix, place, call)]
        contents = dict(recorder.contents)
        contents |= {call.inode: b"" for _, call in changes if call.name == "create"}
        contents |= {call.inode: call.content for call in prefix if call.name == "sync file"}
        for forgotten in choices(pending, chance):
            tree = copy.deepcopy(recorder.start)
            for place, call in changes:
                if place not in forgotten:
                    apply(tree, call)
            yield tree, contents


def durable(prefix: Sequence[Call], place: int, call: Call) -> bool:
    synced = {each.paths[0] for each in prefix[place + 1 :] if each.name == "sync folder"}
    return call.folders() <= {"" if path == "." else path for path in synced}


def choices(pending: list[int], chance: random.Random) -> list[set[int]]:
    each_alone = [{place} for place in pending] if len(pending) > 1 else []
    all_but_one = [set(pending) - {place} for place in pending] if len(pending) > 1 else []
    some = [{place for place in pending if chance.random() < 0.5} for _ in range(3)] if len(pending) > 2 else []
    found = [set(), set(pending), *each_alone, *all_but_one, *some]
    return [choice for place, choice in enumerate(found) if choice not in found[:place]]


def lay_out(tree: Tree, contents: dict[int, bytes], folder: Path) -> None:
    folder.mkdir()
    made: dict[int, Path] = {}
    for name, node in tree.items():
        if isinstance(node, dict):
            lay_out(node, contents, folder / name)
        elif node in made:
            os.link(made[node], folder / name)
        else:
            (folder / name).write_bytes(contents[node])
            made[node] = folder / name


@pytest.fixture
def replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_of: Any, content: Any) -> Callable[..., dict[str, int]]:
    """Return a function that recovers every disk of a recording and counts how many are old and new."""

    def replay(recorder: Recorder, name: str, old: dict[str, bytes], new: dict[str, bytes]) -> dict[str, int]:
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)
        seed = random.randrange(1 << 32)
        seen = {"old": 0, "new": 0}
        for count, (tree, contents) in enumerate(disks(recorder, random.Random(seed))):
            place = tmp_path / "disk"
            lay_out(tree, contents, place)
            engine = engine_of(place / name, format="nexusdb")
            engine.recover()
            now = content(place / name) if engine.exists() else {}
            assert now in (old, new), f"disk {count} of seed {seed}: {tree}"
            seen["new" if now == new else "old"] += 1
            shutil.rmtree(place)
        return seen

    return replay


STAYS = {"d.nx1": b"made since", "n.txt": b"note"}
OLD = {"A.NX1": b"old a", "b.nx1": b"old b", "b.nx2": b"stale", "e.nx1": b"dropped", **STAYS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "top/db"
    (root / "sub").mkdir(parents=True)
    return root


def test_a_restore(
    folder: Path,
    engine_of: Any,
    backup: Any,
    restore: Any,
    content: Any,
    monkeypatch: pytest.MonkeyPatch,
    replayed: Any,
    listener: Any,
) -> None:
    for name in ("a.nx1", "b.nx1", "sub/c.nx1"):
        (folder / name).write_bytes(f"new {name}".encode())
    engine: Engine = engine_of(folder, format="nexusdb")
    made = backup(engine)
    for name in made.content:
        (folder / name).unlink()
    for name, data in OLD.items():
        (folder / name).write_bytes(data)
    new = {**made.content, **STAYS}
    with recording(folder.parent, monkeypatch) as recorder:
        restore(engine, made, drop=("e",))
    seen = replayed(recorder, "db", OLD, new)
    assert seen["old"] > 50 and seen["new"] > 50
    with recording(folder.parent, monkeypatch) as recorder:
        engine.undo(listener)
    seen = replayed(recorder, "db", OLD, new)
    assert seen["old"] > 10 and seen["new"] > 10


def test_a_first_restore(
    folder: Path, engine_of: Any, backup: Any, restore: Any, monkeypatch: pytest.MonkeyPatch, replayed: Any
) -> None:
    (folder / "sub/a.nx1").write_bytes(b"a")
    (folder / "b.nx1").write_bytes(b"b")
    engine: Engine = engine_of(folder, format="nexusdb")
    made = backup(engine)
    shutil.rmtree(folder)
    with recording(folder.parent, monkeypatch) as recorder:
        restore(engine, made)
    seen = replayed(recorder, "db", {}, made.content)
    assert seen["old"] > 5 and seen["new"] > 1
