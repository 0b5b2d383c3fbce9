"""Back up databases into one new file."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from msgspec import Struct
from msgspec.structs import replace

from hctui import __version__
from hctui.archive import ArchiveWriter, StoredMember
from hctui.config import Configuration
from hctui.databases import open_engine
from hctui.databases.engine import Engine, SnapshotPart, SnapshotRequest
from hctui.disk.atomic_file import remove_all_abandoned
from hctui.disk.errors import read_error
from hctui.disk.paths import printable
from hctui.disk.space import require_space
from hctui.errors import DatabaseMissing, InsideDatabase, NothingToDo, PasswordNeeded
from hctui.events import BackupDone, DatabaseOutcome, Event, Step
from hctui.messages import N_, Message, message
from hctui.model import BACKUP_SUFFIX, Consistency, DatabaseManifest, Manifest
from hctui.operations import history
from hctui.operations.destination import check_destination, refuse_existing, same_disk
from hctui.operations.estimate import Estimate, estimate, left_out
from hctui.operations.names import default_name, validate_name
from hctui.operations.progress import Bridge, events_of
from hctui.plans import BackupPlan


async def backup(plan: BackupPlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Back up databases into one file that appears under its name only when it is whole. Raises `HctuiError`."""
    async with aclosing(events_of(partial(_backup, plan, configuration, password))) as events:
        async for event in events:
            yield event


def same_disk_advice(folder: Path) -> Message:
    """Return the sentence for a backup that would be lost together with what it is a copy of."""
    text = N_("{folder} is on the same disk as the database: if it fails, the backup is lost too.")
    return message(text, folder=printable(folder))


def refuse_inside(folder: Path, engine: Engine) -> None:
    """Raise `InsideDatabase` where backups in `folder` would be taken for files of the database."""
    real = Path(os.path.realpath(folder))
    if any(path.is_dir() and real.is_relative_to(os.path.realpath(path)) for path in engine.paths()):
        raise InsideDatabase(path=printable(folder), alias=engine.database.alias)


def file_name(plan: BackupPlan, aliases: tuple[str, ...]) -> str:
    """Return the name the file will have: the plan's, made valid, else the default one. Raises `InvalidName`."""
    now = datetime.now(UTC).astimezone()
    return validate_name(plan.name) if plan.name else default_name(aliases, now, plan.destination)


class _Work(Struct, frozen=True):
    engine: Engine
    estimate: Estimate

    @property
    def alias(self) -> str:
        return self.engine.database.alias


def _backup(plan: BackupPlan, configuration: Configuration, password: str | None, bridge: Bridge) -> BackupDone:
    path, work = _prepare(plan, configuration, password, bridge)
    tables = tuple((each.alias, table.name) for each in work for table in each.estimate.tables)
    bridge.start("backup", tuple(each.alias for each in work), tables, sum(each.estimate.size for each in work), passes=2)
    with ArchiveWriter(path, level=plan.level, encryption=plan.encryption, password=password) as writer:
        databases = tuple(_store(each, plan, writer, bridge) for each in work)
        bridge.commit()
        size = writer.finish(Manifest(datetime.now(UTC).astimezone(), __version__, databases=databases))
    bridge.finish()
    data_size = sum(part.size for database in databases for part in database.parts)
    history.remember_made(tuple(each.alias for each in databases), path, size, data_size, plan.level)
    outcomes = tuple(_outcome(database) for database in databases)
    warnings, advice = tuple(bridge.warnings), tuple(bridge.advice)
    return BackupDone(path, size, data_size, bridge.seconds(), plan.encryption, outcomes, warnings, advice)


def _prepare(
    plan: BackupPlan, configuration: Configuration, password: str | None, bridge: Bridge
) -> tuple[Path, tuple[_Work, ...]]:
    """Check everything that can be known before a byte is read."""
    registered = tuple(dict.fromkeys(configuration.database(alias) for alias in plan.databases))
    if not registered:
        raise NothingToDo(reason=N_("no database was chosen."))
    path = plan.destination / file_name(plan, tuple(database.alias for database in registered))
    if plan.encryption is not None and not password:
        raise PasswordNeeded(path=printable(path), standard=plan.encryption.value)
    check_destination(plan.destination)
    refuse_existing(path)
    remove_all_abandoned(plan.destination, BACKUP_SUFFIX)
    known = history.load()
    work = tuple(_Work(engine, estimate(plan, engine, known)) for engine in _engines(map(open_engine, registered), bridge))
    for each in work:
        refuse_inside(plan.destination, each.engine)
    require_space(plan.destination, sum(each.estimate.compressed for each in work))
    if same_disk(plan.destination, (path for each in work for path in each.engine.paths())):
        bridge.advise(same_disk_advice(plan.destination))
    return path, work


def _engines(engines: Iterable[Engine], bridge: Bridge) -> Iterable[Engine]:
    """Yield each engine once what a killed restore left is brought to an end and its database is there."""
    for engine in engines:
        bridge.step(engine.database.alias, Step.CHECK)
        found = engine.recover()
        if found is not None:
            bridge.advise(found)
        if not engine.exists():
            raise DatabaseMissing(alias=engine.database.alias, location=engine.database.shown_location)
        engine.check_backup()
        yield engine


def _store(work: _Work, plan: BackupPlan, writer: ArchiveWriter, bridge: Bridge) -> DatabaseManifest:
    """Store one database and return its manifest, sizes and hashes filled in."""
    alias, engine = work.alias, work.engine
    stored: dict[str, StoredMember] = {}
    sizes = {table.name: table.size for table in work.estimate.tables}
    request = SnapshotRequest(left_out(plan), plan.indexes, plan.accept_unstable)
    bridge.step(alias, Step.SNAPSHOT)
    with ExitStack() as stack:
        with bridge.phase(work.estimate.size):
            snapshot = stack.enter_context(engine.snapshot(request, bridge))
        bridge.step(alias, Step.PACK)
        with bridge.phase(work.estimate.size):
            for part in snapshot.parts():
                if part.part.table:
                    bridge.table_started(alias, part.part.table, sizes.get(part.part.table, part.part.size))
                stored[part.part.path] = _store_part(f"{alias}/{part.part.path}", part, writer, bridge)
        manifest = snapshot.manifest()
    for path in stored.keys() - {part.path for part in manifest.parts}:
        writer.discard(f"{alias}/{path}")
    for table in manifest.tables:
        if not table.left_out:
            bridge.table_done(alias, table.name, table.size, table.rows)
    if manifest.consistency is Consistency.PER_TABLE:
        text = N_("{alias} was written to during the backup: each table is whole, but not all are of the same instant.")
        bridge.warn(message(text, alias=alias))
    parts = tuple(replace(part, size=stored[part.path].size, blake3=stored[part.path].blake3) for part in manifest.parts)
    return replace(manifest, parts=parts)


def _store_part(member: str, part: SnapshotPart, writer: ArchiveWriter, bridge: Bridge) -> StoredMember:
    try:
        with part.open() as file:
            return writer.add(member, cast(BinaryIO, Named(file, member)), modified=part.part.modified, reporter=bridge)
    except OSError as error:
        raise read_error(error, member) from error


class Named:
    """A file whose read errors name the member that is read."""

    def __init__(self, file: BinaryIO, member: str) -> None:
        self._file = file
        self._member = member

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise read_error(error, self._member) from error


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
