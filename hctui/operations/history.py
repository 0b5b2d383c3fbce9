"""What is remembered between runs: the last backup of each database, how well it compressed, and what was verified when.

It is only ever a help: a record that is lost or damaged is as good as none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from hctui import codec
from hctui.config import locked_file, state_folder
from hctui.errors import DestinationError
from hctui.model import Level

_KEPT = 1000
"""Verifications remembered at most; the oldest go first."""


class Made(Struct, frozen=True):
    """The last backup of a database."""

    file: str
    created: datetime
    size: int
    data_size: int
    ratios: Mapping[Level, float] = field(default_factory=dict)
    """Size of the file for each byte of data, at each level that was used."""


class Verified(Struct, frozen=True):
    """A verification that found nothing wrong, of the file as it was then."""

    at: datetime
    size: int
    modified: int
    """Nanoseconds since 1970."""


class Records(Struct, frozen=True):
    """The whole of `backups.json` in the state folder."""

    made: Mapping[str, Made] = field(default_factory=dict)
    """By alias."""
    verified: Mapping[str, Verified] = field(default_factory=dict)
    """By the absolute path of the file."""

    def verified_at(self, file: Path) -> datetime | None:
        """Return when `file`, as it is now, was verified."""
        found = self.verified.get(str(file.absolute()))
        if found is None:
            return None
        try:
            status = file.stat()
        except OSError:
            return None
        return found.at if (status.st_size, status.st_mtime_ns) == (found.size, found.modified) else None


def load() -> Records:
    """Return what is remembered."""
    try:
        return codec.decode(locked_file.read(_path()) or "{}", Records)
    except (DestinationError, msgspec.MsgspecError):
        return Records()


def remember_made(aliases: tuple[str, ...], file: Path, size: int, data_size: int, level: Level) -> None:
    """Remember a backup that was just made."""
    now = datetime.now(UTC).astimezone()

    def add(records: Records) -> Records:
        made = dict(records.made)
        for alias in aliases:
            ratios = dict(made[alias].ratios) if alias in made else {}
            if data_size:
                ratios[level] = size / data_size
            made[alias] = Made(str(file.absolute()), now, size, data_size, ratios)
        return replace(records, made=made)

    _change(add)


def remember_verified(file: Path) -> None:
    """Remember that every byte of `file` was found to be what was written."""
    status = os.stat(file)
    now = Verified(datetime.now(UTC).astimezone(), status.st_size, status.st_mtime_ns)

    def add(records: Records) -> Records:
        latest = sorted({**records.verified, str(file.absolute()): now}.items(), key=lambda item: item[1].at)[-_KEPT:]
        return replace(records, verified=dict(latest))

    _change(add)


def forget(file: Path) -> None:
    """Forget a file that is deleted."""
    name = str(file.absolute())

    def drop(records: Records) -> Records:
        made = {alias: each for alias, each in records.made.items() if each.file != name}
        return Records(made, {path: each for path, each in records.verified.items() if path != name})

    _change(drop)


def _change(change: Callable[[Records], Records]) -> None:
    """Rewrite the file; where that can't be done nothing is remembered, which harms nobody."""
    try:
        with locked_file.lock(_path()):
            locked_file.write(_path(), codec.encode(change(load())).decode())
    except DestinationError:
        return


def _path() -> Path:
    return state_folder() / "backups.json"
