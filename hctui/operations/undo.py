"""Put back what the last restore replaced, and bring to an end what a killed one left."""

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
from hctui.operations.progress import Bridge, events_of
from hctui.operations.restore import outcome_of
from hctui.operations.restore_targets import who
from hctui.plans import UndoPlan


async def undo(plan: UndoPlan, configuration: Configuration, password: str | None = None) -> AsyncGenerator[Event, None]:
    """Put back what the last restore of a database replaced; that is kept in turn. Raises `HctuiError`."""
    async with aclosing(events_of(partial(_undo, plan, configuration))) as events:
        async for event in events:
            yield event


def kept_undo(configuration: Configuration, alias: str) -> Undo | None:
    """Return what an undo of a database would put back, once what a killed restore left is brought to an end."""
    engine = open_engine(configuration.database(alias))
    engine.recover()
    return engine.undo_kept()


def drop_undo(configuration: Configuration, alias: str) -> None:
    """Delete what is kept for an undo of a database."""
    open_engine(configuration.database(alias)).drop_undo()


def recover_all(configuration: Configuration) -> tuple[Message, ...]:
    """Finish or roll back what killed restores left, for every database; say what was done, or why it could not be."""
    return tuple(found for database in configuration.databases if (found := _recover(configuration, database.alias)))


def _recover(configuration: Configuration, alias: str) -> Message | None:
    try:
        return open_engine(configuration.database(alias)).recover()
    except HctuiError as error:
        return error.message


def _undo(plan: UndoPlan, configuration: Configuration, bridge: Bridge) -> RestoreDone:
    database = configuration.database(plan.database)
    engine = open_engine(database)
    bridge.step(database.alias, Step.CHECK)
    found = engine.recover()
    if found is not None:
        bridge.advise(found)
    kept = engine.undo_kept()
    if kept is None:
        raise NothingToUndo(alias=database.alias)
    sessions = engine.sessions()
    if sessions:
        raise DatabaseInUse(alias=database.alias, who=who(sessions))
    bridge.start("undo", (database.alias,), tuple((database.alias, table) for table in kept.tables), kept.size)
    bridge.step(database.alias, Step.SWAP)
    bridge.commit()
    with bridge.phase(kept.size):
        outcome = engine.undo(bridge)
    for table in outcome.tables:
        bridge.table_done(database.alias, table.name, table.size, table.rows)
    bridge.finish()
    done = outcome_of(database.alias, outcome, kept=outcome.kept, consistency=None)
    return RestoreDone("undo", (done,), bridge.seconds(), tuple(bridge.warnings), tuple(bridge.advice))
