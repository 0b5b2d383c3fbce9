"""Trials of SIGKILL at a step, a system call or any instant: each database is then the old or the new one, complete."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from hctui.events import Done
from hctui.model import Encryption
from hctui.plans import BackupPlan, FilesBackupPlan, FilesRestorePlan, Plan, RestorePlan, UndoPlan

from .child import Child, ChildResult, carry_out, count_steps, forked
from .scene import ALIASES, FILES, FOLDER, PARTIAL, PASSWORD, ROLLBACK, WAL, Contents, Scene, content_of
from .stats import Statistics
from .tracing import CHANGING, counted, tracing

INTO = "NOVA"
"""The alias of a restore under another name."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is killed."""

    name: str
    plan: Plan | None
    """None for the recovery from a killed restore."""
    before: tuple[Plan, ...] = ()
    """The plans that are carried out before it."""
    password: str | None = None

    @property
    def changes(self) -> tuple[str, ...]:
        """The databases that it changes."""
        match self.plan:
            case RestorePlan(into=""):
                return self.plan.databases or ALIASES
            case UndoPlan():
                return (self.plan.database,)
        return ()


def operations(scene: Scene) -> tuple[Operation, ...]:
    """Return the operations of all trials."""
    backup = BackupPlan(ALIASES, scene.destination, "nova")
    encrypted = BackupPlan((WAL, FOLDER), scene.destination, "secreta", Encryption.AES256)
    found = [Operation("backup", backup), Operation("encrypted backup", encrypted, password=PASSWORD)]
    for alias in ALIASES:
        whole = RestorePlan(scene.backup, (alias,))
        found.append(Operation(f"restore of {alias}", whole))
        found.append(Operation(f"partial restore of {alias}", RestorePlan(scene.backup, (alias,), tables=PARTIAL[alias])))
        found.append(Operation(f"undo of {alias}", UndoPlan(alias), (whole,)))
    found.append(Operation("restore of three", RestorePlan(scene.backup)))
    for alias in (WAL, FOLDER):
        found.append(Operation(f"restore of {alias} under another name", RestorePlan(scene.backup, (alias,), into=INTO)))
    found.append(Operation("backup of files", FilesBackupPlan((scene.live / FILES,), scene.destination, "soltos")))
    found.append(Operation("restore of files", FilesRestorePlan(scene.files, scene.live, replace=True)))
    found.append(Operation("restore of missing files", FilesRestorePlan(scene.files, scene.live)))
    return tuple(found)


