"""Who else has a database open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from hctui.databases.sqlite.connection import SIDE_SUFFIXES
from hctui.model import Session

_LOCKS = Path("/proc/locks")


def sessions_of(database: Path) -> tuple[Session, ...]:
    """Return the processes, ours apart, that have `database` or a file that SQLite keeps beside it open, or locked.

    Without root the open files of other users' processes can't be seen; on Linux their locks can.
    """
    holders: dict[int, str] = {}
    files = {_identity(path): path for path in (database, *(Path(f"{database}{suffix}") for suffix in SIDE_SUFFIXES))}
    files.pop(None, None)
    found = _linux_holders(files) if sys.platform == "linux" else _other_holders({str(path) for path in files.values()})
    for process, path in found:
        if process != os.getpid():
            holders.setdefault(process, path)
    return tuple(_session(process, path) for process, path in sorted(holders.items()))


def named(sessions: tuple[Session, ...]) -> str:
    """Return the sessions as they are named in a sentence: `python3 (4711, maria), sqlite3 (4712, root)`."""
    return ", ".join(f"{each.program} ({', '.join(filter(None, (str(each.process or ''), each.user)))})" for each in sessions)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _linux_holders(files: dict[tuple[int, int] | None, Path]) -> Iterator[tuple[int, str]]:
    """Yield (process, path). The inode is compared, so links, bind mounts and containers are seen through."""
    for process in filter(str.isdigit, os.listdir("/proc")):
        folder = f"/proc/{process}/fd"
        try:
            descriptors = os.listdir(folder)
        except OSError:
            continue
        for descriptor in descriptors:
            path = files.get(_identity(Path(folder, descriptor)))
            if path is not None:
                yield int(process), str(path)
                break
    yield from _lock_holders(files)


def _lock_holders(files: dict[tuple[int, int] | None, Path]) -> Iterator[tuple[int, str]]:
    """Yield who holds a lock: `1: POSIX ADVISORY READ 4711 fe:00:1234 0 EOF`."""
    try:
        lines = _LOCKS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        words = [word for word in line.split() if word != "->"]
        place = words[5].split(":")
        if len(place) != 3:  # a lock whose file is gone: `<none>:0`
            continue
        major, minor, inode = place
        path = files.get((os.makedev(int(major, 16), int(minor, 16)), int(inode)))
        if path is not None and int(words[4]) > 0:
            yield int(words[4]), str(path)


def _other_holders(paths: set[str]) -> Iterator[tuple[int, str]]:
    for process in psutil.process_iter():
        try:
            yield from ((process.pid, file.path) for file in process.open_files() if file.path in paths)
        except psutil.Error:
            continue


def _session(process: int, path: str) -> Session:
    try:
        program = psutil.Process(process)
        with program.oneshot():
            return Session(program.name(), program.username(), process, doing=path)
    except psutil.Error:
        return Session("?", process=process, doing=path)
