"""Disks that fail: at every step and every system call, once or from then on, while writing and while reading."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from hctui.plans import BackupPlan, RestorePlan, UndoPlan

from .child import Child, Ended, count_steps, forked
from .kills import INTO, Deed, Kills
from .scene import ALIASES, PASSWORD, Scene
from .tally import Tally
from .tracing import NAMING, READING, WRITING, counted, tracing

WRITE_ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS")
NAME_ERRORS = ("EACCES", "EIO", "ENOSPC", "EROFS")
STEP_ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTCONN, errno.EMFILE)
_NEVER_FAILS = ("sqlite3.connect", "shutil.rmtree", "tempfile.mkdtemp")
"""What is told of, but raises no `OSError` itself."""


class Disks:
    """Makes a deed meet a failing disk, and looks at what it said and what it left."""

    def __init__(self, scene: Scene, tally: Tally) -> None:
        self._scene = scene
        self._tally = tally
        self._kills = Kills(scene, tally)
        self._counts: dict[tuple[str, str], int] = {}

    def at_step(self, deed: Deed, number: int, error: int) -> Ended:
        """Let one step fail as the system lets it fail."""

        def prepare(child: Child) -> None:
            def act(name: str, reached: int) -> None:
                if reached == number and name not in _NEVER_FAILS:
                    child.note(name)
                    raise OSError(error, os.strerror(error))

            count_steps(act)

        return self._failing(deed, f"{errno.errorcode[error]} at a step", self._run, prepare)

    def steps(self, deed: Deed) -> int:
        """Return how many steps a deed takes."""
        return self._kills.steps(deed)

    def at_call(self, deed: Deed, number: int, error: str, *, naming: bool = False, lasting: bool = False) -> Ended:
        """Let a system call fail, and with `lasting` all of that kind after it: a disk that is full stays full."""
        calls, when = (NAMING if naming else WRITING), f"{number}{'+' if lasting else ''}"

        def release(child: Child) -> Ended:
            with tracing(child.process, calls, f"error={error}:when={when}"):
                return self._run(child)

        kind = f"{error} {'from a call on' if lasting else 'at a call'}"
        return self._failing(deed, kind, release)

    def calls(self, deed: Deed, *, naming: bool = False) -> int:
        """Return how many such system calls the busiest thread of a deed makes."""
        return self._counted(deed, "names" if naming else "writes", lambda child: counted(child, NAMING if naming else WRITING))

    def reading(self, deed: Deed, number: int) -> Ended:
        """Let a read of a database's files fail."""
        paths = self._files()

        def release(child: Child) -> Ended:
            with tracing(child.process, READING, f"error=EIO:when={number}", paths):
                return self._run(child)

        return self._failing(deed, "EIO while reading", release)

    def reads(self, deed: Deed) -> int:
        """Return how many reads of the databases the busiest thread makes."""
        return self._counted(deed, "reads", lambda child: counted(child, READING, self._files()))

    def vanishing(self, deed: Deed, random: Random) -> Ended:
        """Take the destination away while a backup is written into it."""
        gone = self._scene.folder / "gone"
        shutil.rmtree(gone, ignore_errors=True)

        def release(child: Child) -> Ended:
            child.go()
            while not list(self._scene.destination.glob("*.part")) and os.path.exists(f"/proc/{child.process}/exe"):
                time.sleep(0.0005)
            time.sleep(random.uniform(0, self._kills.outcomes(deed)[2]))
            self._scene.destination.rename(gone)
            ended = child.ended()
            left = [path.name for path in gone.iterdir() if path.name.endswith(".part")]
            gone.rename(self._scene.destination)
            self._tally.add("destination vanished", "a .part left until the next backup" if left else "nothing left")
            return ended

        return self._failing(deed, "destination vanished", release)

    def _files(self) -> list[Path]:
        now = self._scene.folder / "now"
        return [self._scene.live / path.relative_to(now) for path in now.rglob("*") if path.is_file()]

    def _run(self, child: Child) -> Ended:
        child.go()
        return child.ended()

    def _counted(self, deed: Deed, kind: str, count: Callable[[Child], int]) -> int:
        if (deed.name, kind) not in self._counts:
            self._kills.ready(deed)
            with forked(lambda child: self._kills.work(deed)) as child:
                self._counts[deed.name, kind] = count(child)
        return self._counts[deed.name, kind]

    def _failing(
        self, deed: Deed, kind: str, release: Callable[[Child], Ended], prepare: Callable[[Child], None] | None = None
    ) -> Ended:
        before, after, _ = self._kills.outcomes(deed)
        self._kills.ready(deed)
        with forked(lambda child: self._kills.work(deed), prepare) as child:
            ended = release(child)
        assert not ended.fault, ended.fault
        assert not ended.killed
        if ended.error:
            assert "\n" not in ended.error and "Errno" not in ended.error, ended.error
        self._tally.add(kind, "refused in one sentence" if ended.error else "done all the same")
        self._scene.restart()
        now = self._scene.contents()
        for alias in ALIASES:
            if alias not in deed.touches:
                assert now[alias] == before[alias]
            elif ended.error and _in_doubt(alias, ended):
                assert now[alias] in (before[alias], after[alias])
                self._tally.add("neither finished nor taken back by a disk that goes on failing, and that was said")
            elif ended.error:
                assert now[alias] == before[alias], (alias, "is the new, and was told to be the old", ended.error)
            elif any(f"{alias} can't be read now" in each for each in ended.warnings):
                self._tally.add("a database that could not be read was restored whole, and that was said")
            else:
                assert now[alias] == after[alias], (alias, "is the old, and was told to be the new", ended.warnings)
        self._look(deed, ended)
        return ended

    def _look(self, deed: Deed, ended: Ended) -> None:
        """What was told is true of the backup, of the other name and of the undo, and nothing is left behind."""
        scene = self._scene
        if isinstance(deed.plan, BackupPlan):
            made = scene.destination / f"{deed.plan.name}.bkb"
            assert made.exists() == ended.done, ended
        if isinstance(deed.plan, RestorePlan) and deed.plan.into:
            there = [path for path in scene.live.iterdir() if path.stem == INTO]
            assert bool(there) == ended.done or _in_doubt(INTO, ended), (there, ended)
        if ended.done and isinstance(deed.plan, RestorePlan | UndoPlan):
            for alias in deed.touches:
                self._kills.undo(alias, deed)
        self._kills.files(deed, ended=ended.done and not ended.warnings)
        self._kills.next_backup()
        scene.check_backups(PASSWORD)
        assert scene.litter() == [], (scene.litter(), ended)


