"""Backup of databases into one new file.

The promise: the file has its name only when it is complete and on the disk; an operation that fails or is cancelled leaves no
file, and the databases are never changed. Everything that can be checked is checked before a database is read.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from hctui import __version__
from hctui.archive import ArchiveWriter, StoredMember
from hctui.config import Configuration
from hctui.databases import open_engine, open_snapshots, simultaneous_groups
from hctui.databases.engine import Engine, Snapshot, SnapshotPart, SnapshotRequest
from hctui.destinations import FolderDestination
from hctui.disk.errors import read_error
from hctui.disk.paths import printable
from hctui.errors import DatabaseMissing, NothingToDo, PasswordNeeded, RefusedDatabase
from hctui.events import BackupDone, DatabaseOutcome, Event, Step
from hctui.messages import N_, Message, message
from hctui.model import Consistency, Database, DatabaseManifest, Manifest
from hctui.operations import history
from hctui.operations.destination import refuse_inside, same_disk_advice
from hctui.operations.estimate import Estimate, estimate, left_out
from hctui.operations.hooks import run_around
from hctui.operations.names import default_name, validate_name
from hctui.operations.progress import OperationReporter, run_in_thread
from hctui.plans import BackupPlan


async def backup(plan: BackupPlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Back up databases into one file that has its name only when it is complete. Raises `HctuiError`."""
    async with aclosing(run_in_thread(partial(_backup, plan, configuration, password))) as events:
        async for event in events:
            yield event


def file_name(plan: BackupPlan, aliases: tuple[str, ...]) -> str:
    """Return the name of the file: the plan's with its suffix, else the default one. Raises `InvalidName`."""
    now = datetime.now(UTC).astimezone()
    return validate_name(plan.name) if plan.name else default_name(aliases, now, plan.destination)


def usable_databases(plan: BackupPlan, configuration: Configuration) -> tuple[tuple[Database, ...], tuple[Message, ...]]:
    """Return the databases of the plan that can be used, and why each of the others can't.

    Raises `UnknownDatabase`, and `RefusedDatabase` where none can be used.
    """
    usable: dict[Database, None] = {}
    refused: dict[str, RefusedDatabase] = {}
    for alias in plan.databases:
        try:
            usable[configuration.database(alias)] = None
        except RefusedDatabase as error:
            refused[alias] = error
    if refused and not usable:
        raise next(iter(refused.values()))
    return tuple(usable), tuple(error.message for error in refused.values())


class _Work(Struct, frozen=True):
    """One database of the backup."""

    engine: Engine
    estimate: Estimate

    @property
    def alias(self) -> str:
        return self.engine.database.alias


def _backup(plan: BackupPlan, configuration: Configuration, password: str | None, reporter: OperationReporter) -> BackupDone:
    path, work = _prepare(plan, configuration, password, reporter)
    tables = tuple((each.alias, table.name) for each in work for table in each.estimate.tables)
    reporter.start("backup", tuple(each.alias for each in work), tables, sum(each.estimate.size for each in work), passes=2)
    with ArchiveWriter(path, level=plan.level, encryption=plan.encryption, password=password) as writer:
        manifests = {manifest.alias: manifest for manifest in _store(work, plan, writer, reporter)}
        databases = tuple(manifests[each.alias] for each in work)
        reporter.commit()
        size = writer.finish(Manifest(datetime.now(UTC).astimezone(), __version__, databases=databases))
    reporter.finish()
    data_size = sum(part.size for database in databases for part in database.parts)
    history.record_backup(tuple(each.alias for each in databases), path, size, data_size, plan.level)
    outcomes = tuple(_outcome(database) for database in databases)
    seconds, warnings, advice = reporter.seconds(), tuple(reporter.warnings), tuple(reporter.advice)
    return BackupDone(
        path, size, data_size, plan.encryption, outcomes,
        operation="backup", seconds=seconds, warnings=warnings, advice=advice,
    )  # fmt: skip


