"""Read every byte of a backup and open each database in it."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from pathlib import Path

from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.databases import inspector
from hctui.disk.paths import printable
from hctui.errors import EngineMissing, PartMissing
from hctui.events import DatabaseOutcome, Event, Reporter, Step, VerifyDone
from hctui.messages import N_, message
from hctui.model import MANIFEST_NAME, README_NAME, DatabaseManifest, Part, StoredFile
from hctui.operations import history
from hctui.operations.files_backup import member_of
from hctui.operations.infer_manifest import Registered
from hctui.operations.part_transfer import deliver_all
from hctui.operations.progress import Bridge, events_of
from hctui.operations.scratch_dir import private_folder, unpack
from hctui.operations.sources import ArchiveSource, open_archive
from hctui.plans import VerifyPlan


async def verify(plan: VerifyPlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Prove a backup: every byte is what was written, every database opens. Raises `HctuiError` for the first that is not."""
    async with aclosing(events_of(partial(_verify, plan, configuration, password))) as events:
        async for event in events:
            yield event


class _Nowhere(io.RawIOBase):
    """A sink for bytes that only have to be read."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return len(memoryview(data))  # type: ignore[arg-type]


def _verify(plan: VerifyPlan, configuration: Configuration, password: str | None, bridge: Bridge) -> VerifyDone:
    with open_archive(plan.file, password) as reader:
        source = ArchiveSource(reader, Registered.of(configuration))
        files = source.manifest.files if source.manifest else ()
        _compare(source, files, bridge)
        tables = tuple(
            (database.alias, table.name) for database in source.databases for table in database.tables if not table.left_out
        )
        total = sum(member.size for member in source.members.values())
        bridge.start("verify", tuple(database.alias for database in source.databases), tables, total, passes=2)
        outcomes = tuple(_database(source, database, configuration, bridge) for database in source.databases)
        _others(reader, source, files, bridge)
        bridge.finish()
        created = source.manifest.created if source.manifest else None
        seconds, warnings, advice = bridge.seconds(), tuple(bridge.warnings), tuple(bridge.advice)
        history.remember_verified(plan.file)
        return VerifyDone(plan.file, len(source.members), total, seconds, created, outcomes, warnings, advice)


def _compare(source: ArchiveSource, files: tuple[StoredFile, ...], bridge: Bridge) -> None:
    """Raise `PartMissing` for what the manifest names and the file lacks; warn of what it does not name."""
    if source.manifest is None:
        text = N_("{path} has no manifest: another program made it, and only its own checksums could be checked.")
        bridge.warn(message(text, path=printable(source.path)))
        return
    named = {source.member(database.alias, part) for database in source.databases for part in database.parts}
    named |= {member_of(stored) for stored in files}
    for name in sorted(named - source.members.keys() - {member_of(stored) for stored in files if stored.folder}):
        raise PartMissing(member=name, path=printable(source.path))
    for name, member in source.members.items():
        if not member.folder and name not in named and name not in (MANIFEST_NAME, README_NAME):
            text = N_("{member} is in the file but not in its manifest: hctui did not put it there.")
            bridge.warn(message(text, member=name))


def _database(
    source: ArchiveSource, database: DatabaseManifest, configuration: Configuration, bridge: Bridge
) -> DatabaseOutcome:
    """Unpack one database into a private folder, verified, and let its engine open it."""
    size = sum(source.size_of(database.alias, part) for part in database.parts)
    bridge.step(database.alias, Step.VERIFY)

    def deliver(part: Part, reporter: Reporter) -> None:
        if part.table:
            reporter.table_started(database.alias, part.table, part.size)
        unpack(source, database.alias, part, folder, reporter)

    with private_folder(configuration, size) as folder:
        with bridge.phase(size):
            deliver_all(database.parts, deliver, bridge, any_order=True)
        with bridge.phase(size):
            _inspect(folder, database, bridge)
    included = [table for table in database.tables if not table.left_out]
    for table in included:
        bridge.table_done(database.alias, table.name, table.size, table.rows)
    rows = sum(table.rows or 0 for table in included)
    consistency = database.consistency if source.manifest else None
    return DatabaseOutcome(database.alias, len(included), rows, size, consistency)


def _inspect(folder: Path, database: DatabaseManifest, bridge: Bridge) -> None:
    try:
        inspect = inspector(database.engine, database.alias)
    except EngineMissing as error:
        bridge.warn(error.message)
        return
    inspect(folder, database, bridge)


def _others(reader: ArchiveReader, source: ArchiveSource, files: tuple[StoredFile, ...], bridge: Bridge) -> None:
    """Read the members that belong to no database."""
    parts = {source.member(database.alias, part) for database in source.databases for part in database.parts}
    expected = {member_of(stored): stored for stored in files}
    others = [member for name, member in source.members.items() if name not in parts and not member.folder]
    with bridge.phase(2 * sum(member.size for member in others)), io.BufferedWriter(_Nowhere()) as nowhere:
        for member in others:
            reader.read(member.name, nowhere, reporter=bridge, expected=expected.get(member.name))
