"""The target databases of a restore, from its plan and the backup. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct
from msgspec.structs import replace

from hctui.config import Configuration, validate_alias
from hctui.config.aliases import same_alias
from hctui.databases import open_engine
from hctui.databases.engine import Engine, RestorationRequest
from hctui.engine_kinds import LocationKind, find_kind
from hctui.errors import (
    AliasTaken,
    AlreadyExists,
    DatabaseDamaged,
    DatabaseUnreadable,
    EngineMismatch,
    NotRegistered,
    RefusedDatabase,
    UnknownDatabase,
    UsageError,
)
from hctui.messages import N_, Message, message
from hctui.model import Database, DatabaseManifest, Part, Session, Table
from hctui.operations.results import Action, TableComparison
from hctui.operations.scratch_dir import read_tables
from hctui.operations.sources import BackupSource, chosen_databases
from hctui.operations.table_selection import compare_tables
from hctui.plans import RestorePlan


class RestoreTarget(Struct, frozen=True):
    """One database of a backup, and the database that it is restored to."""

    source: DatabaseManifest
    database: Database
    engine: Engine
    exists: bool
    tables: tuple[TableComparison, ...]
    unreadable: Message | None
    """The reason why the database can't be read now, else None; then every table is restored."""

    def table_names(self, *actions: Action) -> tuple[str, ...]:
        """Return the names of the tables with one of these actions."""
        return tuple(table.name for table in self.tables if table.action in actions)

    def advice(self, plan: RestorePlan) -> tuple[Message, ...]:
        """Name the tables that were left out of the backup on request and are not in the database now."""
        absent = [table.name for table in self.tables if table.backup and table.backup.left_out and table.live is None]
        if not absent or plan.tables is not None:
            return ()
        text = N_("{alias}: left out of the backup and not in the database now: {tables}.")
        return (message(text, alias=self.database.alias, tables=", ".join(absent)),)

    def warnings(self, plan: RestorePlan) -> tuple[Message, ...]:
        """Return the problems to report before the restore begins."""
        return (*((self.unreadable,) if self.unreadable else ()), *self.advice(plan))

    def conflicts(self, plan: RestorePlan) -> tuple[Message, ...]:
        """Return what would make a partial restore fail; a whole one brings its own schema and has no conflicts."""
        if plan.tables is None or not self.exists or self.unreadable is not None:
            return ()
        return self.engine.conflicts(self.source, self.table_names(Action.REPLACE, Action.CREATE))

    def notes(self, plan: RestorePlan) -> tuple[Message, ...]:
        """Return the engine's notes on this restore, for the preview."""
        if not self.exists or self.unreadable is not None:
            return ()
        return self.engine.notes(self.source, self.table_names(Action.REPLACE), whole=plan.tables is None)

    def request(self, plan: RestorePlan) -> RestorationRequest:
        """Return the request to the engine."""
        return RestorationRequest(
            source=self.source,
            tables=self.table_names(Action.REPLACE, Action.CREATE),
            whole=plan.tables is None,
            drop=self.table_names(Action.DROP),
            origin=plan.file.name,
            disconnect=plan.disconnect,
        )

    def parts(self, plan: RestorePlan) -> tuple[Part, ...]:
        """Return the parts that will be staged, according to the manifest."""
        wanted = frozenset(self.table_names(Action.REPLACE, Action.CREATE))
        shared = plan.tables is None or not any(part.table for part in self.source.parts)
        return tuple(part for part in self.source.parts if (part.table in wanted if part.table else shared))


def find_targets(plan: RestorePlan, source: BackupSource, configuration: Configuration) -> tuple[RestoreTarget, ...]:
    """Return the target of each database that the plan chooses. Raises leaves of `UsageError` and `DatabaseError`."""
    databases = chosen_databases(source, plan.databases)
    if len(databases) > 1 and (plan.tables is not None or plan.into):
        raise UsageError(reason=N_("Choose one database of the backup to restore some of its tables, or under another name."))
    if plan.exact and plan.tables is not None:
        raise UsageError(reason=N_("A partial restore drops no tables: leave out either the tables or the exact restore."))
    if source.manifest is None:
        databases = tuple(read_tables(source, each, configuration) for each in databases)
    return tuple(_target(plan, each, configuration) for each in databases)


