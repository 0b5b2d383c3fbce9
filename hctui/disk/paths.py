"""Paths as text, and facts about the file system that a path is on."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from hctui.engine_kinds import masked
from hctui.errors import UnknownDestination

_ADDRESS = re.compile(r"(?i)([a-z][a-z0-9+.-]*):/+(.*)", re.DOTALL)
"""An address such as `sftp://host/x`; with one slash it is what `Path` makes of it."""
_MOUNTS = Path("/proc/self/mounts")
_ESCAPED = re.compile(rb"\\([0-7]{3})")
"""A blank, for one, in the name of a folder."""


def printable(path: str | bytes | os.PathLike[str]) -> str:
    """Return a path that can be shown and stored as UTF-8, whatever bytes its name is made of."""
    name = os.fspath(path)
    return (name if isinstance(name, bytes) else name.encode(errors="surrogateescape")).decode(errors="replace")


def refuse_address(folder: str | Path, base: Path = Path()) -> None:
    """Raise `UnknownDestination` for an address such as `sftp://host/x`.

    A `Path` has one slash of the two: it is no address where `base` has a folder of that name, such as `a:`.
    """
    found = _ADDRESS.fullmatch(os.fspath(folder))
    if found and ((isinstance(folder, str) and "://" in folder) or not os.path.lexists(base / f"{found[1]}:")):
        address = masked(f"{found[1]}://{found[2]}")
        raise UnknownDestination(address=printable(address), scheme=found[1])


def existing(path: Path) -> Path:
    """Return `path`, or the nearest folder above it that exists."""
    absolute = path.absolute()
    return next((each for each in (absolute, *absolute.parents) if os.path.exists(each)), Path(absolute.anchor))


def device(path: Path) -> int | None:
    """Return the number of the file system that `path` is on, or would be; None where it can't be read."""
    with suppress(OSError):
        return existing(path).stat().st_dev
    return None


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file is the one that has the name `path`; links are not followed."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def file_system(folder: Path) -> str:
    """Return the name of the file system that a folder is on, such as `ext4`; empty where it is unknown or not on Linux."""
    here = os.fsencode(os.path.realpath(folder)).rstrip(b"/") + b"/"
    best = (b"", b"")
    with suppress(OSError):
        for line in _MOUNTS.read_bytes().splitlines():
            _, mounted, kind, *_ = line.split(b" ")
            above = _ESCAPED.sub(lambda found: bytes([int(found[1], 8)]), mounted).rstrip(b"/") + b"/"
            if here.startswith(above) and len(above) >= len(best[0]):  # of two mounts in one place the later one is in force
                best = (above, kind)
    return best[1].decode()
