"""Checks of the folder that a backup or restored files go to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from hctui.disk.errors import write_error, writing
from hctui.disk.paths import device, printable, refuse_address
from hctui.errors import AlreadyExists, DestinationMissing, NotWritable
from hctui.messages import N_


def check_destination(folder: Path) -> None:
    """Check that a file can be created in `folder` by creating a temporary one.

    Raises `UnknownDestination`, `DestinationMissing`, `NotWritable`, `NoSpace`, `WriteFailed`.
    """
    refuse_address(folder)
    if not os.path.exists(folder):
        with writing(folder), suppress(FileNotFoundError, NotADirectoryError, ValueError):
            os.stat(folder)
        raise DestinationMissing(path=printable(folder))
    if not os.path.isdir(folder):
        raise NotWritable(path=printable(folder), reason=N_("it is not a folder."))
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".hctui-"):
            pass
    except OSError as error:
        raise write_error(OSError(error.errno, error.strerror), folder) from error  # not the name of the temporary file


def refuse_existing(path: Path) -> None:
    """Raise `AlreadyExists` where anything is at `path`, also a broken link."""
    if os.path.lexists(path):
        raise AlreadyExists(path=printable(path))


def same_disk(folder: Path, paths: Iterable[Path]) -> bool:
    """Return whether `folder` shares a file system with any of `paths`; a path that can't be read does not count."""
    disk = device(folder)
    return disk is not None and any(device(path) == disk for path in paths)