def describe_sessions(sessions: Iterable[Session], *, doing: bool = False) -> str:
    """Return the sessions in one line without repetitions; with `doing`, also what each has open or runs."""
    described = [(each.program, [*_details(each), *([each.doing] if doing and each.doing else [])]) for each in sessions]
    texts = (f"{program} ({', '.join(details)})" if details else program for program, details in described)
    return ", ".join(dict.fromkeys(texts))


def _target(plan: RestorePlan, source: DatabaseManifest, configuration: Configuration) -> RestoreTarget:
    database = _new_database(plan.into, source, configuration) if plan.into else _registered(source, configuration)
    engine = open_engine(database)
    exists = engine.exists()
    if plan.into and exists:
        raise AlreadyExists(path=database.shown_location)
    live, unreadable = _live_tables(engine, plan) if exists else ((), None)
    return RestoreTarget(source, database, engine, exists, compare_tables(plan, source, live), unreadable)


def _live_tables(engine: Engine, plan: RestorePlan) -> tuple[tuple[Table, ...], Message | None]:
    """Return the tables of the database, or the reason why they can't be read: a whole restore must be possible then."""
    try:
        return engine.tables(), None
    except (DatabaseDamaged, DatabaseUnreadable):
        if plan.tables is not None:
            raise
        text = N_(
            "{alias} can't be read now, so that nothing of it is kept: users, audit and settings come from the backup too."
        )
        return (), message(text, alias=engine.database.alias)


def _registered(source: DatabaseManifest, configuration: Configuration) -> Database:
    try:
        database = configuration.database(source.alias)
    except UnknownDatabase as error:
        raise NotRegistered(alias=source.alias) from error
    if database.engine != source.engine:
        raise EngineMismatch(alias=database.alias, registered=database.engine, found=source.engine)
    return database


def _new_database(into: str, source: DatabaseManifest, configuration: Configuration) -> Database:
    """Return the database `into`, located beside the original or else beside another database of the same engine."""
    validate_alias(into)
    if any(same_alias(alias, into) for alias in configuration.aliases):
        raise AliasTaken(alias=into)
    try:
        original = configuration.database(source.alias)
    except (RefusedDatabase, UnknownDatabase):
        original = None
    if original is not None and original.engine == source.engine:
        return replace(original, alias=into, location=_sibling(original, into))
    kind = find_kind(source.engine)
    other = next((each for each in configuration.databases if each.engine == source.engine), None)
    if other is not None:
        location = _sibling(other, into)
    elif kind is not None and kind.local:
        location = str(configuration.path.parent / _file_name(source, into, kind.location))
    else:
        raise NotRegistered(alias=source.alias)
    if kind is None or "format" not in kind.settings:
        return Database(into, source.engine, location)
    return Database(into, source.engine, location, format=source.format, formats=configuration.formats)


def _sibling(original: Database, into: str) -> str:
    kind = original.kind
    if kind.local:
        path = Path(original.location)
        return str(path.with_name(into + (path.suffix if kind.location is LocationKind.FILE else "")))
    address = urlsplit(original.location)
    scheme, rest = f"{address.scheme}://", urlunsplit(address._replace(scheme="", netloc="", path=f"/{into}"))
    return scheme + address.netloc + rest


def _file_name(source: DatabaseManifest, into: str, location: LocationKind) -> str:
    return into + Path(source.parts[0].path).suffix if location is LocationKind.FILE and source.parts else into


def _details(session: Session) -> list[str]:
    return [str(each) for each in (session.user, session.process, session.address) if each]
