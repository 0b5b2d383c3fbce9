"""Undo of the last restore of a database, and recovery after a killed restore."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from hctui.config import Configuration
from hctui.databases import open_engine
from hctui.databases.engine import Undo
from hctui.errors import DatabaseInUse, HctuiError, NothingToUndo
from hctui.events import Event, RestoreDone, Step
from hctui.messages import Message
from hctui.operations.progress import OperationReporter, run_in_thread
from hctui.operations.restore import outcome_of
from hctui.operations.restore_targets import describe_sessions
from hctui.plans import UndoPlan


async def undo(plan: UndoPlan, configuration: Configuration, password: str | None = None) -> AsyncGenerator[Event, None]:
    """Put back what the last restore of a database replaced, and keep what this replaces. Raises `HctuiError`."""
    async with aclosing(run_in_thread(partial(_undo, plan, configuration))) as events:
        async for event in events:
            yield event


def kept_undo(configuration: Configuration, alias: str) -> Undo | None:
    """Return the undo copy of a database, after recovery from a killed restore; None where there is none."""
    engine = open_engine(configuration.database(alias))
    engine.recover()
    return engine.undo_kept()


def drop_undo(configuration: Configuration, alias: str) -> None:
    """Delete the undo copy of a database."""
    open_engine(configuration.database(alias)).drop_undo()


def recover_all(configuration: Configuration) -> tuple[Message, ...]:
    """Finish or roll back killed restores of every database; return what was done, or the reason why it failed."""
    return tuple(found for database in configuration.databases if (found := _recover(configuration, database.alias)))


def _recover(configuration: Configuration, alias: str) -> Message | None:
    try:
        return open_engine(configuration.database(alias)).recover()
    except HctuiError as error:
        return error.message


def _undo(plan: UndoPlan, configuration: Configuration, reporter: OperationReporter) -> RestoreDone:
    database = configuration.database(plan.database)
    engine = open_engine(database)
    reporter.step(database.alias, Step.CHECK)
    found = engine.recover()
    if found is not None:
        reporter.advise(found)
    kept = engine.undo_kept()
    if kept is None:
        raise NothingToUndo(alias=database.alias)
    sessions = engine.sessions()
    if sessions:
        raise DatabaseInUse(alias=database.alias, who=describe_sessions(sessions))
    reporter.start("undo", (database.alias,), tuple((database.alias, table) for table in kept.tables), kept.size)
    reporter.step(database.alias, Step.SWAP)
    reporter.commit()
    with reporter.phase(kept.size):
        outcome = engine.undo(reporter)
    for table in outcome.tables:
        reporter.table_done(database.alias, table.name, table.size, table.rows)
    reporter.finish()
    done = outcome_of(database.alias, outcome, kept=outcome.kept, consistency=None)
    seconds, warnings, advice = reporter.seconds(), tuple(reporter.warnings), tuple(reporter.advice)
    return RestoreDone((done,), operation="undo", seconds=seconds, warnings=warnings, advice=advice)
