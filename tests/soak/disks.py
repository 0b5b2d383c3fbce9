"""Trials of disks that fail at a step or a system call, once or from then on, while writing or reading."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from hctui.plans import BackupPlan, RestorePlan, UndoPlan

from .child import Child, ChildResult, count_steps, forked
from .kills import INTO, Kills, Operation
from .scene import ALIASES, PASSWORD, Scene
from .stats import Statistics
from .tracing import NAMING, READING, WRITING, counted, tracing

WRITE_ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS")
NAME_ERRORS = ("EACCES", "EIO", "ENOSPC", "EROFS")
STEP_ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTCONN, errno.EMFILE)
_NEVER_FAILS = ("sqlite3.connect", "shutil.rmtree", "tempfile.mkdtemp")
"""Steps that raise no `OSError` themselves."""


class Disks:
    """Runs operations on a failing disk, and checks what they report and what they leave."""

    def __init__(self, scene: Scene, stats: Statistics) -> None:
        self._scene = scene
        self._stats = stats
        self._kills = Kills(scene, stats)
        self._counts: dict[tuple[str, str], int] = {}

    def at_step(self, operation: Operation, number: int, error: int) -> ChildResult:
        """Run an operation in which one step raises an `OSError`."""

        def prepare(child: Child) -> None:
            def act(name: str, reached: int) -> None:
                if reached == number and name not in _NEVER_FAILS:
                    child.note(name)
                    raise OSError(error, os.strerror(error))

            count_steps(act)

        return self._failing(operation, f"{errno.errorcode[error]} at a step", self._run, prepare)

    def steps(self, operation: Operation) -> int:
        """Return the number of steps of an operation."""
        return self._kills.steps(operation)

    def at_call(
        self, operation: Operation, number: int, error: str, *, naming: bool = False, lasting: bool = False
    ) -> ChildResult:
        """Run an operation in which a system call fails, and with `lasting` each later one of that kind, as on a full disk."""
        calls, when = (NAMING if naming else WRITING), f"{number}{'+' if lasting else ''}"

        def release(child: Child) -> ChildResult:
            with tracing(child.process, calls, f"error={error}:when={when}"):
                return self._run(child)

        kind = f"{error} {'from a call on' if lasting else 'at a call'}"
        return self._failing(operation, kind, release)

    def calls(self, operation: Operation, *, naming: bool = False) -> int:
        """Return the number of such system calls of the busiest thread of an operation."""
        return self._counted(
            operation, "names" if naming else "writes", lambda child: counted(child, NAMING if naming else WRITING)
        )

    def at_read(self, operation: Operation, number: int) -> ChildResult:
        """Run an operation in which a read of a database's files fails."""
        paths = self._files()

        def release(child: Child) -> ChildResult:
            with tracing(child.process, READING, f"error=EIO:when={number}", paths):
                return self._run(child)

        return self._failing(operation, "EIO while reading", release)

    def reads(self, operation: Operation) -> int:
        """Return the number of reads of the databases by the busiest thread."""
        return self._counted(operation, "reads", lambda child: counted(child, READING, self._files()))

    def without_destination(self, operation: Operation, random: Random) -> ChildResult:
        """Run a backup whose destination is moved away while it is written."""
        gone = self._scene.folder / "gone"
        shutil.rmtree(gone, ignore_errors=True)

        def release(child: Child) -> ChildResult:
            child.go()
            while not list(self._scene.destination.glob("*.part")) and os.path.exists(f"/proc/{child.process}/exe"):
                time.sleep(0.0005)
            time.sleep(random.uniform(0, self._kills.outcomes(operation)[2]))
            self._scene.destination.rename(gone)
            ended = child.wait()
            left = [path.name for path in gone.iterdir() if path.name.endswith(".part")]
            gone.rename(self._scene.destination)
            self._stats.add("destination moved away", "a .part left until the next backup" if left else "nothing left")
            return ended

        return self._failing(operation, "destination moved away", release)

    def _files(self) -> list[Path]:
        now = self._scene.folder / "now"
        return [self._scene.live / path.relative_to(now) for path in now.rglob("*") if path.is_file()]

    def _run(self, child: Child) -> ChildResult:
        child.go()
        return child.wait()

    def _counted(self, operation: Operation, kind: str, count: Callable[[Child], int]) -> int:
        if (operation.name, kind) not in self._counts:
            self._kills.ready(operation)
            with forked(lambda child: self._kills.work(operation)) as child:
                self._counts[operation.name, kind] = count(child)
        return self._counts[operation.name, kind]

    def _failing(
        self,
        operation: Operation,
        kind: str,
        release: Callable[[Child], ChildResult],
        prepare: Callable[[Child], None] | None = None,
    ) -> ChildResult:
        before, after, _ = self._kills.outcomes(operation)
        self._kills.ready(operation)
        with forked(lambda child: self._kills.work(operation), prepare) as child:
            ended = release(child)
        assert not ended.fault, ended.fault
        assert not ended.killed
        if ended.error:
            assert "\n" not in ended.error and "Errno" not in ended.error, ended.error
        self._stats.add(kind, "refused with one message" if ended.error else "done all the same")
        self._scene.restart()
        now = self._scene.contents()
        for alias in ALIASES:
            if alias not in operation.changes:
                assert now[alias] == before[alias]
            elif ended.error and _is_unfinished(alias, ended):
                assert now[alias] in (before[alias], after[alias])
                self._stats.add("neither finished nor undone because the disk keeps failing, and reported so")
            elif ended.error:
                assert now[alias] == before[alias], (alias, "is new, and the operation reported a failure", ended.error)
            elif any(f"{alias} can't be read now" in each for each in ended.warnings):
                self._stats.add("a database that could not be read was restored completely, and reported so")
            else:
                assert now[alias] == after[alias], (alias, "is old, and the operation reported success", ended.warnings)
        self._check_result(operation, ended)
        return ended

    def _check_result(self, operation: Operation, ended: ChildResult) -> None:
        """Check that backup, new database and undo copy are as reported, and that no temporary file is left."""
        scene = self._scene
        if isinstance(operation.plan, BackupPlan):
            made = scene.destination / f"{operation.plan.name}.bkb"
            assert made.exists() == ended.done, ended
        if isinstance(operation.plan, RestorePlan) and operation.plan.into:
            created = [path for path in scene.live.iterdir() if path.stem == INTO]
            assert bool(created) == ended.done or _is_unfinished(INTO, ended), (created, ended)
        if ended.done and isinstance(operation.plan, RestorePlan | UndoPlan):
            for alias in operation.changes:
                self._kills.undo(alias, operation)
        self._kills.files(operation, ended=ended.done and not ended.warnings)
        self._kills.next_backup()
        scene.check_backups(PASSWORD)
        assert scene.leftovers() == [], (scene.leftovers(), ended)


