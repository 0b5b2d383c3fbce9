"""The rules for names of backup files, and the default name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path, PureWindowsPath

from hctui.destinations import FolderDestination
from hctui.errors import InvalidName
from hctui.messages import N_, Message, message
from hctui.model import BACKUP_SUFFIX

LONGEST = 255 - len(".part")
"""Bytes of a file name: the name with `.part`, which it has while it is written, must fit too."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
"""Characters that Windows refuses: a backup must fit on a USB stick and a network share."""
_DEVICES = frozenset(
    ("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"))
)
_NAMED = 3
"""Databases that a default name names; of more it names the first and how many more there are."""


def validate_name(name: str) -> str:
    """Return the file name, with `.bkb` where it was missing. Raises `InvalidName` with the reason."""
    full = name if name.lower().endswith(BACKUP_SUFFIX) else name + BACKUP_SUFFIX
    reason = _why_invalid(name, full)
    if reason is not None:
        raise InvalidName(name=name.encode(errors="replace").decode(), reason=reason)
    return full


def default_name(aliases: Sequence[str], now: datetime, folder: Path | None = None) -> str:
    """Return `ALIAS_2026-11-22_19h30.bkb`, several aliases joined by `+`; numbered where `folder` has a file of that name."""
    shown = "+".join(aliases)
    if len(aliases) > _NAMED or len(shown) > 100:
        shown = f"{aliases[0]}+{len(aliases) - 1}"
    stem = f"{shown}_{now:%Y-%m-%d_%Hh%M}"
    return next(name for name in _numbered(stem) if folder is None or not FolderDestination(folder).is_taken(name))


def _numbered(stem: str) -> Iterator[str]:
    yield stem + BACKUP_SUFFIX
    yield from (f"{stem}_{number}{BACKUP_SUFFIX}" for number in count(2))


def _why_invalid(name: str, full: str) -> Message | None:
    forbidden = next((sign for sign in name if sign in _FORBIDDEN), None)
    stem = PureWindowsPath(full).name.partition(".")[0].rstrip().upper()
    if name.strip(" .") == "" or name.lower() == BACKUP_SUFFIX:
        return message(N_("it is empty."))
    if forbidden is not None:
        return message(N_("“{sign}” can't be part of a file name."), sign=forbidden)
    if not full.isprintable():
        return message(N_("it holds signs that can't be seen."))
    if name != name.strip(" ") or name.endswith("."):
        return message(N_("it begins or ends with a space, or ends with a dot."))
    if stem in _DEVICES:
        return message(N_("Windows keeps this name for a device."))
    if len(full.encode()) > LONGEST:
        return message(N_("it is longer than {longest} bytes."), longest=LONGEST)
    return None
