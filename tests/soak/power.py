"""Loss of power at any instant: of what was not made durable the disk forgets any part, in any order; nothing is lost.

The recorded calls of an operation are replayed on a model of a disk. A name is sure only once its folder was synced after it
changed, bytes only once their file was. Of the rest a disk keeps nothing, everything, or anything.
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
from .kills import Deed, Kills
from .recording import EVERYTHING, Call, record
from .scene import ALIASES, PASSWORD, Scene
from .tally import Tally

_WATCHED = ("live", "backups", "state")


@dataclass
class _File:
    """One file of the model: what is sure, and what was written since."""

    data: bytearray
    since: list[Call] = field(default_factory=list)


class _Disk:
    """What a disk may hold after the first calls of a recording."""

    def __init__(self, contents: dict[str, bytes | None], links: dict[str, int]) -> None:
        self.folders = {path for path, data in contents.items() if data is None}
        self.names: dict[str, int] = {path: links[path] for path, data in contents.items() if data is not None}
        self.files = {links[path]: _File(bytearray(data)) for path, data in contents.items() if data is not None}
        self._fresh = max(self.files, default=0) + 1

    def apply(self, call: Call, *, named: bool) -> None:
        """Do a call; a change of names only where the disk remembers it (`named`)."""
        path = call.paths[0]
        if call.name == "mkdir":
            if named:
                self.folders.add(path)
        elif call.name == "create":
            self._create(path, named)
        elif named:
            self._rename(call)

    def _create(self, path: str, named: bool) -> None:
        if named and path not in self.names:
            self.names[path] = self._fresh
            self.files[self._fresh] = _File(bytearray())
            self._fresh += 1

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
    """Records a deed once, then cuts the power in it any number of times."""

    def __init__(self, scene: Scene, tally: Tally, prepare: Callable[[Child], None] | None = None) -> None:
        """Work on a scene; `prepare` is called in the process that is recorded."""
        self._scene = scene
        self._tally = tally
        self._prepare = prepare
        self._kills = Kills(scene, tally)
        self._recordings: dict[str, tuple[list[Call], dict[str, bytes | None], dict[str, int]]] = {}

    def calls_of(self, deed: Deed) -> list[Call]:
        """Return the calls a deed makes."""
        return self._recording(deed)[0]

    def boundaries(self, deed: Deed) -> list[int]:
        """Return the places before and behind everything that is not just another write."""
        steps = [place for place, call in enumerate(self.calls_of(deed)) if call.name not in ("write", "truncate")]
        return sorted({each for place in steps for each in (place, place + 1)})

    def cut(self, deed: Deed, end: int, random: Random) -> None:
        """Cut the power after so many calls, lay out what the disk may hold, start again, and look."""
        calls, contents, links = self._recording(deed)
        before, after, _ = self._kills.outcomes(deed)
        mood = random.choice((0.0, 1.0, 0.5, 0.9))
        self._lay_out(_replayed(calls[:end], contents, links, random, mood))
        self._tally.add("power cut", deed.name)
        self._scene.restart()
        now = self._scene.contents()
        for alias in ALIASES:
            expected = (before[alias], after[alias]) if alias in deed.touches else (before[alias],)
            assert now[alias] in expected, (deed.name, end, mood, alias, "neither old nor new")
            if end == len(calls):
                assert now[alias] == after[alias], (deed.name, "told to be done, and the disk forgot it")
        self._kills.files(deed, ended=end == len(calls))
        self._look(deed, end == len(calls))

    def _look(self, deed: Deed, ended: bool) -> None:
        """A backup that has its name is whole; one that was told to be done is there."""
        if isinstance(deed.plan, BackupPlan):
            made = self._scene.destination / f"{deed.plan.name}.bkb"
            assert made.exists() or not ended, "told to be done, and the disk forgot it"
            self._tally.add("backups after a power cut", "whole" if made.exists() else "not there")
        try:
            self._scene.check_backups(PASSWORD)
        except ArchiveError as error:
            raise AssertionError(f"a backup that is not whole has its name: {error}") from error
        if isinstance(deed.plan, RestorePlan) and deed.plan.into and ended:
            assert [path for path in self._scene.live.iterdir() if path.stem == deed.plan.into]

    def _recording(self, deed: Deed) -> tuple[list[Call], dict[str, bytes | None], dict[str, int]]:
        if deed.name not in self._recordings:
            self._kills.outcomes(deed)
            self._kills.ready(deed)
            contents, links = _seen(self._scene.folder)
            with forked(lambda child: self._kills.work(deed), self._prepare) as child:
                calls = [
                    each
                    for each in record(child)
                    if all(_is_below(path, self._scene.folder) or path == EVERYTHING for path in each.paths)
                ]
            self._recordings[deed.name] = calls, contents, links
        return self._recordings[deed.name]

    def _lay_out(self, disk: _Disk) -> None:
        for name in _WATCHED:
            shutil.rmtree(self._scene.folder / name, ignore_errors=True)
            (self._scene.folder / name).mkdir(mode=0o700)
        for path in sorted(disk.folders):
            if os.path.isdir(os.path.dirname(path)):
                os.makedirs(path, exist_ok=True)
        made: dict[int, str] = {}
        for path, file in disk.names.items():
            if not os.path.isdir(os.path.dirname(path)):
                continue  # the folder it was in was forgotten
            if file in made:
                os.link(made[file], path)
            else:
                Path(path).write_bytes(disk.files[file].data)
                os.chmod(path, 0o600)
                made[file] = path


def _replayed(
    calls: Sequence[Call], contents: dict[str, bytes | None], links: dict[str, int], random: Random, mood: float
) -> _Disk:
    """Return a disk on which each thing that is not sure is there with the probability `mood`.

    Names are followed twice: as the program sees them, to know which file it writes to, and as the disk remembers them.
    """
    seen, kept = _Disk(contents, links), _Disk(contents, links)
    kept.files = seen.files
    for place, call in enumerate(calls):
        path = call.paths[0]
        if call.name in ("write", "truncate"):
            if path in seen.names:
                seen.files[seen.names[path]].since.append(call)
        elif path == EVERYTHING:
            for file in seen.files.values():
                _settle(file, 1.0, random)
        elif call.name == "sync":
            if path in seen.names:
                _settle(seen.files[seen.names[path]], 1.0, random)
        else:
            synced = {each.paths[0] for each in calls[place + 1 :] if each.name == "sync"}
            named = bool({os.path.dirname(call.paths[-1]), EVERYTHING} & synced) or random.random() < mood
            fresh = call.name == "create" and path not in seen.names
            seen.apply(call, named=True)
            if fresh and named:
                kept.names[path] = seen.names[path]
            elif call.name != "create":
                kept.apply(call, named=named)
                forgotten = not {os.path.dirname(path), EVERYTHING} & synced and random.random() >= mood
                if call.name == "rename" and call.paths[1] in kept.names and named and forgotten and len(call.folders()) > 1:
                    kept.names[path] = kept.names[call.paths[1]]  # it came to be in the one folder and did not go in the other
    for file in seen.files.values():
        _settle(file, mood, random)
    return kept


def _settle(file: _File, mood: float, random: Random) -> None:
    """Let what was written since get to the disk, each write with the probability `mood`."""
    for call in file.since:
        if random.random() >= mood and mood < 1.0:
            continue
        if call.name == "truncate":
            del file.data[call.offset :]
            file.data.extend(bytes(call.offset - len(file.data)))
        else:
            file.data.extend(bytes(max(call.offset - len(file.data), 0)))
            file.data[call.offset : call.offset + len(call.data)] = call.data
    file.since.clear()


def _seen(folder: Path) -> tuple[dict[str, bytes | None], dict[str, int]]:
    """Return the content of everything below a folder, None for folders, and which names are of one file."""
    found = [path for name in _WATCHED for path in ((folder / name), *sorted((folder / name).rglob("*")))]
    contents = {str(path): None if path.is_dir() else path.read_bytes() for path in found if path.exists()}
    return contents, {str(path): path.stat().st_ino for path in found if path.is_file()}


def _is_below(path: str, folder: Path) -> bool:
    return any(path.startswith(f"{folder / name}/") or path == str(folder / name) for name in _WATCHED)
