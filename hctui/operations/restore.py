"""Restore databases: stage everything, verified, beside the targets; only then swap (DESIGN.md 6)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, aclosing, suppress

from msgspec import Struct

from hctui.config import Configuration
from hctui.databases import open_engine
from hctui.databases.engine import Restoration, RestorationOutcome
from hctui.disk.paths import existing
from hctui.disk.space import require_space
from hctui.errors import DatabaseInUse, HctuiError, NothingToDo, RestoreRefused
from hctui.events import DatabaseOutcome, Event, Reporter, RestoreDone, Step
from hctui.messages import N_, message
from hctui.model import Consistency, Part
from hctui.operations.infer_manifest import Registered
from hctui.operations.part_transfer import deliver_all
from hctui.operations.progress import Bridge, events_of
from hctui.operations.restore_targets import Target, find_targets, who
from hctui.operations.results import Action
from hctui.operations.sources import Source, chosen, open_source
from hctui.plans import RestorePlan


async def restore(plan: RestorePlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Put databases, or some tables of one, back; until the swap everything stays as it was. Raises `HctuiError`."""
    async with aclosing(events_of(lambda bridge: _Restore(plan, configuration, password, bridge).run())) as events:
        async for event in events:
            yield event


class _Staged(Struct, frozen=True):
    target: Target
    restoration: Restoration
    parts: tuple[Part, ...]
    size: int


class _Restore:
    """One restore under way."""

    def __init__(self, plan: RestorePlan, configuration: Configuration, password: str | None, bridge: Bridge) -> None:
        self._plan = plan
        self._configuration = configuration
        self._password = password
        self._bridge = bridge
        self._committed: list[Target] = []
        self._outcomes: list[DatabaseOutcome] = []
        self._complete = False

    def run(self) -> RestoreDone:
        """Restore everything or nothing."""
        try:
            self._stage_and_swap()
        except (HctuiError, OSError) as error:
            if not self._complete:
                _roll_back(self._committed, self._bridge)
                raise
            text = N_("The restore is in place, but something of it could not be tidied up: {reason}")
            self._bridge.warn(message(text, reason=error.message if isinstance(error, HctuiError) else str(error)))
        self._bridge.finish()
        warnings, advice = tuple(self._bridge.warnings), tuple(self._bridge.advice)
        return RestoreDone("restore", tuple(self._outcomes), self._bridge.seconds(), warnings, advice)

    def _stage_and_swap(self) -> None:
        plan, bridge = self._plan, self._bridge
        registered = Registered.of(self._configuration, plan.databases)
        with open_source(plan.file, self._password, registered, unpacked=plan.unpacked) as source, ExitStack() as stack:
            _recover(plan, source, self._configuration, bridge)
            targets = find_targets(plan, source, self._configuration)
            if not any(target.named(Action.REPLACE, Action.CREATE, Action.DROP) for target in targets):
                raise NothingToDo(reason=N_("no table of the backup was chosen."))
            for target in targets:
                _refuse(target, plan, bridge)
            staged = [_begin(target, plan, source, stack) for target in targets]
            _start(staged, bridge)
            for each in staged:
                _stage(each, source, bridge)
            bridge.commit()
            for each in staged:
                self._commit(each, known=source.manifest is not None)
            if plan.into:
                self._configuration.add(targets[0].database)
            self._complete = True

    def _commit(self, staged: _Staged, *, known: bool) -> None:
        """Swap one database; `known` tells whether the backup says how its tables relate in time."""
        target, alias = staged.target, staged.target.database.alias
        self._bridge.step(alias, Step.SWAP)
        with self._bridge.phase(staged.size):
            outcome = staged.restoration.commit(self._bridge)
        self._committed.append(target)
        for table in outcome.tables:
            self._bridge.table_done(alias, table.name, table.size, table.rows)
        kept = tuple(dict.fromkeys((*target.named(Action.KEEP), *outcome.kept)))
        consistency = target.source.consistency if known else None
        self._outcomes.append(outcome_of(alias, outcome, kept=kept, consistency=consistency))


