"""SIGKILL: at every step, at every system call, and at random instants; afterwards it is the old or the new, whole."""

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

from .child import Child, Ended, carry_out, count_steps, forked
from .scene import ALIASES, FILES, FOLDER, PARTIAL, PASSWORD, ROLLBACK, WAL, Contents, Scene, content_of
from .tally import Tally
from .tracing import CHANGING, counted, tracing

INTO = "NOVA"
"""What a restore under another name is called."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is killed."""

    name: str
    plan: Plan | None
    """None: what the next start does about a killed restore."""
    before: tuple[Plan, ...] = ()
    """What is done first."""
    password: str | None = None

    @property
    def touches(self) -> tuple[str, ...]:
        """The databases that may be the new ones afterwards."""
        match self.plan:
            case RestorePlan(into=""):
                return self.plan.databases or ALIASES
            case UndoPlan():
                return (self.plan.database,)
        return ()


def deeds(scene: Scene) -> tuple[Deed, ...]:
    """Return everything that is tried."""
    backup = BackupPlan(ALIASES, scene.destination, "nova")
    encrypted = BackupPlan((WAL, FOLDER), scene.destination, "secreta", Encryption.AES256)
    found = [Deed("backup", backup), Deed("encrypted backup", encrypted, password=PASSWORD)]
    for alias in ALIASES:
        whole = RestorePlan(scene.backup, (alias,))
        found.append(Deed(f"restore of {alias}", whole))
        found.append(Deed(f"partial restore of {alias}", RestorePlan(scene.backup, (alias,), tables=PARTIAL[alias])))
        found.append(Deed(f"undo of {alias}", UndoPlan(alias), (whole,)))
    found.append(Deed("restore of three", RestorePlan(scene.backup)))
    for alias in (WAL, FOLDER):
        found.append(Deed(f"restore of {alias} under another name", RestorePlan(scene.backup, (alias,), into=INTO)))
    found.append(Deed("backup of files", FilesBackupPlan((scene.live / FILES,), scene.destination, "soltos")))
    found.append(Deed("restore of files", FilesRestorePlan(scene.files, scene.live, replace=True)))
    found.append(Deed("restore of missing files", FilesRestorePlan(scene.files, scene.live)))
    return tuple(found)


