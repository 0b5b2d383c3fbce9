"""Verification of a backup.

The promise: a verified backup is complete, every byte of it is what was written, and its engine has opened and checked each
database in it. Nothing is changed; a database is unpacked into a private folder that is removed afterwards.
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

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
from hctui.operations.infer_manifest import RegisteredDatabases
from hctui.operations.part_transfer import transfer_all
from hctui.operations.progress import OperationReporter, run_in_thread
from hctui.operations.scratch_dir import scratch_folder, unpack
from hctui.operations.sources import ArchiveSource, open_archive
from hctui.plans import VerifyPlan

if TYPE_CHECKING:
    from typing_extensions import Buffer


async def verify(plan: VerifyPlan, configuration: Configuration, password: str | None) -> AsyncGenerator[Event, None]:
    """Verify a backup. Raises `HctuiError` for the first problem."""
    async with aclosing(run_in_thread(partial(_verify, plan, configuration, password))) as events:
        async for event in events:
            yield event


class _NullSink(io.RawIOBase):
    """A file that discards what is written to it."""

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        return memoryview(data).nbytes


def _verify(plan: VerifyPlan, configuration: Configuration, password: str | None, reporter: OperationReporter) -> VerifyDone:
    with open_archive(plan.file, password) as reader:
        source = ArchiveSource(reader, RegisteredDatabases.of(configuration))
        files = source.manifest.files if source.manifest else ()
        _compare_with_manifest(source, files, reporter)
        tables = tuple(
            (database.alias, table.name) for database in source.databases for table in database.tables if not table.left_out
        )
        total = sum(member.size for member in source.members.values())
        reporter.start("verify", tuple(database.alias for database in source.databases), tables, total, passes=2)
        outcomes = tuple(_verify_database(source, database, configuration, reporter) for database in source.databases)
        _verify_other_members(reader, source, files, reporter)
        reporter.finish()
        created = source.manifest.created if source.manifest else None
        seconds, warnings, advice = reporter.seconds(), tuple(reporter.warnings), tuple(reporter.advice)
        history.record_verification(plan.file)
        return VerifyDone(
            plan.file, len(source.members), total, created, outcomes,
            operation="verify", seconds=seconds, warnings=warnings, advice=advice,
        )  # fmt: skip


def _compare_with_manifest(source: ArchiveSource, files: tuple[StoredFile, ...], reporter: OperationReporter) -> None:
    """Raise `PartMissing` for a member that is only in the manifest; warn of a member that is only in the file."""
    if source.manifest is None:
        text = N_("{path} has no manifest: another program made it, and only its own checksums could be checked.")
        reporter.warn(message(text, path=printable(source.path)))
        return
    named = {source.member(database.alias, part) for database in source.databases for part in database.parts}
    named |= {member_of(stored) for stored in files}
    for name in sorted(named - source.members.keys() - {member_of(stored) for stored in files if stored.folder}):
        raise PartMissing(member=name, path=printable(source.path))
    for name, member in source.members.items():
        if not member.folder and name not in named and name not in (MANIFEST_NAME, README_NAME):
            text = N_("{member} is in the file but not in its manifest: hctui did not put it there.")
            reporter.warn(message(text, member=name))


def _verify_database(
    source: ArchiveSource, database: DatabaseManifest, configuration: Configuration, reporter: OperationReporter
) -> DatabaseOutcome:
    """Unpack and verify one database in a private folder, and let its engine check it."""
    size = sum(source.size_of(database.alias, part) for part in database.parts)
    reporter.step(database.alias, Step.VERIFY)

    def transfer(part: Part, reporter: Reporter) -> None:
        if part.table:
            reporter.table_started(database.alias, part.table, part.size)
        unpack(source, database.alias, part, folder, reporter)

    with scratch_folder(configuration, size) as folder:
        with reporter.phase(size):
            transfer_all(database.parts, transfer, reporter, any_order=True)
        with reporter.phase(size):
            _inspect(folder, database, reporter)
    included = [table for table in database.tables if not table.left_out]
    for table in included:
        reporter.table_done(database.alias, table.name, table.size, table.rows)
    rows = sum(table.rows or 0 for table in included)
    consistency = database.consistency if source.manifest else None
    return DatabaseOutcome(database.alias, len(included), rows, size, consistency)


def _inspect(folder: Path, database: DatabaseManifest, reporter: OperationReporter) -> None:
    try:
        inspect = inspector(database.engine, database.alias)
    except EngineMissing as error:
        reporter.warn(error.message)
        return
    inspect(folder, database, reporter)


def _verify_other_members(
    reader: ArchiveReader, source: ArchiveSource, files: tuple[StoredFile, ...], reporter: OperationReporter
) -> None:
    """Read the members that belong to no database."""
    parts = {source.member(database.alias, part) for database in source.databases for part in database.parts}
    expected = {member_of(stored): stored for stored in files}
    others = [member for name, member in source.members.items() if name not in parts and not member.folder]
    with reporter.phase(2 * sum(member.size for member in others)), io.BufferedWriter(_NullSink()) as sink:
        for member in others:
            reader.read(member.name, sink, reporter=reporter, expected=expected.get(member.name))
