"""Restore of files into a folder.

The promise: nothing is written outside the folder, and each file is restored completely or not at all (`file_extractor`).
Files that exist already stay unless the plan replaces them. A file that can't be restored is named in a warning, and the others
are restored.
"""

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
from hctui.destinations import FolderDestination
from hctui.disk.errors import writing
from hctui.disk.paths import printable
from hctui.errors import DamagedArchive, HostileArchive, NothingToDo, PartMissing
from hctui.events import Event, FilesDone
from hctui.messages import N_, message, plural
from hctui.model import StoredFile
from hctui.operations.file_extractor import FileExtractor, concerns_one_path
from hctui.operations.files_backup import FileProgress, member_of
from hctui.operations.infer_manifest import RegisteredDatabases, unsafe
from hctui.operations.progress import OperationReporter, run_in_thread
from hctui.operations.show import foreign_files
from hctui.operations.sources import ArchiveSource, open_archive
from hctui.plans import FilesRestorePlan

OPERATION = "files-restore"
_NAMED = 20
"""Existing files that are named one by one; more are counted."""


async def files_restore(
    plan: FilesRestorePlan, configuration: Configuration, password: str | None
) -> AsyncGenerator[Event, None]:
    """Restore files into a folder; existing files stay unless the plan replaces them. Raises `HctuiError`."""
    async with aclosing(run_in_thread(partial(_restore, plan, password))) as events:
        async for event in events:
            yield event


def matching(files: Iterable[StoredFile], only: tuple[str, ...]) -> tuple[StoredFile, ...]:
    """Return the files whose path, or a folder above it, matches one of the globs, with the folders they are in.

    Without globs return all files.
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


def _restore(plan: FilesRestorePlan, password: str | None, reporter: OperationReporter) -> FilesDone:
    with open_archive(plan.file, password) as reader:
        chosen = matching(_checked_files(plan, reader), plan.only)
        if not chosen:
            raise NothingToDo(reason=N_("no file in the backup matches."))
        total = sum(file.size for file in chosen)
        target = FolderDestination(plan.destination)
        target.check()
        staying = () if plan.replace else (file for file in chosen if os.path.lexists(plan.destination / file.path))
        target.require_space(total - sum(file.size for file in staying))
        reporter.start(OPERATION, (), (), total)
        restore = _FilesRestore(reader, reporter)
        with (
            reporter.phase(total),
            FileExtractor(plan.destination, replace=plan.replace, refused=restore.warn_refused) as extractor,
            writing(plan.destination),
        ):
            restored = restore.run(extractor, chosen)
    reporter.finish()
    size = sum(file.size for file in restored)
    seconds, warnings, advice = reporter.seconds(), tuple(reporter.warnings), tuple(reporter.advice)
    return FilesDone(
        plan.destination, len(restored), size, reader.size,
        operation=OPERATION, seconds=seconds, warnings=warnings, advice=advice,
    )  # fmt: skip


def _checked_files(plan: FilesRestorePlan, reader: ArchiveReader) -> tuple[StoredFile, ...]:
    """Return the files of the backup after checking every path. Raises `HostileArchive`, `PartMissing`, `NothingToDo`."""
    source = ArchiveSource(reader, RegisteredDatabases())
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


class _FilesRestore:
    """One restore: folders and files first, links last, so that nothing is written through a link."""

    def __init__(self, reader: ArchiveReader, reporter: OperationReporter) -> None:
        self._reader = reader
        self._reporter = reporter
        self._progress = FileProgress(reporter)
        self._damage: DamagedArchive | None = None
        self._existing = 0
        self._missing: list[StoredFile] = []

    def run(self, extractor: FileExtractor, files: Iterable[StoredFile]) -> list[StoredFile]:
        """Restore `files`; return the restored ones without folders. Raises `DamagedArchive` where all are damaged."""
        ordered = sorted(files, key=lambda file: bool(file.link))
        restored = [file for file in ordered if self._restore_or_warn(extractor, file)]
        if self._existing > _NAMED:
            one = N_("{count} more file exists already and was left as it is.")
            many = N_("{count} more files exist already and were left as they are.")
            self._reporter.warn(plural(one, many, self._existing - _NAMED))
        for file in extractor.finish():
            self._warn_escaping(file)
        missing = {file.path for file in self._missing}
        done = [file for file in restored if not file.folder and file.path not in missing]
        extractor.sync_names(done)
        if not done and self._damage is not None:
            raise self._damage
        return done

    def warn_refused(self, file: StoredFile, error: OSError) -> None:
        """Warn of a file that can't be written at its path."""
        self._missing.append(file)
        reason = os.strerror(error.errno or 0)
        self._reporter.warn(message(N_("{path} can't be put there: {reason}"), path=file.path, reason=reason))

    def _restore_or_warn(self, extractor: FileExtractor, file: StoredFile) -> bool:
        """Restore one file and return whether it was; warn of a problem that concerns only this file."""
        try:
            return self._restore_file(extractor, file)
        except DamagedArchive as error:
            self._damage = error
            self._reporter.warn(message(N_("{path} is damaged in the backup and was not restored."), path=file.path))
        except OSError as error:
            if not concerns_one_path(error):
                raise
            self.warn_refused(file, error)
        return False

    def _restore_file(self, extractor: FileExtractor, file: StoredFile) -> bool:
        self._reporter.advance(0)
        if file.folder:
            extractor.make_folder(file)
            return True
        if extractor.is_kept(file.path):
            self._reporter.advance(file.size)
            self._existing += 1
            if self._existing <= _NAMED:
                self._reporter.warn(message(N_("{path} exists already and was left as it is."), path=file.path))
            return False
        if file.link:
            if not (made := extractor.make_link(file)):
                self._warn_escaping(file)
            return made
        self._progress.started(file.path, file.size)
        expected = file if file.blake3 else None

        def fill(sink: BinaryIO) -> None:
            self._reader.read(member_of(file), sink, reporter=self._reporter, expected=expected)

        extractor.write_file(file, fill)
        return True

    def _warn_escaping(self, file: StoredFile) -> None:
        self._missing.append(file)
        text = N_("{path} is a link to {target}, which lies outside the folder, and was not restored.")
        self._reporter.warn(message(text, path=file.path, target=file.link))