class Kills:
    """Tries a deed again and again, and looks at what is left."""

    def __init__(self, scene: Scene, tally: Tally) -> None:
        self._scene = scene
        self._tally = tally
        self._outcomes: dict[str, tuple[dict[str, Contents], dict[str, Contents], float]] = {}
        self._counts: dict[str, int] = {}
        self._beside_whole: dict[str, Contents] = {}

    def outcomes(self, deed: Deed) -> tuple[dict[str, Contents], dict[str, Contents], float]:
        """Return what the databases hold before a deed and after it, undisturbed, and how long it takes."""
        if deed.name not in self._outcomes:
            before = self.ready(deed)
            begun = time.monotonic()
            with forked(lambda child: self.work(deed)) as child:
                child.go()
                ended = child.ended()
            assert ended.done, ended
            taken = time.monotonic() - begun
            self._outcomes[deed.name] = (before, self._scene.contents(), taken)
            if isinstance(deed.plan, RestorePlan) and deed.plan.into:
                self._beside(deed)
        return self._outcomes[deed.name]

    def steps(self, deed: Deed) -> int:
        """Return how many steps a deed takes."""
        if deed.name not in self._counts:
            self.ready(deed)
            last = [0]

            def work(child: Child) -> Done | None:
                done = self.work(deed)
                child.note(str(last[0]))
                return done

            with forked(work, lambda child: count_steps(lambda name, number: last.__setitem__(0, number))) as child:
                child.go()
                self._counts[deed.name] = int(child.ended().note)
        return self._counts[deed.name]

    def at_step(self, deed: Deed, number: int) -> bool:
        """Kill it before a step; tell whether it came that far."""

        def prepare(child: Child) -> None:
            def act(name: str, reached: int) -> None:
                if reached == number:
                    child.note(name)
                    os.kill(os.getpid(), signal.SIGKILL)

            count_steps(act)

        return self._killed(deed, "a step", lambda child: child.go(), prepare)

    def at_call(self, deed: Deed, number: int) -> bool:
        """Kill it inside a system call that changes something, SQLite's own ones too."""

        def release(child: Child) -> None:
            with tracing(child.process, CHANGING, f"signal=SIGKILL:when={number}"):
                child.go()
                ended.append(child.ended())

        ended: list[Ended] = []
        return self._killed(deed, "a system call", release, None, ended)

    def calls(self, deed: Deed) -> int:
        """Return how many changing system calls the busiest thread of a deed makes."""
        if f"calls {deed.name}" not in self._counts:
            self.ready(deed)
            with forked(lambda child: self.work(deed)) as child:
                self._counts[f"calls {deed.name}"] = counted(child, CHANGING)
        return self._counts[f"calls {deed.name}"]

    def at_random(self, deed: Deed, random: Random) -> bool:
        """Kill it at any instant."""
        delay = random.uniform(0, 1.1) * self.outcomes(deed)[2]

        def release(child: Child) -> None:
            child.go()
            time.sleep(delay)
            child.kill()

        return self._killed(deed, "an instant", release, None)

    def ready(self, deed: Deed) -> dict[str, Contents]:
        """Reset the scene and do what comes before a deed; return what the databases hold then."""
        self._scene.reset()
        for plan in deed.before:
            carry_out(plan, self._scene.configuration(), None)
        return self._scene.contents()

    def work(self, deed: Deed) -> Done | None:
        """Do it."""
        if deed.plan is None:
            self._scene.restart()
            return None
        return carry_out(deed.plan, self._scene.configuration(), deed.password)

    def _killed(
        self,
        deed: Deed,
        kind: str,
        release: Callable[[Child], None],
        prepare: Callable[[Child], None] | None,
        ended: Sequence[Ended] = (),
    ) -> bool:
        self.outcomes(deed)
        self.ready(deed)
        with forked(lambda child: self.work(deed), prepare) as child:
            release(child)
            how = ended[0] if ended else child.ended()
        assert not how.fault, how.fault
        self._tally.add(f"killed at {kind}" if how.killed else "ended before it was killed", deed.name)
        if how.killed and how.note:
            self._tally.add("failpoints", how.note)
        self.examine(deed)
        return how.killed

    def examine(self, deed: Deed) -> None:
        """Start hctui again and look: whole, old or new; undoable where new; old backups intact; nothing left behind."""
        scene, (before, after, _) = self._scene, self.outcomes(deed)
        said = scene.restart()
        assert not [each for each in said if "can't" in each], said
        assert scene.restart() == (), "a second start has nothing left to do"
        now = scene.contents()
        for alias in ALIASES:
            expected = (before[alias], after[alias]) if alias in deed.touches else (before[alias],)
            assert now[alias] in expected, (deed.name, alias, "neither old nor new")
            if alias in deed.touches:
                changed = now[alias] != before[alias]
                self._tally.add("found", "the new" if changed else "the old")
                if changed:
                    self.undo(alias, deed)
        self._tally.add("found", "nothing lost")
        if isinstance(deed.plan, BackupPlan | FilesBackupPlan):
            self.next_backup()
        if isinstance(deed.plan, RestorePlan) and deed.plan.into:
            self._beside(deed)
        self.files(deed)
        scene.check_backups(PASSWORD)
        assert scene.litter() == [], scene.litter()

    def undo(self, alias: str, deed: Deed) -> None:
        """Undo what a deed did to a database, and look whether it is what it was."""
        carry_out(UndoPlan(alias), self._scene.configuration(), None)
        assert self._scene.content(alias) == self.outcomes(deed)[0][alias], (deed.name, alias, "is not what it was")

    def next_backup(self) -> None:
        """Back up again: what one that failed left is cleared."""
        carry_out(BackupPlan((ROLLBACK,), self._scene.destination, "depois"), self._scene.configuration(), None)

    def files(self, deed: Deed, *, ended: bool = False) -> None:
        """See that each of the other files is the old or the new one, whole, and that they can be restored then."""
        folder = self._scene.live / FILES
        old, new, now = (
            content_of(each) for each in (self._scene.folder / "now" / FILES, self._scene.folder / "then" / FILES, folder)
        )
        if not isinstance(deed.plan, FilesRestorePlan):
            assert now == old
            return
        whole = {name: digest for name, digest in now.items() if not name.rpartition("/")[2].startswith(".hctui-")}
        assert set(old) <= set(whole) and all(digest in (old.get(name), new[name]) for name, digest in whole.items())
        goal = new if deed.plan.replace else {**new, **old}
        assert whole == goal or not ended, "told to be done, and it is not"
        carry_out(deed.plan, self._scene.configuration(), None)
        assert content_of(folder) == goal
        assert not list(folder.rglob(".hctui-*"))

    def _beside(self, deed: Deed) -> None:
        """What came to be under the other name is whole or not there, and the restore can be done again."""
        scene = self._scene
        assert isinstance(deed.plan, RestorePlan)
        (alias,) = deed.plan.databases
        places = [path for path in scene.live.iterdir() if path.stem == INTO]
        registered = [each.alias for each in scene.configuration().databases if each.alias == INTO]
        assert len(places) <= 1 and (places or not registered)
        if places:
            self._tally.add("found", "the new")
        else:
            carry_out(deed.plan, scene.configuration(), None)
        (place,) = (path for path in scene.live.iterdir() if path.stem == INTO)
        found = content_of(place)
        assert found == self._beside_whole.setdefault(alias, found), "it is not whole"


def killed_recovery(scene: Scene, tally: Tally, random: Random) -> None:
    """Kill a restore, kill the recovery from it, and the recovery from that; then look."""
    kills = Kills(scene, tally)
    candidates = [deed for deed in deeds(scene) if deed.touches]
    deed = random.choice(candidates)
    kills.outcomes(deed)
    steps = kills.steps(deed)
    kills.ready(deed)
    recovery = Deed("recovery", None)
    for work, at in ((deed, random.randint(max(1, steps * 2 // 3), steps)), *((recovery, random.randint(1, 40)) for _ in "ab")):

        def prepare(child: Child, at: int = at) -> None:
            count_steps(lambda name, number: os.kill(os.getpid(), signal.SIGKILL) if number == at else None)

        with forked(lambda child, work=work: kills.work(work), prepare) as child:
            child.go()
            how = child.ended()
        assert not how.fault, how.fault
        tally.add("killed at a step" if how.killed else "ended before it was killed", work.name)
    kills.examine(deed)
