"""A small private text file that several processes read and rewrite: the configuration, the history of backups.

The promise: a rewrite holds a lock from before the file is read until after it is replaced, so that no process undoes the
change of another; and the file is replaced as a whole, so that after a kill or a loss of power it has the old text or the new.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hctui.config.paths import private_folder
from hctui.disk import atomic_file, locks
from hctui.disk.errors import reading, reason, writing
from hctui.errors import NotWritable, ReadFailed
from hctui.messages import N_


def read(path: Path) -> str:
    """Return the text of the file; it is empty where there is no file. Raises `ReadFailed`."""
    try:
        with reading(path):
            return path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise ReadFailed(path=str(path), reason=N_("it is not UTF-8 text.")) from error


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Lock the file for one rewrite; other processes wait. Raises `NotWritable`."""
    private_folder(path.parent)
    try:
        descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotWritable(path=str(path), reason=reason(error)) from error
    try:
        try:
            locks.lock(descriptor)
        except OSError as error:  # a disk that fails, a file system without locks
            raise NotWritable(path=str(path), reason=reason(error)) from error
        yield
    finally:
        os.close(descriptor)


def write(path: Path, text: str) -> None:
    """Replace the file's text, mode 0600. Raises `DestinationError`."""
    with writing(path):
        atomic_file.replace(path, text.encode(), follow_links=True)
