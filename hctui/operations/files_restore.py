"""Restore files into a folder, whole or not at all each, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO

from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.disk.errors import writing
from hctui.disk.paths import printable
from hctui.disk.space import require_space
from hctui.errors import DamagedArchive, HostileArchive, NothingToDo, PartMissing
from hctui.events import Event, FilesDone
from hctui.messages import N_, message, plural
from hctui.model import StoredFile
from hctui.operations.destination import check_destination
from hctui.operations.file_extractor import Placer, is_of_the_place
from hctui.operations.files_backup import Telling, member_of
from hctui.operations.infer_manifest import Registered, unsafe
from hctui.operations.progress import Bridge, events_of
from hctui.operations.show import foreign_files
from hctui.operations.sources import ArchiveSource, open_archive
from hctui.plans import FilesRestorePlan

OPERATION = "files-restore"
_NAMED = 20
"""Files left as they are that are named one by one; the others are counted."""


async def files_restore(
    plan: FilesRestorePlan, configuration: Configuration, password: str | None
) -> AsyncGenerator[Event, None]:
    """Restore files into the chosen folder only; what is there already stays unless asked for. Raises `HctuiError`."""
    async with aclosing(events_of(partial(_restore, plan, password))) as events:
        async for event in events:
            yield event


def matching(files: Iterable[StoredFile], only: tuple[str, ...]) -> tuple[StoredFile, ...]:
    """Return the files whose path, or a folder above it, matches one of the globs, with the folders they lie in.

    All of them where there is no glob.
    """
    everything = tuple(files)
    if not only:
        return everything
    chosen = {file.path for file in everything if any(_matches(file.path, glob.rstrip("/")) for glob in only)}
    above = {parent.as_posix() for path in chosen for parent in PurePosixPath(path).parents}
    return tuple(file for file in everything if file.path in chosen or (file.folder and file.path in above))


def _matches(path: str, glob: str) -> bool:
    above = [each.as_posix() for each in PurePosixPath(path).parents][:-1]
    return any(fnmatchcase(each, glob) for each in (path, *above))


def _restore(plan: FilesRestorePlan, password: str | None, bridge: Bridge) -> FilesDone:
    with open_archive(plan.file, password) as reader:
        chosen = matching(_listed(plan, reader), plan.only)
        if not chosen:
            raise NothingToDo(reason=N_("no file in the backup matches."))
        total = sum(file.size for file in chosen)
        check_destination(plan.destination)
        staying = () if plan.replace else (file for file in chosen if os.path.lexists(plan.destination / file.path))
        require_space(plan.destination, total - sum(file.size for file in staying))
        bridge.start(OPERATION, (), (), total)
        restoring = _Restoring(reader, bridge)
        with (
            bridge.phase(total),
            Placer(plan.destination, replace=plan.replace, refused=restoring.refuse) as placer,
            writing(plan.destination),
        ):
            restored = restoring.run(placer, chosen)
    bridge.finish()
    size = sum(file.size for file in restored)
    seconds, warnings, advice = bridge.seconds(), tuple(bridge.warnings), tuple(bridge.advice)
    return FilesDone(OPERATION, plan.destination, len(restored), size, reader.size, seconds, warnings, advice)


def _listed(plan: FilesRestorePlan, reader: ArchiveReader) -> tuple[StoredFile, ...]:
    """Return the files of the backup, each path checked. Raises `HostileArchive`, `PartMissing`, `NothingToDo`."""
    source = ArchiveSource(reader, Registered())
    if source.manifest is not None and source.manifest.databases:
        raise NothingToDo(reason=N_("it is a backup of databases: use “hctui restore”."))
    files = source.manifest.files if source.manifest else foreign_files(source)
    seen: set[str] = set()
    for file in files:
        named = {"member": file.path, "path": printable(plan.file)}
        if unsafe(file.path):
            raise HostileArchive(**named, reason=N_("its path leaves the folder it belongs to."))
        if file.path in seen:
            raise HostileArchive(**named, reason=N_("it is named twice in the manifest."))
        if not file.folder and member_of(file) not in source.members:
            raise PartMissing(**named)
        seen.add(file.path)
    return files


class _Restoring:
    """One restore: folders and files first, links last, so that nothing is ever written through a link."""

    def __init__(self, reader: ArchiveReader, bridge: Bridge) -> None:
        self._reader = reader
        self._bridge = bridge
        self._telling = Telling(bridge)
        self._damage: DamagedArchive | None = None
        self._left = 0
        self._missing: list[StoredFile] = []

    def run(self, placer: Placer, files: Iterable[StoredFile]) -> list[StoredFile]:
        """Restore `files` and return those that are no folders and were put in place."""
        ordered = sorted(files, key=lambda file: bool(file.link))
        restored = [file for file in ordered if self._alone(placer, file)]
        if self._left > _NAMED:
            one = N_("{count} more file exists already and was left as it is.")
            many = N_("{count} more files exist already and were left as they are.")
            self._bridge.warn(plural(one, many, self._left - _NAMED))
        for file in placer.finish():
            self._escapes(file)
        missing = {file.path for file in self._missing}
        done = [file for file in restored if not file.folder and file.path not in missing]
        placer.settle(done)
        if not done and self._damage is not None:
            raise self._damage
        return done

    def refuse(self, file: StoredFile, error: OSError) -> None:
        """Warn of a file that can't be put in its place."""
        self._missing.append(file)
        reason = os.strerror(error.errno or 0)
        self._bridge.warn(message(N_("{path} can't be put there: {reason}"), path=file.path, reason=reason))

    def _alone(self, placer: Placer, file: StoredFile) -> bool:
        """Restore one file; tell whether it was. What goes wrong with it alone is warned of."""
        try:
            return self._one(placer, file)
        except DamagedArchive as error:
            self._damage = error
            self._bridge.warn(message(N_("{path} is damaged in the backup and was not restored."), path=file.path))
        except OSError as error:
            if not is_of_the_place(error):
                raise
            self.refuse(file, error)
        return False

    def _one(self, placer: Placer, file: StoredFile) -> bool:
        self._bridge.advance(0)
        if file.folder:
            placer.make_folder(file)
            return True
        if placer.occupied(file.path):
            self._bridge.advance(file.size)
            self._left += 1
            if self._left <= _NAMED:
                self._bridge.warn(message(N_("{path} exists already and was left as it is."), path=file.path))
            return False
        if file.link:
            if not (made := placer.link(file)):
                self._escapes(file)
            return made
        self._telling.started(file.path, file.size)
        expected = file if file.blake3 else None

        def fill(sink: BinaryIO) -> None:
            self._reader.read(member_of(file), sink, reporter=self._bridge, expected=expected)

        placer.put(file, fill)
        return True

    def _escapes(self, file: StoredFile) -> None:
        self._missing.append(file)
        text = N_("{path} is a link to {target}, which lies outside the folder, and was not restored.")
        self._bridge.warn(message(text, path=file.path, target=file.link))
