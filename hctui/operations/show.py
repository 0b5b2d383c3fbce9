"""The contents of a backup, read from its directory and manifest alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hctui.archive import ArchiveReader, MemberInfo
from hctui.disk.errors import reading
from hctui.model import Encryption, StoredFile
from hctui.operations import history
from hctui.operations.folder_source import FolderSource
from hctui.operations.infer_manifest import RegisteredDatabases
from hctui.operations.results import Contents
from hctui.operations.sources import ArchiveSource

_LONGEST_TARGET = 4096
"""Bytes of the target of a link."""


def show(
    file: Path, password: str | None, *, unpacked: bool = False, registered: RegisteredDatabases | None = None
) -> Contents:
    """Return the contents of `file`; for an encrypted one without its password, only what names of members show.

    `registered` supplies what a backup without a manifest does not state. Raises leaves of `ArchiveError`, `DestinationError`.
    """
    known = registered or RegisteredDatabases()
    return _show_folder(file, known) if unpacked else _show_file(file, password, known)


def missing_password(file: Path, password: str | None) -> Encryption | None:
    """Return the encryption of `file` where it needs a password and none is given, else None; check a given password.

    Raises `WrongPassword` and other leaves of `ArchiveError`.
    """
    with ArchiveReader(file, password=password) as reader:
        if password is not None:
            reader.check_password()
        return reader.encryption if reader.needs_password and password is None else None


def _show_file(file: Path, password: str | None, registered: RegisteredDatabases) -> Contents:
    with ArchiveReader(file, password=password) as reader:
        locked = reader.needs_password and password is None
        if reader.needs_password and not locked:
            reader.check_password()
        source = ArchiveSource(reader, registered, locked=locked)
        manifest, members = source.manifest, source.members.values()
        files = manifest.files if manifest else ()
        return Contents(
            file=file,
            size=reader.size,
            created=manifest.created if manifest else _modified(file),
            encryption=reader.encryption,
            needs_password=locked,
            manifest=manifest,
            databases=source.databases,
            files=files or (() if manifest or source.databases else foreign_files(source)),
            members=len(source.members),
            data_size=sum(member.size for member in members),
            verified=history.load().verified_at(file),
        )


def foreign_files(source: ArchiveSource) -> tuple[StoredFile, ...]:
    """Return the members of a ZIP without a manifest as files that can be restored. Raises leaves of `ArchiveError`."""
    return tuple(_foreign_file(source, member) for member in source.members.values())


def _foreign_file(source: ArchiveSource, member: MemberInfo) -> StoredFile:
    target = b""
    if member.link and not source.locked:
        target = source.reader.read_bytes(member.name, _LONGEST_TARGET)
    return StoredFile(
        path=member.name.rstrip("/"),
        size=member.size,
        modified=member.modified,
        mode=member.mode or (0o700 if member.folder else 0o600),
        link=target.decode(errors="replace"),
        folder=member.folder,
        member=member.name,
    )


def _show_folder(folder: Path, registered: RegisteredDatabases) -> Contents:
    source = FolderSource(folder, registered)
    parts = [part for database in source.databases for part in database.parts]
    size = sum(part.size for part in parts)
    return Contents(
        file=folder,
        size=size,
        created=source.manifest.created if source.manifest else _modified(folder),
        encryption=None,
        needs_password=False,
        manifest=source.manifest,
        databases=source.databases,
        files=source.manifest.files if source.manifest else (),
        members=len(parts),
        data_size=size,
        verified=None,
    )


def _modified(path: Path) -> datetime:
    with reading(path):
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone()