def _prepare(
    plan: BackupPlan, configuration: Configuration, password: str | None, reporter: OperationReporter
) -> tuple[Path, tuple[_Work, ...]]:
    """Check everything that can be checked before a database is read; return the file's path and the work."""
    registered, refused = usable_databases(plan, configuration)
    if not registered:
        raise NothingToDo(reason=N_("no database was chosen."))
    for reason in refused:
        reporter.warn(reason)
    destination = FolderDestination(plan.destination)
    path = destination.path_of(file_name(plan, tuple(database.alias for database in registered)))
    if plan.encryption is not None and not password:
        raise PasswordNeeded(path=printable(path), standard=plan.encryption.value)
    destination.check()
    destination.refuse_taken(path.name)
    destination.remove_abandoned()
    known = history.load()
    work = tuple(_Work(engine, estimate(plan, engine, known)) for engine in _engines(map(open_engine, registered), reporter))
    for each in work:
        refuse_inside(destination, each.engine)
    destination.require_space(sum(each.estimate.compressed for each in work))
    if destination.shares_disk(path for each in work for path in each.engine.paths()):
        reporter.advise(same_disk_advice(destination))
    return path, work


def _engines(engines: Iterable[Engine], reporter: OperationReporter) -> Iterable[Engine]:
    """Recover from killed restores, check each database and yield its engine."""
    for engine in engines:
        reporter.step(engine.database.alias, Step.CHECK)
        found = engine.recover()
        if found is not None:
            reporter.advise(found)
        if not engine.exists():
            raise DatabaseMissing(alias=engine.database.alias, location=engine.database.shown_location)
        engine.check_backup()
        yield engine


def _store(
    work: Sequence[_Work], plan: BackupPlan, writer: ArchiveWriter, reporter: OperationReporter
) -> Iterator[DatabaseManifest]:
    """Store the databases, those together whose snapshots can be of one instant; yield their manifests."""
    by_alias = {each.alias: each for each in work}
    request = SnapshotRequest(left_out(plan), plan.indexes, plan.accept_unstable)
    for engines in simultaneous_groups([each.engine for each in work]):
        group = [by_alias[engine.database.alias] for engine in engines]
        with ExitStack() as stack:
            with reporter.phase(sum(each.estimate.size for each in group)):
                for each in group:
                    reporter.step(each.alias, Step.SNAPSHOT)
                    stack.enter_context(run_around(each.engine, reporter))
                snapshots = stack.enter_context(open_snapshots(engines, request, reporter))
            read = [_read(each, snapshot, writer, reporter) for each, snapshot in zip(group, snapshots, strict=True)]
        for manifest, stored in read:
            yield _finish(manifest, stored, writer, reporter)


def _read(
    work: _Work, snapshot: Snapshot, writer: ArchiveWriter, reporter: OperationReporter
) -> tuple[DatabaseManifest, Mapping[str, StoredMember]]:
    """Store the parts of one database; return its manifest and what was stored by path."""
    alias, stored = work.alias, dict[str, StoredMember]()
    sizes = {table.name: table.size for table in work.estimate.tables}
    reporter.step(alias, Step.PACK)
    with reporter.phase(work.estimate.size):
        for part in snapshot.parts():
            if part.part.table:
                reporter.table_started(alias, part.part.table, sizes.get(part.part.table, part.part.size))
            stored[part.part.path] = _store_part(f"{alias}/{part.part.path}", part, writer, reporter)
    return snapshot.manifest(), stored


def _finish(
    manifest: DatabaseManifest, stored: Mapping[str, StoredMember], writer: ArchiveWriter, reporter: OperationReporter
) -> DatabaseManifest:
    """Discard the parts that the manifest does not list, and return it with the sizes and hashes of the others."""
    alias = manifest.alias
    for path in stored.keys() - {part.path for part in manifest.parts}:
        writer.discard(f"{alias}/{path}")
    for table in manifest.tables:
        if not table.left_out:
            reporter.table_done(alias, table.name, table.size, table.rows)
    if manifest.consistency is Consistency.PER_TABLE:
        text = N_("{alias} was written to during the backup: each table is whole, but not all are of the same instant.")
        reporter.warn(message(text, alias=alias))
    parts = tuple(replace(part, size=stored[part.path].size, blake3=stored[part.path].blake3) for part in manifest.parts)
    return replace(manifest, parts=parts)


def _store_part(member: str, part: SnapshotPart, writer: ArchiveWriter, reporter: OperationReporter) -> StoredMember:
    try:
        with part.open() as file:
            return writer.add(member, file, modified=part.part.modified, reporter=reporter)
    except OSError as error:
        raise read_error(error, member) from error


def _outcome(database: DatabaseManifest) -> DatabaseOutcome:
    included = [table for table in database.tables if not table.left_out]
    return DatabaseOutcome(
        alias=database.alias,
        tables=len(included),
        rows=sum(table.rows or 0 for table in included),
        size=sum(part.size for part in database.parts),
        consistency=database.consistency,
        kept=tuple(table.name for table in database.tables if table.left_out),
    )