def _recover(plan: RestorePlan, source: Source, configuration: Configuration, bridge: Bridge) -> None:
    """Bring what a killed restore left to an end before the database is looked at."""
    registered = {database.alias.casefold(): database for database in configuration.databases}
    for manifest in chosen(source, plan.databases):
        database = registered.get(manifest.alias.casefold())
        if database is not None and not plan.into:
            bridge.step(database.alias, Step.CHECK)
            found = open_engine(database).recover()
            if found is not None:
                bridge.advise(found)


def _refuse(target: Target, plan: RestorePlan, bridge: Bridge) -> None:
    """Raise what is sure to make the restore fail; report what is not."""
    alias = target.database.alias
    if target.unreadable is not None:
        bridge.warn(target.unreadable)
    for advice in target.advice(plan):
        bridge.advise(advice)
    for conflict in target.conflicts(plan):
        raise RestoreRefused(alias=alias, reason=conflict)
    sessions = target.engine.sessions() if target.exists else ()
    if sessions and not plan.disconnect:
        raise DatabaseInUse(alias=alias, who=who(sessions))


def _begin(target: Target, plan: RestorePlan, source: Source, stack: ExitStack) -> _Staged:
    restoration = stack.enter_context(target.engine.restoration(target.request(plan)))
    parts = restoration.wanted()
    size = sum(source.size_of(target.source.alias, part) for part in parts)
    for path in target.engine.paths()[:1]:
        require_space(existing(path.parent), size)
    return _Staged(target, restoration, parts, size)


def _start(staged: Sequence[_Staged], bridge: Bridge) -> None:
    tables = tuple(
        (each.target.database.alias, name) for each in staged for name in each.target.named(Action.REPLACE, Action.CREATE)
    )
    databases = tuple(each.target.database.alias for each in staged)
    bridge.start("restore", databases, tables, sum(each.size for each in staged), passes=3)


def _stage(staged: _Staged, source: Source, bridge: Bridge) -> None:
    """Deliver every part, verified, and let the engine make it ready; live data is not touched."""
    alias, source_alias = staged.target.database.alias, staged.target.source.alias
    sizes = {table.name: table.size for table in staged.target.source.tables}

    def deliver(part: Part, reporter: Reporter) -> None:
        if part.table:
            reporter.table_started(alias, part.table, sizes.get(part.table, part.size))
        with staged.restoration.receive(part) as sink:
            source.read(source_alias, part, sink, reporter)

    bridge.step(alias, Step.STAGE)
    with bridge.phase(staged.size):
        deliver_all(staged.parts, deliver, bridge, any_order=staged.restoration.any_order)
    with bridge.phase(staged.size):
        staged.restoration.prepare(bridge)


def outcome_of(
    alias: str, outcome: RestorationOutcome, *, kept: tuple[str, ...], consistency: Consistency | None
) -> DatabaseOutcome:
    """Return what came of one database, summed up from what its engine says."""
    return DatabaseOutcome(
        alias=alias,
        tables=len(outcome.tables),
        rows=sum(table.rows or 0 for table in outcome.tables),
        size=sum(table.size for table in outcome.tables),
        consistency=consistency,
        kept=kept,
        reindex=outcome.reindex,
        undo=outcome.undo,
    )


def _roll_back(committed: list[Target], bridge: Bridge) -> None:
    """Put back the databases that were swapped before another one failed."""
    for target in reversed(committed):
        try:
            target.engine.recover()  # where the disk failed after the swap, the undo has not its place yet
            target.engine.undo(bridge)
            target.engine.drop_undo()
            for path in () if target.exists else target.engine.paths():
                with suppress(OSError):  # a folder that somebody put something in stays
                    path.rmdir()
        except (HctuiError, OSError) as error:
            text = N_("{alias} was restored before another database failed, and could not be put back: {reason}")
            reason = error.message if isinstance(error, HctuiError) else str(error)
            bridge.warn(message(text, alias=target.database.alias, reason=reason))
