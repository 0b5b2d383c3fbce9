"""Who has files open: what this machine can tell of programs that use a database made of files.

On Linux `/proc` tells descriptors, memory maps and locks; elsewhere psutil asks the system. The open files of other users'
programs are invisible without root, their locks are not; programs on other machines that reach the files over a network can't
be seen at all.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hctui.model import Session

OWN_FOLDERS = "/.hctui-"
"""In a path: a folder that hctui itself made and works in."""
_DELETED = " (deleted)"
_LOCKS = Path("/proc/locks")
_SHARED_FOR_WRITING = re.compile(rb"^\S+ .w.s \S+ \S+ \S+ +(/.*)$", re.MULTILINE)
"""In a process's maps: address, permissions, offset, device, inode and path of what is shared and may be written to."""

Identity = tuple[int, int]
"""Device and inode: the same file under whatever name, in whatever container."""


class _Wanted:
    """The files that are looked for."""

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
        """Return the name of what a program has open, as it is known here; None where it is none of the files."""
        if identity is not None and identity in self._known:
            return self._known[identity]
        if path in self._files:
            return path
        path = path.removesuffix(_DELETED)
        below = path.startswith(self._folders) and OWN_FOLDERS not in path
        return path if below and not os.path.isdir(path) else None


def open_files(locations: Sequence[Path]) -> tuple[Session, ...]:
    """Return the other programs that have one of these files open or locked, or a file below one of these folders.

    One session for each program, `doing` being the first file; this process and hctui's own working folders are left out.
    """
    wanted = _Wanted(locations)
    seen: dict[int, str] = {}
    for process, path, identity in _linux() if sys.platform == "linux" else _elsewhere():
        if process not in seen and process != os.getpid() and (name := wanted.name(path, identity)) is not None:
            seen[process] = name
    return tuple(_session(process, seen[process]) for process in sorted(seen))


def named(sessions: Iterable[Session]) -> str:
    """Return the sessions as they are named in a sentence: `python3 (maria, 4711), sqlite3 (root, 4712)`."""
    return ", ".join(
        f"{each.program} ({', '.join(str(part) for part in (each.user, each.process) if part)})" for each in sessions
    )


def mapped_for_writing(folder: Path) -> tuple[Session, ...]:
    """Return the other programs that write to files below a folder through memory, which leaves no trace in their times.

    Only Linux tells; elsewhere nobody is found.
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
    # A process that ends while it is looked at, and one of another user: nothing can be told of it.
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                path = os.readlink(entry.path)
                if path.startswith("/"):
                    yield path, _identity(entry.path)


def _maps(process: int) -> Iterable[tuple[str, Identity]]:
    """Return the files that a process has mapped."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as lines:
        fields = (line.rstrip(b"\n").split(maxsplit=5) for line in lines if b"/" in line)
        return {(os.fsdecode(each[5]), _numbered(each[3].decode(), each[4].decode())) for each in fields}
    return ()


def _written_through_memory(process: int) -> Iterable[str]:
    """Return the files that a process has mapped so that what it writes there is written to them."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as maps:
        return {os.fsdecode(path) for path in _SHARED_FOR_WRITING.findall(maps.read())}
    return ()


def _locks() -> Iterator[tuple[int, str, Identity | None]]:
    """Yield who holds a lock: `1: POSIX ADVISORY READ 4711 fe:00:1234 0 EOF`."""
    with contextlib.suppress(OSError):
        for line in _LOCKS.read_text().splitlines():
            words = [word for word in line.split() if word != "->"]
            device, _, inode = words[5].rpartition(":")
            if ":" in device and int(words[4]) > 0:  # otherwise the file is gone, `<none>:0`, or the holder is in no process
                yield int(words[4]), "", _numbered(device, inode)


def _numbered(device: str, inode: str) -> Identity:
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
    return Session(_shown(program), _shown(user), process, doing=_shown(path))


def _shown(text: str) -> str:
    """Return text that can be stored as UTF-8, whatever bytes a name is made of."""
    return os.fsencode(text).decode(errors="replace")
