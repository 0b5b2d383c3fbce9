"""The scan of chosen files and folders for a files backup, and the names under which they are stored.

The promise: every file gets a member name of its own, and every file that can't be stored is named in a warning.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote

from blake3 import blake3
from msgspec import Struct

from hctui.archive.members import name_defect, normal_name
from hctui.disk.errors import read_error, reading
from hctui.disk.paths import printable
from hctui.messages import N_, message
from hctui.model import MANIFEST_NAME, README_NAME, StoredFile
from hctui.operations.progress import OperationReporter

_PSEUDO = frozenset(("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "devfs"))
"""File systems whose files the kernel generates."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNESCAPED = " !#$&'()+,;=@[]{}^`~"
"""Characters that stay as they are in a member's name that must be escaped."""


class ScannedFile(Struct, frozen=True):
    """A file, folder or link that was found."""

    path: str
    """On the disk, with surrogate escapes where the name is no UTF-8 text."""
    stored: StoredFile


class MemberNames:
    """Gives every path a unique member name, which is the path itself where possible."""

    def __init__(self) -> None:
        self._members = {MANIFEST_NAME, README_NAME}
        self._texts: set[str] = set()

    def unique_text(self, path: str) -> str:
        """Return `path` as unique UTF-8 text; a name that is no UTF-8 is read as Windows-1252, its most likely encoding."""
        plain = _as_text(path)
        numbered = (f"{plain}~{number}" for number in count(2))
        text = next(each for each in chain((plain,), numbered) if each not in self._texts)
        self._texts.add(text)
        return text

    def unique_member(self, path: str) -> str:
        """Return the member name for `path`, which ends in `/` for a folder."""
        escaped = "/".join(quote(each, safe=_UNESCAPED) for each in path.split("/"))
        hashed = f"{MANIFEST_NAME}.files/{blake3(path.encode()).hexdigest()}" + "/" * path.endswith("/")
        for name in (path, escaped, hashed):
            normal = normal_name(name)
            if name_defect(normal) is None and normal not in self._members:
                self._members.add(normal)
                return normal
        raise AssertionError("two paths with one BLAKE3")


def scan_files(paths: Sequence[Path], excluded: Path, reporter: OperationReporter) -> Iterator[ScannedFile]:
    """Yield the files, folders and links in the chosen paths, a folder before its content; warn of those that can't be stored.

    Stored paths are relative to the folder that all chosen paths are in. `excluded` is the backup itself. Raises `ReadFailed`
    for a chosen path that does not exist.
    """
    chosen = _outermost(paths)
    base = os.path.commonpath([os.path.dirname(path) for path in chosen])
    names = MemberNames()
    own_files = {str(excluded), f"{excluded}.part"}
    for path in chosen:
        with reading(path):
            os.lstat(path)
        yield from _scan(path, base, names, own_files, reporter)


def _scan(start: str, base: str, names: MemberNames, own_files: set[str], reporter: OperationReporter) -> Iterator[ScannedFile]:
    remaining = [start]
    own_names = {os.path.basename(path) for path in own_files}
    pseudo = _pseudo_mounts()
    while remaining:
        reporter.advance(0)
        path = remaining.pop()
        if os.path.basename(path) in own_names and os.path.realpath(path) in own_files:
            continue
        if path in pseudo:
            report = reporter.warn if path == start else reporter.advise  # it holds no files of anybody's, so nothing is lost
            report(message(N_("{path} is made up by the system, and was left out."), path=printable(path)))
            continue
        try:
            status = os.lstat(path)
            stored = _describe(path, status, os.path.relpath(path, base), names, reporter)
            if stat.S_ISDIR(status.st_mode):
                remaining += sorted((entry.path for entry in os.scandir(path)), reverse=True)
        except OSError as error:
            reporter.warn(read_error(error, path).message)
            continue
        if stored is not None:
            yield ScannedFile(path, stored)


def _pseudo_mounts() -> set[str]:
    """Return the mount points of file systems whose files the kernel generates."""
    import psutil

    return {mount.mountpoint for mount in psutil.disk_partitions(all=True) if mount.fstype in _PSEUDO}


def _describe(
    path: str, status: os.stat_result, relative: str, names: MemberNames, reporter: OperationReporter
) -> StoredFile | None:
    mode = status.st_mode
    if relative == ".":
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        report = reporter.advise if stat.S_ISSOCK(mode) else reporter.warn  # the program that opens a socket makes it anew
        report(message(N_("{path} is neither a file, a folder nor a link, and was left out."), path=printable(path)))
        return None
    named = names.unique_text(relative)
    if named != relative:
        reporter.warn(
            message(N_("{path}: this name is no UTF-8 text; it is stored as {stored}."), path=printable(path), stored=named)
        )
    folder = stat.S_ISDIR(mode)
    member = names.unique_member(named + "/" if folder else named)
    return StoredFile(
        path=named,
        size=status.st_size if stat.S_ISREG(mode) else 0,
        modified=_moment(status.st_mtime_ns),
        mode=stat.S_IMODE(mode),
        link=_as_text(os.readlink(path)) if stat.S_ISLNK(mode) else "",
        folder=folder,
        member="" if member == named else member,
    )


def _moment(nanoseconds: int) -> datetime | None:
    """Return a file's time to the microsecond; None where `datetime` can't represent it."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None


def _as_text(path: str) -> str:
    return os.fsencode(path).decode("cp1252", errors="replace") if printable(path) != path else path


def _outermost(paths: Sequence[Path]) -> list[str]:
    """Return the chosen paths, absolute and without `..`, except those that are in another chosen path."""
    plain = sorted({os.path.abspath(path.expanduser()) for path in paths})
    kept: list[str] = []
    for path in plain:
        if not any(path == each or path.startswith(each.rstrip("/") + "/") for each in kept):
            kept.append(path)
    return kept
