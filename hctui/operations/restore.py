"""Restore of databases (DESIGN.md 6).

The promise: all databases of the plan are restored or none. Everything is staged beside the targets and verified before a
live database changes; up to `commit` a failure or a cancellation changes nothing. Then each database is swapped; where one swap
fails, the databases that were swapped before are put back from their undo copies.
"""

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
from hctui.operations.infer_manifest import RegisteredDatabases
from hctui.operations.part_transfer import transfer_all
from hctui.operations.progress import OperationReporter, run_in_thread
from hctui.operations.restore_targets import RestoreTarget, describe_sessions, find_targets
from hctui.operations.results import Action
from hctui.operations.sources import BackupSource, chosen_databases, open_source
from hctui.plans import RestorePlan


async def restore(plan: RestorePlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Restore databases, or some tables of one. Raises `HctuiError`."""
    async with aclosing(run_in_thread(lambda reporter: _Restore(plan, configuration, password, reporter).run())) as events:
        async for event in events:
            yield event


class _Staged(Struct, frozen=True):
    """One database of the restore, and the parts that its engine wants."""

    target: RestoreTarget
    restoration: Restoration
    parts: tuple[Part, ...]
    size: int


class _Restore:
    """One running restore."""

    def __init__(
        self, plan: RestorePlan, configuration: Configuration, password: str | None, reporter: OperationReporter
    ) -> None:
        self._plan = plan
        self._configuration = configuration
        self._password = password
        self._reporter = reporter
        self._committed: list[RestoreTarget] = []
        self._outcomes: list[DatabaseOutcome] = []
        self._complete = False

    def run(self) -> RestoreDone:
        """Restore everything, or put back what was swapped and raise."""
        try:
            self._stage_and_swap()
        except (HctuiError, OSError) as error:
            if not self._complete:
                _roll_back(self._committed, self._reporter)
                raise
            text = N_("The restore is in place, but something of it could not be tidied up: {reason}")
            self._reporter.warn(message(text, reason=error.message if isinstance(error, HctuiError) else str(error)))
        self._reporter.finish()
        warnings, advice = tuple(self._reporter.warnings), tuple(self._reporter.advice)
        outcomes, seconds = tuple(self._outcomes), self._reporter.seconds()
        return RestoreDone(outcomes, operation="restore", seconds=seconds, warnings=warnings, advice=advice)

    def _stage_and_swap(self) -> None:
        plan, reporter = self._plan, self._reporter
        registered = RegisteredDatabases.of(self._configuration, plan.databases)
        with open_source(plan.file, self._password, registered, unpacked=plan.unpacked) as source, ExitStack() as stack:
            _recover(plan, source, self._configuration, reporter)
            targets = find_targets(plan, source, self._configuration)
            if not any(target.table_names(Action.REPLACE, Action.CREATE, Action.DROP) for target in targets):
                raise NothingToDo(reason=N_("no table of the backup was chosen."))
            for target in targets:
                _check_target(target, plan, reporter)
            staged = [_open_restoration(target, plan, source, stack) for target in targets]
            _report_start(staged, reporter)
            for each in staged:
                _stage(each, source, reporter)
            reporter.commit()
            for each in staged:
                self._swap(each, has_manifest=source.manifest is not None)
            if plan.into:
                self._configuration.add(targets[0].database)
            self._complete = True

    def _swap(self, staged: _Staged, *, has_manifest: bool) -> None:
        """Swap one database; only a backup that `has_manifest` states its consistency."""
        target, alias = staged.target, staged.target.database.alias
        self._reporter.step(alias, Step.SWAP)
        with self._reporter.phase(staged.size):
            outcome = staged.restoration.commit(self._reporter)
        self._committed.append(target)
        for table in outcome.tables:
            self._reporter.table_done(alias, table.name, table.size, table.rows)
        kept = tuple(dict.fromkeys((*target.table_names(Action.KEEP), *outcome.kept)))
        consistency = target.source.consistency if has_manifest else None
        self._outcomes.append(outcome_of(alias, outcome, kept=kept, consistency=consistency))


def _recover(plan: RestorePlan, source: BackupSource, configuration: Configuration, reporter: OperationReporter) -> None:
    """Finish or roll back killed restores of the databases before they are read."""
    registered = {database.alias.casefold(): database for database in configuration.databases}
    for manifest in chosen_databases(source, plan.databases):
        database = registered.get(manifest.alias.casefold())
        if database is not None and not plan.into:
            reporter.step(database.alias, Step.CHECK)
            found = open_engine(database).recover()
            if found is not None:
                reporter.advise(found)


def _check_target(target: RestoreTarget, plan: RestorePlan, reporter: OperationReporter) -> None:
    """Raise what would make the restore fail later; report the other problems."""
    alias = target.database.alias
    if target.unreadable is not None:
        reporter.warn(target.unreadable)
    for advice in target.advice(plan):
        reporter.advise(advice)
    for conflict in target.conflicts(plan):
        raise RestoreRefused(alias=alias, reason=conflict)
    sessions = target.engine.sessions() if target.exists else ()
    if sessions and not plan.disconnect:
        raise DatabaseInUse(alias=alias, who=describe_sessions(sessions))


def _open_restoration(target: RestoreTarget, plan: RestorePlan, source: BackupSource, stack: ExitStack) -> _Staged:
    restoration = stack.enter_context(target.engine.restoration(target.request(plan)))
    parts = restoration.wanted()
    size = sum(source.size_of(target.source.alias, part) for part in parts)
    for path in target.engine.paths()[:1]:
        require_space(existing(path.parent), size)
    return _Staged(target, restoration, parts, size)


def _report_start(staged: Sequence[_Staged], reporter: OperationReporter) -> None:
    tables = tuple(
        (each.target.database.alias, name) for each in staged for name in each.target.table_names(Action.REPLACE, Action.CREATE)
    )
    databases = tuple(each.target.database.alias for each in staged)
    reporter.start("restore", databases, tables, sum(each.size for each in staged), passes=3)


def _stage(staged: _Staged, source: BackupSource, reporter: OperationReporter) -> None:
    """Transfer and verify every part, and let the engine prepare it; live data does not change."""
    alias, source_alias = staged.target.database.alias, staged.target.source.alias
    sizes = {table.name: table.size for table in staged.target.source.tables}

    def transfer(part: Part, reporter: Reporter) -> None:
        if part.table:
            reporter.table_started(alias, part.table, sizes.get(part.table, part.size))
        with staged.restoration.receive(part) as sink:
            source.read(source_alias, part, sink, reporter)

    reporter.step(alias, Step.STAGE)
    with reporter.phase(staged.size):
        transfer_all(staged.parts, transfer, reporter, any_order=staged.restoration.any_order)
    with reporter.phase(staged.size):
        staged.restoration.prepare(reporter)


def outcome_of(
    alias: str, outcome: RestorationOutcome, *, kept: tuple[str, ...], consistency: Consistency | None
) -> DatabaseOutcome:
    """Return the outcome of one database, from what its engine returned."""
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


def _roll_back(committed: list[RestoreTarget], reporter: OperationReporter) -> None:
    """Undo the databases that were swapped before another one failed."""
    for target in reversed(committed):
        try:
            target.engine.recover()  # where the disk failed after the swap, the undo copy is not in place yet
            target.engine.undo(reporter)
            target.engine.drop_undo()
            for path in () if target.exists else target.engine.paths():
                with suppress(OSError):  # a folder with other files in it stays
                    path.rmdir()
        except (HctuiError, OSError) as error:
            text = N_("{alias} was restored before another database failed, and could not be put back: {reason}")
            reason = error.message if isinstance(error, HctuiError) else str(error)
            reporter.warn(message(text, alias=target.database.alias, reason=reason))