def _is_unfinished(alias: str, ended: ChildResult) -> bool:
    """Return whether it was reported that only the next start finishes this database, or that it stays the new one."""
    reported = " ".join((ended.error, *ended.warnings))
    return "the next start of hctui finishes it" in reported or f"{alias} was restored before another" in reported


def random_failure(disks: Disks, operation: Operation, random: Random) -> ChildResult:
    """Run an operation in which something random fails."""
    kind = random.choice(["step", "write", "full", "name", "names", "read", "vanish"])
    if kind == "step":
        return disks.at_step(operation, random.randint(1, disks.steps(operation)), random.choice(STEP_ERRORS))
    if kind in ("write", "full"):
        number, lasting = random.randint(1, max(disks.calls(operation), 1)), kind == "full"
        return disks.at_call(operation, number, random.choice(WRITE_ERRORS), lasting=lasting)
    if kind in ("name", "names"):
        number, lasting = random.randint(1, max(disks.calls(operation, naming=True), 1)), kind == "names"
        return disks.at_call(operation, number, random.choice(NAME_ERRORS), naming=True, lasting=lasting)
    if kind == "vanish" and isinstance(operation.plan, BackupPlan):
        return disks.without_destination(operation, random)
    return disks.at_read(operation, random.randint(1, max(disks.reads(operation), 1)))
