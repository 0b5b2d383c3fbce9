"""A small private text file that several processes read and rewrite: the configuration, the history of backups.

The promise: a rewrite holds a lock from before the file is read until after it is replaced, so that no process undoes the
change of another; and the file is replaced as a whole, so that after a kill or a loss of power it has the old text or the new.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hctui.config.paths import private_folder
from hctui.disk import atomic_file, locks
from hctui.disk.descriptors import open_private
from hctui.disk.errors import reading, reason, writing
from hctui.errors import NotWritable, ReadFailed
from hctui.messages import N_


def read(path: Path) -> str:
    """Return the text of the file, its lines ended by `\\n`; it is empty where there is no file. Raises `ReadFailed`."""
    return _decoded(path).replace("\r\n", "\n")


def _decoded(path: Path) -> str:
    """Return the text as it is in the file: UTF-8, or UTF-16 as programs on Windows write it."""
    try:
        with reading(path):
            data = path.read_bytes() if path.exists() else b""
        return data.decode(_encoding(data[:2]))
    except UnicodeDecodeError as error:
        raise ReadFailed(path=str(path), reason=N_("it is not UTF-8 text.")) from error


def _encoding(beginning: bytes) -> str:
    if beginning in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    if b"\0" in beginning:  # UTF-16 without a byte order mark: the first character of a file of ours is ASCII
        return "utf-16-be" if beginning.startswith(b"\0") else "utf-16-le"
    return "utf-8-sig"


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Lock the file for one rewrite; other processes wait. Raises `NotWritable`."""
    private_folder(path.parent)
    try:
        descriptor = open_private(path.with_name(f".{path.name}.lock"), os.O_RDWR)
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
    """Replace the file's text, mode 0600, as UTF-8; lines end as they did. Raises `DestinationError`, `ReadFailed`."""
    line_end = "\r\n" if "\r\n" in _decoded(path) else "\n"
    with writing(path):
        atomic_file.replace(path, text.replace("\n", line_end).encode(), follow_links=True)


def keep_copy(path: Path, suffix: str) -> None:
    """Copy the file, byte for byte, to one beside it whose name has `suffix`. Raises `DestinationError`."""
    with writing(path):
        atomic_file.replace(path.with_name(path.name + suffix), path.read_bytes())
