"""Backup of any files and folders into one new file.

The promise: as for a backup of databases, the file has its name only when it is complete and on the disk. Each file that can't
be read is named in a warning; the others are stored.
"""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import BinaryIO, cast

from msgspec.structs import replace

from hctui import __version__
from hctui.archive import ArchiveWriter
from hctui.config import Configuration
from hctui.destinations import FolderDestination
from hctui.disk.errors import reading
from hctui.disk.paths import printable
from hctui.errors import NothingToDo, PasswordNeeded, ReadFailed
from hctui.events import Event, FilesDone
from hctui.messages import N_
from hctui.model import Manifest, StoredFile
from hctui.operations.estimate import TYPICAL_RATIOS
from hctui.operations.file_scanner import ScannedFile, scan_files
from hctui.operations.names import default_name, validate_name
from hctui.operations.progress import PROGRESS_SECONDS, OperationReporter, run_in_thread
from hctui.plans import FilesBackupPlan

OPERATION = "files-backup"
_LARGE = 1 << 20
"""The least bytes of a file that is always reported; of smaller ones a few each second are."""


async def files_backup(
    plan: FilesBackupPlan, configuration: Configuration, password: str | None
) -> AsyncGenerator[Event, None]:
    """Back up files and folders into one file that has its name only when it is complete. Raises `HctuiError`."""
    async with aclosing(run_in_thread(partial(_backup, plan, password))) as events:
        async for event in events:
            yield event


class NamedReader:
    """A file whose read errors name its path on the disk, not the member that it is stored as."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file = file
        self._path = path

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes. Raises `ReadFailed`."""
        with reading(self._path):
            return self._file.read(size)


class FileProgress:
    """Reports the files that are processed: every large one, and at most a few small ones each second."""

    def __init__(self, reporter: OperationReporter) -> None:
        self._reporter = reporter
        self._last = 0.0

    def started(self, path: str, size: int) -> None:
        """Report that work on a file begins, unless it is small and another was reported just before."""
        now = time.monotonic()
        if size >= _LARGE or now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._reporter.table_started("", path, size)


def _backup(plan: FilesBackupPlan, password: str | None, reporter: OperationReporter) -> FilesDone:
    if not plan.paths:
        raise NothingToDo(reason=N_("no file or folder was chosen."))
    destination = FolderDestination(plan.destination)
    path = destination.path_of(_file_name(plan))
    if plan.encryption is not None and not password:
        raise PasswordNeeded(path=printable(path), standard=plan.encryption.value)
    destination.check()
    destination.refuse_taken(path.name)
    destination.remove_abandoned()
    found = list(scan_files(plan.paths, destination.real_folder() / path.name, reporter))
    total = sum(each.stored.size for each in found)
    destination.require_space(round(total * TYPICAL_RATIOS[plan.level]))
    reporter.start(OPERATION, (), (), total)
    with ArchiveWriter(path, level=plan.level, encryption=plan.encryption, password=password) as writer:
        with reporter.phase(total):
            stored = tuple(_store_all(found, writer, reporter))
        reporter.commit()
        size = writer.finish(Manifest(datetime.now(UTC).astimezone(), __version__, files=stored))
    reporter.finish()
    files = [each for each in stored if not each.folder]
    data_size = sum(each.size for each in files)
    seconds, warnings, advice = reporter.seconds(), tuple(reporter.warnings), tuple(reporter.advice)
    return FilesDone(path, len(files), data_size, size, operation=OPERATION, seconds=seconds, warnings=warnings, advice=advice)


def _store_all(found: list[ScannedFile], writer: ArchiveWriter, reporter: OperationReporter) -> list[StoredFile]:
    """Store the files and return those that were stored; warn of each that can't be read."""
    progress = FileProgress(reporter)
    stored: list[StoredFile] = []
    for each in found:
        if not each.stored.folder:
            progress.started(each.stored.path, each.stored.size)
        try:
            stored.append(_store(each, writer, reporter))
        except ReadFailed as error:
            reporter.warn(error.message)
    return stored


def _store(found: ScannedFile, writer: ArchiveWriter, reporter: OperationReporter) -> StoredFile:
    file = found.stored
    member = member_of(file)
    if file.folder:
        writer.add(member, io.BytesIO(), modified=file.modified, mode=file.mode, compress=False, encrypt=False)
        return file
    if file.link:
        writer.add(member, io.BytesIO(file.link.encode()), modified=file.modified, mode=file.mode, link=True)
        return file
    with reading(found.path):
        descriptor = os.open(found.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as opened:
        source = cast(BinaryIO, NamedReader(opened, found.path))
        result = writer.add(member, source, modified=file.modified, reporter=reporter, mode=file.mode)
    return replace(file, size=result.size, blake3=result.blake3)


def member_of(file: StoredFile) -> str:
    """Return the name of a file's member; a folder's ends in `/`."""
    return file.member or (file.path + "/" if file.folder else file.path)


def _file_name(plan: FilesBackupPlan) -> str:
    if plan.name:
        return validate_name(plan.name)
    named = [re.sub(r"[^\w.-]+", "_", path.absolute().name) or "files" for path in plan.paths]
    return validate_name(default_name(named, datetime.now(UTC).astimezone(), plan.destination))