class Kills:
    """Kills operations, and checks what they leave."""

    def __init__(self, scene: Scene, stats: Statistics) -> None:
        self._scene = scene
        self._stats = stats
        self._outcomes: dict[str, tuple[dict[str, Contents], dict[str, Contents], float]] = {}
        self._counts: dict[str, int] = {}
        self._new_contents: dict[str, Contents] = {}

    def outcomes(self, operation: Operation) -> tuple[dict[str, Contents], dict[str, Contents], float]:
        """Return the databases' contents before and after an operation that is not killed, and its seconds."""
        if operation.name not in self._outcomes:
            before = self.ready(operation)
            started = time.monotonic()
            with forked(lambda child: self.work(operation)) as child:
                child.go()
                ended = child.wait()
            assert ended.done, ended
            seconds = time.monotonic() - started
            self._outcomes[operation.name] = (before, self._scene.contents(), seconds)
            if isinstance(operation.plan, RestorePlan) and operation.plan.into:
                self._check_new_database(operation)
        return self._outcomes[operation.name]

    def steps(self, operation: Operation) -> int:
        """Return the number of steps of an operation."""
        if operation.name not in self._counts:
            self.ready(operation)
            last = [0]

            def work(child: Child) -> Done | None:
                done = self.work(operation)
                child.note(str(last[0]))
                return done

            with forked(work, lambda child: count_steps(lambda name, number: last.__setitem__(0, number))) as child:
                child.go()
                self._counts[operation.name] = int(child.wait().note)
        return self._counts[operation.name]

    def at_step(self, operation: Operation, number: int) -> bool:
        """Kill an operation before a step; return whether it reached the step."""

        def prepare(child: Child) -> None:
            def act(name: str, reached: int) -> None:
                if reached == number:
                    child.note(name)
                    os.kill(os.getpid(), signal.SIGKILL)

            count_steps(act)

        return self._killed(operation, "a step", lambda child: child.go(), prepare)

    def at_call(self, operation: Operation, number: int) -> bool:
        """Kill an operation in a system call that changes a file or a name, also in SQLite's own calls."""

        def release(child: Child) -> None:
            with tracing(child.process, CHANGING, f"signal=SIGKILL:when={number}"):
                child.go()
                ended.append(child.wait())

        ended: list[ChildResult] = []
        return self._killed(operation, "a system call", release, None, ended)

    def calls(self, operation: Operation) -> int:
        """Return how many changing system calls the busiest thread of an operation makes."""
        if f"calls {operation.name}" not in self._counts:
            self.ready(operation)
            with forked(lambda child: self.work(operation)) as child:
                self._counts[f"calls {operation.name}"] = counted(child, CHANGING)
        return self._counts[f"calls {operation.name}"]

    def at_random(self, operation: Operation, random: Random) -> bool:
        """Kill it at any instant."""
        delay = random.uniform(0, 1.1) * self.outcomes(operation)[2]

        def release(child: Child) -> None:
            child.go()
            time.sleep(delay)
            child.kill()

        return self._killed(operation, "an instant", release, None)

    def ready(self, operation: Operation) -> dict[str, Contents]:
        """Reset the scene and carry out the plans before an operation; return the databases' contents."""
        self._scene.reset()
        for plan in operation.before:
            carry_out(plan, self._scene.configuration(), None)
        return self._scene.contents()

    def work(self, operation: Operation) -> Done | None:
        """Carry out an operation in this process."""
        if operation.plan is None:
            self._scene.restart()
            return None
        return carry_out(operation.plan, self._scene.configuration(), operation.password)

    def _killed(
        self,
        operation: Operation,
        kind: str,
        release: Callable[[Child], None],
        prepare: Callable[[Child], None] | None,
        ended: Sequence[ChildResult] = (),
    ) -> bool:
        self.outcomes(operation)
        self.ready(operation)
        with forked(lambda child: self.work(operation), prepare) as child:
            release(child)
            how = ended[0] if ended else child.wait()
        assert not how.fault, how.fault
        self._stats.add(f"killed at {kind}" if how.killed else "ended before it was killed", operation.name)
        if how.killed and how.note:
            self._stats.add("steps", how.note)
        self.examine(operation)
        return how.killed

    def examine(self, operation: Operation) -> None:
        """Recover, then check: each database is old or new and complete, a new one can be undone, nothing temporary is left."""
        scene, (before, after, _) = self._scene, self.outcomes(operation)
        messages = scene.restart()
        assert not [each for each in messages if "can't" in each], messages
        assert scene.restart() == (), "a second start has nothing left to do"
        now = scene.contents()
        for alias in ALIASES:
            expected = (before[alias], after[alias]) if alias in operation.changes else (before[alias],)
            assert now[alias] in expected, (operation.name, alias, "neither old nor new")
            if alias in operation.changes:
                changed = now[alias] != before[alias]
                self._stats.add("found", "the new" if changed else "the old")
                if changed:
                    self.undo(alias, operation)
        self._stats.add("found", "nothing lost")
        if isinstance(operation.plan, BackupPlan | FilesBackupPlan):
            self.next_backup()
        if isinstance(operation.plan, RestorePlan) and operation.plan.into:
            self._check_new_database(operation)
        self.files(operation)
        scene.check_backups(PASSWORD)
        assert scene.leftovers() == [], scene.leftovers()

    def undo(self, alias: str, operation: Operation) -> None:
        """Undo what an operation did to a database, and check that its content is the earlier one."""
        carry_out(UndoPlan(alias), self._scene.configuration(), None)
        assert self._scene.content(alias) == self.outcomes(operation)[0][alias], (operation.name, alias, "is not what it was")

    def next_backup(self) -> None:
        """Make the next backup, which removes what a failed one left."""
        carry_out(BackupPlan((ROLLBACK,), self._scene.destination, "depois"), self._scene.configuration(), None)

    def files(self, operation: Operation, *, ended: bool = False) -> None:
        """Check that each of the other files is the old or the new one, complete, and that a restore of them succeeds now."""
        folder = self._scene.live / FILES
        old, new, now = (
            content_of(each) for each in (self._scene.folder / "now" / FILES, self._scene.folder / "then" / FILES, folder)
        )
        if not isinstance(operation.plan, FilesRestorePlan):
            assert now == old
            return
        whole = {name: digest for name, digest in now.items() if not name.rpartition("/")[2].startswith(".hctui-")}
        assert set(old) <= set(whole) and all(digest in (old.get(name), new[name]) for name, digest in whole.items())
        goal = new if operation.plan.replace else {**new, **old}
        assert whole == goal or not ended, "it was reported as done, and is not"
        carry_out(operation.plan, self._scene.configuration(), None)
        assert content_of(folder) == goal
        assert not list(folder.rglob(".hctui-*"))

    def _check_new_database(self, operation: Operation) -> None:
        """Check that the database under another name is complete or does not exist, and that the restore succeeds now."""
        scene = self._scene
        assert isinstance(operation.plan, RestorePlan)
        (alias,) = operation.plan.databases
        created = [path for path in scene.live.iterdir() if path.stem == INTO]
        registered = [each.alias for each in scene.configuration().databases if each.alias == INTO]
        assert len(created) <= 1 and (created or not registered)
        if created:
            self._stats.add("found", "the new")
        else:
            carry_out(operation.plan, scene.configuration(), None)
        (path,) = (path for path in scene.live.iterdir() if path.stem == INTO)
        found = content_of(path)
        assert found == self._new_contents.setdefault(alias, found), "it is not complete"


def kill_recovery(scene: Scene, stats: Statistics, random: Random) -> None:
    """Kill a restore, then its recovery, then the recovery from that; check the result."""
    kills = Kills(scene, stats)
    candidates = [operation for operation in operations(scene) if operation.changes]
    operation = random.choice(candidates)
    kills.outcomes(operation)
    steps = kills.steps(operation)
    kills.ready(operation)
    recovery = Operation("recovery", None)
    for work, at in (
        (operation, random.randint(max(1, steps * 2 // 3), steps)),
        *((recovery, random.randint(1, 40)) for _ in "ab"),
    ):

        def prepare(child: Child, at: int = at) -> None:
            count_steps(lambda name, number: os.kill(os.getpid(), signal.SIGKILL) if number == at else None)

        with forked(lambda child, work=work: kills.work(work), prepare) as child:
            child.go()
            how = child.wait()
        assert not how.fault, how.fault
        stats.add("killed at a step" if how.killed else "ended before it was killed", work.name)
    kills.examine(operation)
