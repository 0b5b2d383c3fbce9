"""The other programs of this machine that have files of a database open.

On Linux they are found in `/proc` by descriptors, memory maps and locks; elsewhere psutil asks the system. Without root the
open files of other users' programs are invisible, but their locks are not. Programs on other machines, which reach the files
over a network, are never found.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hctui.disk.paths import printable
from hctui.model import Session

OWN_FOLDERS = "/.hctui-"
"""Part of the path of a working folder of hctui."""
_DELETED = " (deleted)"
_LOCKS = Path("/proc/locks")
_SHARED_FOR_WRITING = re.compile(rb"^\S+ .w.s \S+ \S+ \S+ +(/.*)$", re.MULTILINE)
"""A line of a process's memory maps (address, permissions, offset, device, inode, path) that is shared and writable."""

Identity = tuple[int, int]
"""Device and inode, which a file has under each of its names and in each container."""


class _WantedFiles:
    """The files that are searched for."""

    def __init__(self, locations: Sequence[Path]) -> None:
        paths = [os.path.realpath(location) for location in locations]
        self._folders = tuple(f"{path.rstrip('/')}/" for path in paths if os.path.isdir(path))
        self._files = frozenset(path for path in paths if not os.path.isdir(path))
        self._known = {identity: path for path in self._files if (identity := _identity(path)) is not None}
        for folder in self._folders:
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                found = ((each, _identity(each.path)) for each in entries if each.is_file(follow_symlinks=False))
                self._known |= {identity: each.path for each, identity in found if identity is not None}

    def name(self, path: str, identity: Identity | None) -> str | None:
        """Return the name, as it is known here, of a file that a program has open; None if it is not one of the files."""
        if identity is not None and identity in self._known:
            return self._known[identity]
        if path in self._files:
            return path
        path = path.removesuffix(_DELETED)
        below = path.startswith(self._folders) and OWN_FOLDERS not in path
        return path if below and not os.path.isdir(path) else None


def open_files(locations: Sequence[Path]) -> tuple[Session, ...]:
    """Return the other programs that have one of these files open or locked, or a file below one of these folders.

    Each program is one session, whose `doing` is its first file. This process and hctui's working folders are left out.
    """
    wanted = _WantedFiles(locations)
    seen: dict[int, str] = {}
    for process, path, identity in _linux() if sys.platform == "linux" else _elsewhere():
        if process not in seen and process != os.getpid() and (name := wanted.name(path, identity)) is not None:
            seen[process] = name
    return tuple(_session(process, seen[process]) for process in sorted(seen))


def named(sessions: Iterable[Session]) -> str:
    """Return the sessions as text for a sentence: `python3 (maria, 4711), sqlite3 (root, 4712)`."""
    return ", ".join(
        f"{each.program} ({', '.join(str(part) for part in (each.user, each.process) if part)})" for each in sessions
    )


def mapped_for_writing(folder: Path) -> tuple[Session, ...]:
    """Return the other programs that have files below a folder mapped to memory for writing, which may not change their times.

    They are found on Linux only.
    """
    below = os.path.realpath(folder).rstrip("/") + "/"
    seen: dict[int, Session] = {}
    for process in _processes() if sys.platform == "linux" else ():
        for path in _written_through_memory(process):
            if process != os.getpid() and path.startswith(below) and OWN_FOLDERS not in path:
                seen.setdefault(process, _session(process, path))
    return tuple(seen.values())


def _identity(path: str) -> Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _linux() -> Iterator[tuple[int, str, Identity | None]]:
    for process in _processes():
        for path, identity in (*_descriptors(process), *_maps(process)):
            yield process, path, identity
    yield from _locks()


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _descriptors(process: int) -> Iterator[tuple[str, Identity | None]]:
    # Nothing is known of a process that ends meanwhile, or that belongs to another user.
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                path = os.readlink(entry.path)
                if path.startswith("/"):
                    yield path, _identity(entry.path)


def _maps(process: int) -> Iterable[tuple[str, Identity]]:
    """Return the files that a process has mapped to memory."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as lines:
        fields = (line.rstrip(b"\n").split(maxsplit=5) for line in lines if b"/" in line)
        return {(os.fsdecode(each[5]), _identity_of(each[3].decode(), each[4].decode())) for each in fields}
    return ()


def _written_through_memory(process: int) -> Iterable[str]:
    """Return the files that a process has mapped to memory for writing."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as maps:
        return {os.fsdecode(path) for path in _SHARED_FOR_WRITING.findall(maps.read())}
    return ()


def _locks() -> Iterator[tuple[int, str, Identity | None]]:
    """Yield the holder and the file of each lock; a line is `1: POSIX ADVISORY READ 4711 fe:00:1234 0 EOF`."""
    with contextlib.suppress(OSError):
        for line in _LOCKS.read_text().splitlines():
            words = [word for word in line.split() if word != "->"]
            device, _, inode = words[5].rpartition(":")
            if ":" in device and int(words[4]) > 0:  # else the file was deleted (`<none>:0`) or no process holds the lock
                yield int(words[4]), "", _identity_of(device, inode)


def _identity_of(device: str, inode: str) -> Identity:
    major, minor = device.split(":")
    return os.makedev(int(major, 16), int(minor, 16)), int(inode)


def _elsewhere() -> Iterator[tuple[int, str, Identity | None]]:
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for file in process.open_files():
                yield process.pid, file.path, None


def _session(process: int, path: str) -> Session:
    import psutil

    program, user = f"#{process}", ""
    with contextlib.suppress(psutil.Error, KeyError):
        found = psutil.Process(process)
        program = found.name()
        user = found.username()
    return Session(printable(program), printable(user), process, doing=printable(path))
