"""Going through chosen files and folders: what is there, under which names it is stored, and what can't be."""

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
from hctui.operations.progress import Bridge

_PSEUDO = frozenset(("proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "devfs"))
"""File systems that hold no files of anybody's."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN = " !#$&'()+,;=@[]{}^`~"
"""Signs that stay as they are in a member's name that has to be spelled otherwise."""


class Found(Struct, frozen=True):
    """One file, folder or link on its way into a backup."""

    path: str
    """Where it is, as the system has it."""
    stored: StoredFile


class MemberNames:
    """Gives every path a member's name of its own: the path itself wherever that can be one."""

    def __init__(self) -> None:
        self._taken = {MANIFEST_NAME, README_NAME}
        self._texts: set[str] = set()

    def text(self, path: str) -> str:
        """Return `path` as UTF-8 text of its own; what is no UTF-8 was most likely written in Latin-1."""
        plain = _latin(path)
        numbered = (f"{plain}~{number}" for number in count(2))
        found = next(each for each in chain((plain,), numbered) if each not in self._texts)
        self._texts.add(found)
        return found

    def claim(self, path: str) -> str:
        """Return the name for `path`, which ends in `/` for a folder."""
        escaped = "/".join(quote(each, safe=_PLAIN) for each in path.split("/"))
        hashed = f"{MANIFEST_NAME}.files/{blake3(path.encode()).hexdigest()}" + "/" * path.endswith("/")
        for name in (path, escaped, hashed):
            normal = normal_name(name)
            if name_defect(normal) is None and normal not in self._taken:
                self._taken.add(normal)
                return normal
        raise AssertionError("two paths with one BLAKE3")


def walk(paths: Sequence[Path], excluded: Path, bridge: Bridge) -> Iterator[Found]:
    """Yield what the chosen paths hold, folders before what is in them; what can't be stored is warned of by name.

    Stored paths start at the folder that all chosen ones share. `excluded` is the backup itself. Raises `ReadFailed` for
    a chosen path that is not there.
    """
    chosen = _outermost(paths)
    base = os.path.commonpath([os.path.dirname(path) for path in chosen])
    names = MemberNames()
    ours = {str(excluded), f"{excluded}.part"}
    for path in chosen:
        with reading(path):
            os.lstat(path)
        yield from _walk(path, base, names, ours, bridge)


def _walk(start: str, base: str, names: MemberNames, ours: set[str], bridge: Bridge) -> Iterator[Found]:
    waiting = [start]
    own_names = {os.path.basename(path) for path in ours}
    pseudo = _made_up_places()
    while waiting:
        bridge.advance(0)
        path = waiting.pop()
        if os.path.basename(path) in own_names and os.path.realpath(path) in ours:
            continue
        if path in pseudo:
            report = bridge.warn if path == start else bridge.advise  # it holds no files of anybody's, so nothing is lost
            report(message(N_("{path} is made up by the system, and was left out."), path=printable(path)))
            continue
        try:
            status = os.lstat(path)
            stored = _describe(path, status, os.path.relpath(path, base), names, bridge)
            if stat.S_ISDIR(status.st_mode):
                waiting += sorted((entry.path for entry in os.scandir(path)), reverse=True)
        except OSError as error:
            bridge.warn(read_error(error, path).message)
            continue
        if stored is not None:
            yield Found(path, stored)


def _made_up_places() -> set[str]:
    """Return where file systems are mounted that hold no files of anybody's."""
    import psutil

    return {mount.mountpoint for mount in psutil.disk_partitions(all=True) if mount.fstype in _PSEUDO}


def _describe(path: str, status: os.stat_result, relative: str, names: MemberNames, bridge: Bridge) -> StoredFile | None:
    mode = status.st_mode
    if relative == ".":
        return None
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
        report = bridge.advise if stat.S_ISSOCK(mode) else bridge.warn  # the program that opens a socket makes it anew
        report(message(N_("{path} is neither a file, a folder nor a link, and was left out."), path=printable(path)))
        return None
    named = names.text(relative)
    if named != relative:
        bridge.warn(
            message(N_("{path}: this name is no UTF-8 text; it is stored as {stored}."), path=printable(path), stored=named)
        )
    folder = stat.S_ISDIR(mode)
    member = names.claim(named + "/" if folder else named)
    return StoredFile(
        path=named,
        size=status.st_size if stat.S_ISREG(mode) else 0,
        modified=_moment(status.st_mtime_ns),
        mode=stat.S_IMODE(mode),
        link=_latin(os.readlink(path)) if stat.S_ISLNK(mode) else "",
        folder=folder,
        member="" if member == named else member,
    )


def _moment(nanoseconds: int) -> datetime | None:
    """Return a file's time to the microsecond; None for one that no calendar holds."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return None


def _latin(path: str) -> str:
    return os.fsencode(path).decode("cp1252", errors="replace") if printable(path) != path else path


def _outermost(paths: Sequence[Path]) -> list[str]:
    """Return the chosen paths without those that lie in another chosen one, absolute and without `..`."""
    plain = sorted({os.path.abspath(path.expanduser()) for path in paths})
    kept: list[str] = []
    for path in plain:
        if not any(path == each or path.startswith(each.rstrip("/") + "/") for each in kept):
            kept.append(path)
    return kept