def _in_doubt(alias: str, ended: Ended) -> bool:
    """Tell whether it was said that only the next start brings this database to an end, or that it stays the new one."""
    said = (ended.error, *ended.warnings)
    return any("the next start of hctui finishes it" in each or f"{alias} was restored before another" in each for each in said)


def any_failure(disks: Disks, deed: Deed, random: Random) -> Ended:
    """Choose what fails, when and how."""
    kind = random.choice(["step", "write", "full", "name", "names", "read", "vanish"])
    if kind == "step":
        return disks.at_step(deed, random.randint(1, disks.steps(deed)), random.choice(STEP_ERRORS))
    if kind in ("write", "full"):
        number, lasting = random.randint(1, max(disks.calls(deed), 1)), kind == "full"
        return disks.at_call(deed, number, random.choice(WRITE_ERRORS), lasting=lasting)
    if kind in ("name", "names"):
        number, lasting = random.randint(1, max(disks.calls(deed, naming=True), 1)), kind == "names"
        return disks.at_call(deed, number, random.choice(NAME_ERRORS), naming=True, lasting=lasting)
    if kind == "vanish" and isinstance(deed.plan, BackupPlan):
        return disks.vanishing(deed, random)
    return disks.reading(deed, random.randint(1, max(disks.reads(deed), 1)))
