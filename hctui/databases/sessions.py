"""Who has files open: what this machine can tell of programs that use a database made of files.

On Linux `/proc` tells descriptors and memory maps; elsewhere psutil asks the system. Programs of other users are invisible
without root, and so are programs on other machines that reach the files over a network.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hctui.model import Session

OWN_FOLDERS = "/.hctui-"
"""In a path: a folder that hctui itself made and works in."""
_DELETED = " (deleted)"


def open_files(locations: Sequence[Path]) -> tuple[Session, ...]:
    """Return the other programs that have one of these files open, or a file below one of these folders.

    One session for each program, `doing` being the first file; this process and hctui's own working folders are left out.
    """
    wanted = tuple(os.path.realpath(location) for location in locations)
    folders = tuple(f"{path.rstrip('/')}/" for path in wanted if os.path.isdir(path))
    files = frozenset(path for path in wanted if not os.path.isdir(path))
    found = _linux() if sys.platform == "linux" else _elsewhere()
    seen: dict[int, Session] = {}
    for process, path in found:
        if process in seen or process == os.getpid() or OWN_FOLDERS in path:
            continue
        if path in files or (path.startswith(folders) and not os.path.isdir(path)):
            seen[process] = _session(process, path)
    return tuple(seen.values())


def mapped_for_writing(folder: Path) -> tuple[Session, ...]:
    """Return the other programs that write to files below a folder through memory, which leaves no trace in their times.

    Only Linux tells; elsewhere nobody is found.
    """
    below = os.path.realpath(folder).rstrip("/") + "/"
    seen: dict[int, Session] = {}
    for process in _processes() if sys.platform == "linux" else ():
        for path in _maps(process, b"w", b"s"):
            if process != os.getpid() and path.startswith(below) and OWN_FOLDERS not in path:
                seen.setdefault(process, _session(process, path))
    return tuple(seen.values())


def _linux() -> Iterator[tuple[int, str]]:
    for process in _processes():
        for path in (*_descriptors(process), *_maps(process)):
            if path.startswith("/"):
                yield process, path.removesuffix(_DELETED)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _descriptors(process: int) -> Iterator[str]:
    # A process that ends while it is looked at, and one of another user: nothing can be told of it.
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                yield os.readlink(entry.path)


def _maps(process: int, *permissions: bytes) -> Iterable[str]:
    """Return the files that a process has mapped, with all of these permissions."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/maps", "rb") as lines:
        fields = (line.rstrip(b"\n").split(maxsplit=5) for line in lines if b"/" in line)
        return {os.fsdecode(each[5]) for each in fields if all(permission in each[1] for permission in permissions)}
    return ()


def _elsewhere() -> Iterator[tuple[int, str]]:
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for file in process.open_files():
                yield process.pid, file.path


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
