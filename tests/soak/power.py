"""Trials of a loss of power at any instant: the disk loses any part of what was not synced, and no data may be lost.

The recorded calls of an operation are replayed on a model of a disk. A name is durable after a sync of its folder, bytes
after a sync of their file. Of everything else the disk keeps nothing, all or any part.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from hctui.errors import ArchiveError
from hctui.plans import BackupPlan, RestorePlan

from .child import Child, forked
from .kills import Kills, Operation
from .recording import EVERYTHING, Call, record
from .scene import ALIASES, PASSWORD, Scene
from .stats import Statistics

_WATCHED = ("live", "backups", "state")


@dataclass
class _File:
    """One file of the model: its durable bytes and the calls since the last sync."""

    data: bytearray
    unsynced: list[Call] = field(default_factory=list)


class _Disk:
    """A possible content of the disk after the first calls of a recording."""

    def __init__(self, contents: dict[str, bytes | None], links: dict[str, int]) -> None:
        self.folders = {path for path, data in contents.items() if data is None}
        self.names: dict[str, int] = {path: links[path] for path, data in contents.items() if data is not None}
        self.files = {links[path]: _File(bytearray(data)) for path, data in contents.items() if data is not None}
        self._next_number = max(self.files, default=0) + 1

    def apply(self, call: Call, *, is_kept: bool) -> None:
        """Apply a call; a change of names only where the disk keeps it (`is_kept`)."""
        path = call.paths[0]
        if call.name == "mkdir":
            if is_kept:
                self.folders.add(path)
        elif call.name == "create":
            self._create(path, is_kept)
        elif is_kept:
            self._rename(call)

    def _create(self, path: str, is_kept: bool) -> None:
        if is_kept and path not in self.names:
            self.names[path] = self._next_number
            self.files[self._next_number] = _File(bytearray())
            self._next_number += 1

    def _rename(self, call: Call) -> None:
        path = call.paths[0]
        if call.name == "rmdir":
            self.folders.discard(path)
        elif call.name == "unlink":
            self.names.pop(path, None)
        elif call.name == "link" and path in self.names:
            self.names[call.paths[1]] = self.names[path]
        elif call.name == "rename":
            self._move(path, call.paths[1])

    def _move(self, old: str, new: str) -> None:
        if old in self.names and self.names.get(new) != self.names[old]:
            self.names[new] = self.names.pop(old)
        elif old in self.folders:
            self.folders = {_moved(path, old, new) for path in self.folders}
            self.names = {_moved(path, old, new): file for path, file in self.names.items()}


def _moved(path: str, old: str, new: str) -> str:
    return new + path[len(old) :] if path == old or path.startswith(old + "/") else path


class Power:
    """Records an operation once, then simulates any number of losses of power in it."""

    def __init__(self, scene: Scene, stats: Statistics, prepare: Callable[[Child], None] | None = None) -> None:
        """Use a scene; `prepare` is called in the process that is recorded."""
        self._scene = scene
        self._stats = stats
        self._prepare = prepare
        self._kills = Kills(scene, stats)
        self._recordings: dict[str, tuple[list[Call], dict[str, bytes | None], dict[str, int]]] = {}

    def calls_of(self, operation: Operation) -> list[Call]:
        """Return the calls of an operation."""
        return self._recording(operation)[0]

    def boundaries(self, operation: Operation) -> list[int]:
        """Return the positions before and after each call that is not a write."""
        steps = [position for position, call in enumerate(self.calls_of(operation)) if call.name not in ("write", "truncate")]
        return sorted({each for position in steps for each in (position, position + 1)})

    def cut(self, operation: Operation, end: int, random: Random) -> None:
        """Create a possible content of the disk after `end` calls, start hctui again and check the result."""
        calls, contents, links = self._recording(operation)
        before, after, _ = self._kills.outcomes(operation)
        probability = random.choice((0.0, 1.0, 0.5, 0.9))
        self._create_files(_replay(calls[:end], contents, links, random, probability))
        self._stats.add("power cut", operation.name)
        self._scene.restart()
        now = self._scene.contents()
        for alias in ALIASES:
            expected = (before[alias], after[alias]) if alias in operation.changes else (before[alias],)
            assert now[alias] in expected, (operation.name, end, probability, alias, "neither old nor new")
            if end == len(calls):
                assert now[alias] == after[alias], (operation.name, "it was reported as done, and the disk lost it")
        self._kills.files(operation, ended=end == len(calls))
        self._check_backups(operation, end == len(calls))

    def _check_backups(self, operation: Operation, ended: bool) -> None:
        """Check that each backup with its final name is complete, and that one reported as done exists."""
        if isinstance(operation.plan, BackupPlan):
            made = self._scene.destination / f"{operation.plan.name}.bkb"
            assert made.exists() or not ended, "it was reported as done, and the disk lost it"
            self._stats.add("backups after a power cut", "complete" if made.exists() else "missing")
        try:
            self._scene.check_backups(PASSWORD)
        except ArchiveError as error:
            raise AssertionError(f"an incomplete backup has its final name: {error}") from error
        if isinstance(operation.plan, RestorePlan) and operation.plan.into and ended:
            assert [path for path in self._scene.live.iterdir() if path.stem == operation.plan.into]

    def _recording(self, operation: Operation) -> tuple[list[Call], dict[str, bytes | None], dict[str, int]]:
        if operation.name not in self._recordings:
            self._kills.outcomes(operation)
            self._kills.ready(operation)
            contents, links = _read_tree(self._scene.folder)
            with forked(lambda child: self._kills.work(operation), self._prepare) as child:
                calls = [
                    each
                    for each in record(child)
                    if all(_is_below(path, self._scene.folder) or path == EVERYTHING for path in each.paths)
                ]
            self._recordings[operation.name] = calls, contents, links
        return self._recordings[operation.name]

    def _create_files(self, disk: _Disk) -> None:
        for name in _WATCHED:
            shutil.rmtree(self._scene.folder / name, ignore_errors=True)
            (self._scene.folder / name).mkdir(mode=0o700)
        for path in sorted(disk.folders):
            if os.path.isdir(os.path.dirname(path)):
                os.makedirs(path, exist_ok=True)
        made: dict[int, str] = {}
        for path, file in disk.names.items():
            if not os.path.isdir(os.path.dirname(path)):
                continue  # the disk lost its folder
            if file in made:
                os.link(made[file], path)
            else:
                Path(path).write_bytes(disk.files[file].data)
                os.chmod(path, 0o600)
                made[file] = path


def _replay(
    calls: Sequence[Call], contents: dict[str, bytes | None], links: dict[str, int], random: Random, probability: float
) -> _Disk:
    """Return a disk on which each change that is not durable is kept with a probability.

    Names are tracked twice: as the program sees them, to know which file it writes to, and as the disk keeps them.
    """
    seen, kept = _Disk(contents, links), _Disk(contents, links)
    kept.files = seen.files
    for position, call in enumerate(calls):
        path = call.paths[0]
        if call.name in ("write", "truncate"):
            if path in seen.names:
                seen.files[seen.names[path]].unsynced.append(call)
        elif path == EVERYTHING:
            for file in seen.files.values():
                _write_back(file, 1.0, random)
        elif call.name == "sync":
            if path in seen.names:
                _write_back(seen.files[seen.names[path]], 1.0, random)
        else:
            synced = {each.paths[0] for each in calls[position + 1 :] if each.name == "sync"}
            is_kept = bool({os.path.dirname(call.paths[-1]), EVERYTHING} & synced) or random.random() < probability
            is_new = call.name == "create" and path not in seen.names
            seen.apply(call, is_kept=True)
            if is_new and is_kept:
                kept.names[path] = seen.names[path]
            elif call.name != "create":
                kept.apply(call, is_kept=is_kept)
                removal_lost = not {os.path.dirname(path), EVERYTHING} & synced and random.random() >= probability
                if (
                    call.name == "rename"
                    and call.paths[1] in kept.names
                    and is_kept
                    and removal_lost
                    and len(call.folders()) > 1
                ):
                    kept.names[path] = kept.names[call.paths[1]]  # one folder has the new name, the other still the old one
    for file in seen.files.values():
        _write_back(file, probability, random)
    return kept


def _write_back(file: _File, probability: float, random: Random) -> None:
    """Write the unsynced calls to the file, each with a probability."""
    for call in file.unsynced:
        if random.random() >= probability and probability < 1.0:
            continue
        if call.name == "truncate":
            del file.data[call.offset :]
            file.data.extend(bytes(call.offset - len(file.data)))
        else:
            file.data.extend(bytes(max(call.offset - len(file.data), 0)))
            file.data[call.offset : call.offset + len(call.data)] = call.data
    file.unsynced.clear()


def _read_tree(folder: Path) -> tuple[dict[str, bytes | None], dict[str, int]]:
    """Return the content of everything in a folder (None for folders), and the inode of each file."""
    found = [path for name in _WATCHED for path in ((folder / name), *sorted((folder / name).rglob("*")))]
    contents = {str(path): None if path.is_dir() else path.read_bytes() for path in found if path.exists()}
    return contents, {str(path): path.stat().st_ino for path in found if path.is_file()}


def _is_below(path: str, folder: Path) -> bool:
    return any(path.startswith(f"{folder / name}/") or path == str(folder / name) for name in _WATCHED)
