"""The list of existing backups, the last backup of a database, and the deletion of a backup."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.destinations import FolderDestination
from hctui.disk.errors import reading
from hctui.disk.paths import printable
from hctui.errors import DestinationError, HctuiError, NotABackup, ReadFailed
from hctui.messages import N_
from hctui.model import BACKUP_SUFFIX, MANIFEST_NAME, README_NAME, Consistency, Manifest
from hctui.operations import history
from hctui.operations.history import History
from hctui.operations.names import default_name
from hctui.operations.results import BackupSummary

__all__ = ["default_name", "delete_backup", "existing_backups", "last_backup", "require_backup", "summary"]


def existing_backups(folder: Path) -> tuple[BackupSummary, ...]:
    """Return the backups in `folder`, newest first; one that can't be read has a `problem`. Raises `ReadFailed`."""
    known = history.load()
    destination = FolderDestination(folder)
    names = [file.name for file in destination.list() if Path(file.name).suffix.lower() == BACKUP_SUFFIX]
    found = [summary(destination.path_of(name), known) for name in names]
    return tuple(sorted(found, key=lambda each: (each.created, each.file), reverse=True))


def summary(file: Path, known: History | None = None) -> BackupSummary:
    """Return what can be read of a backup without its password. Raises `ReadFailed` where there is no file."""
    with reading(file):
        status = file.stat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC).astimezone()
    verified = (known or history.load()).verified_at(file)
    try:
        with ArchiveReader(file) as reader:
            aliases, files = _contents_by_names(reader)
            manifest = None if reader.needs_password else reader.manifest()
            encryption = reader.encryption
    except HctuiError as error:
        return BackupSummary(file, status.st_size, modified, problem=error.message)
    if manifest is None:
        return BackupSummary(file, status.st_size, modified, aliases, encryption, verified=verified, files=files)
    aliases = tuple(database.alias for database in manifest.databases)
    weakest = _weakest(manifest)
    created = manifest.created if manifest.created.tzinfo else modified
    return BackupSummary(file, status.st_size, created, aliases, encryption, weakest, verified, len(manifest.files))


def last_backup(configuration: Configuration, alias: str) -> tuple[datetime, Path] | None:
    """Return time and path of the last backup of a database; a file on a disk that is not connected now counts too."""
    made = history.load().made.get(alias)
    if made is not None and not _is_deleted(Path(made.file)):
        return made.created, Path(made.file)
    return _newest(_readable(configuration.destination), alias)


def delete_backup(file: Path) -> None:
    """Delete a backup. Raises `NotABackup` for any other file, `NotWritable`, `ReadFailed`, `WriteFailed`."""
    require_backup(file)
    FolderDestination(file.parent).delete(file.name)
    history.forget(file)


def require_backup(file: Path) -> None:
    """Raise `NotABackup` for a file that is not deleted: no regular file, or of another suffix. Raises `ReadFailed`."""
    with reading(file):
        regular = stat.S_ISREG(file.lstat().st_mode)
    if not regular or file.suffix.lower() != BACKUP_SUFFIX:
        raise NotABackup(path=printable(file), reason=N_("it is not a file that ends in .bkb."))


def _is_deleted(file: Path) -> bool:
    """Return whether a backup was deleted: its folder is there, and the file is not."""
    try:
        return FolderDestination(file.parent).stat(file.name) is None
    except DestinationError:
        return False


def _contents_by_names(reader: ArchiveReader) -> tuple[tuple[str, ...], int]:
    """Return the databases in a backup without a readable manifest, or, in a files backup, the number of files."""
    members = [member for member in reader.members() if member.name not in (MANIFEST_NAME, README_NAME)]
    if any(member.folder or "/" not in member.name for member in members):
        return (), len(members)
    return tuple(dict.fromkeys(member.name.partition("/")[0] for member in members)), 0


def _readable(folder: Path | None) -> tuple[BackupSummary, ...]:
    try:
        return existing_backups(folder) if folder else ()
    except ReadFailed:
        return ()


def _newest(backups: Iterable[BackupSummary], alias: str) -> tuple[datetime, Path] | None:
    return next(((each.created, each.file) for each in backups if alias in each.aliases and not each.problem), None)


def _weakest(manifest: Manifest) -> Consistency | None:
    found = {database.consistency for database in manifest.databases}
    return Consistency.PER_TABLE if Consistency.PER_TABLE in found else next(iter(found), None)
