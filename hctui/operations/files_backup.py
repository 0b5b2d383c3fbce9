"""Back up any files and folders: what is there is stored, what can't be is named."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from msgspec.structs import replace

from hctui import __version__
from hctui.archive import ArchiveWriter
from hctui.config import Configuration
from hctui.disk.atomic_file import remove_all_abandoned
from hctui.disk.errors import reading
from hctui.disk.paths import printable
from hctui.disk.space import require_space
from hctui.errors import NothingToDo, PasswordNeeded, ReadFailed
from hctui.events import Event, FilesDone
from hctui.messages import N_
from hctui.model import BACKUP_SUFFIX, Manifest, StoredFile
from hctui.operations.backup import Named
from hctui.operations.destination import check_destination, refuse_existing
from hctui.operations.estimate import TYPICAL
from hctui.operations.file_scanner import Found, walk
from hctui.operations.names import default_name, validate_name
from hctui.operations.progress import INTERVAL, Bridge, events_of
from hctui.plans import FilesBackupPlan

OPERATION = "files-backup"
_LARGE = 1 << 20
"""Bytes from which a file is always told of; of smaller ones a few each second are."""


async def files_backup(
    plan: FilesBackupPlan, configuration: Configuration, password: str | None
) -> AsyncGenerator[Event, None]:
    """Back up files and folders into one file that appears under its name only when it is whole. Raises `HctuiError`."""
    async with aclosing(events_of(partial(_backup, plan, password))) as events:
        async for event in events:
            yield event


class Telling:
    """Tells of files as they are worked on: of every large one, and of small ones no more than a few each second."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._last = 0.0

    def started(self, path: str, size: int) -> None:
        """Work on a file begins."""
        now = time.monotonic()
        if size >= _LARGE or now - self._last >= INTERVAL:
            self._last = now
            self._bridge.table_started("", path, size)


def _backup(plan: FilesBackupPlan, password: str | None, bridge: Bridge) -> FilesDone:
    if not plan.paths:
        raise NothingToDo(reason=N_("no file or folder was chosen."))
    path = plan.destination / _file_name(plan)
    if plan.encryption is not None and not password:
        raise PasswordNeeded(path=printable(path), standard=plan.encryption.value)
    check_destination(plan.destination)
    refuse_existing(path)
    remove_all_abandoned(plan.destination, BACKUP_SUFFIX)
    found = list(walk(plan.paths, Path(os.path.realpath(plan.destination)) / path.name, bridge))
    total = sum(each.stored.size for each in found)
    require_space(plan.destination, round(total * TYPICAL[plan.level]))
    bridge.start(OPERATION, (), (), total)
    with ArchiveWriter(path, level=plan.level, encryption=plan.encryption, password=password) as writer:
        with bridge.phase(total):
            stored = tuple(_store_all(found, writer, bridge))
        bridge.commit()
        size = writer.finish(Manifest(datetime.now(UTC).astimezone(), __version__, files=stored))
    bridge.finish()
    files = [each for each in stored if not each.folder]
    data_size = sum(each.size for each in files)
    warnings, advice = tuple(bridge.warnings), tuple(bridge.advice)
    return FilesDone(OPERATION, path, len(files), data_size, size, bridge.seconds(), warnings, advice)


def _store_all(found: list[Found], writer: ArchiveWriter, bridge: Bridge) -> list[StoredFile]:
    """Store what was found and return what came of it; what can't be read is named and left out."""
    telling = Telling(bridge)
    stored: list[StoredFile] = []
    for each in found:
        if not each.stored.folder:
            telling.started(each.stored.path, each.stored.size)
        try:
            stored.append(_store(each, writer, bridge))
        except ReadFailed as error:
            bridge.warn(error.message)
    return stored


def _store(found: Found, writer: ArchiveWriter, bridge: Bridge) -> StoredFile:
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
        source = cast(BinaryIO, Named(opened, found.path))
        result = writer.add(member, source, modified=file.modified, reporter=bridge, mode=file.mode)
    return replace(file, size=result.size, blake3=result.blake3)


def member_of(file: StoredFile) -> str:
    """Return the name of the member that holds a file; a folder's ends in `/`."""
    return file.member or (file.path + "/" if file.folder else file.path)


def _file_name(plan: FilesBackupPlan) -> str:
    if plan.name:
        return validate_name(plan.name)
    named = [re.sub(r"[^\w.-]+", "_", path.absolute().name) or "files" for path in plan.paths]
    return validate_name(default_name(named, datetime.now(UTC).astimezone(), plan.destination))
