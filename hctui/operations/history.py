"""The history of backups: the last one of each database, its compression ratios, and the verifications of files.

It is stored in `backups.json` in the state folder. Nothing depends on it: a lost or damaged history counts as an empty one, and
an operation does not fail because it can't be written.
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
"""The number of verifications that are kept; the oldest are dropped."""


class MadeBackup(Struct, frozen=True):
    """The last backup of a database."""

    file: str
    created: datetime
    size: int
    data_size: int
    ratios: Mapping[Level, float] = field(default_factory=dict)
    """Bytes of the file for each byte of data, at each level that was used."""


class Verification(Struct, frozen=True):
    """A successful verification, with size and time of the file as it was then."""

    at: datetime
    size: int
    modified: int
    """Nanoseconds since 1970."""


class History(Struct, frozen=True):
    """The content of `backups.json`."""

    made: Mapping[str, MadeBackup] = field(default_factory=dict)
    """By alias."""
    verified: Mapping[str, Verification] = field(default_factory=dict)
    """By the absolute path of the file."""

    def verified_at(self, file: Path) -> datetime | None:
        """Return when `file` was verified; None where it has changed since or was never verified."""
        found = self.verified.get(str(file.absolute()))
        if found is None:
            return None
        try:
            status = file.stat()
        except OSError:
            return None
        return found.at if (status.st_size, status.st_mtime_ns) == (found.size, found.modified) else None


def load() -> History:
    """Return the history; it is empty where it can't be read."""
    try:
        return codec.decode(locked_file.read(_path()) or "{}", History)
    except (DestinationError, msgspec.MsgspecError):
        return History()


def record_backup(aliases: tuple[str, ...], file: Path, size: int, data_size: int, level: Level) -> None:
    """Add a backup that was just made."""
    now = datetime.now(UTC).astimezone()

    def add(history: History) -> History:
        made = dict(history.made)
        for alias in aliases:
            ratios = dict(made[alias].ratios) if alias in made else {}
            if data_size:
                ratios[level] = size / data_size
            made[alias] = MadeBackup(str(file.absolute()), now, size, data_size, ratios)
        return replace(history, made=made)

    _change(add)


def record_verification(file: Path) -> None:
    """Add a successful verification of `file`."""
    status = os.stat(file)
    now = Verification(datetime.now(UTC).astimezone(), status.st_size, status.st_mtime_ns)

    def add(history: History) -> History:
        latest = sorted({**history.verified, str(file.absolute()): now}.items(), key=lambda item: item[1].at)[-_KEPT:]
        return replace(history, verified=dict(latest))

    _change(add)


def forget(file: Path) -> None:
    """Remove a file that was deleted."""
    name = str(file.absolute())

    def drop(history: History) -> History:
        made = {alias: each for alias, each in history.made.items() if each.file != name}
        return History(made, {path: each for path, each in history.verified.items() if path != name})

    _change(drop)


def _change(change: Callable[[History], History]) -> None:
    """Rewrite the history, if it can be written."""
    try:
        with locked_file.lock(_path()):
            locked_file.write(_path(), codec.encode(change(load())).decode())
    except DestinationError:
        return


def _path() -> Path:
    return state_folder() / "backups.json"
