"""Rewriting the configuration file so that comments stay, two processes lose nothing and a power cut leaves a whole file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.config.places import private_folder
from hctui.disk import atomic_file
from hctui.disk.errors import reading, reason, writing
from hctui.disk.locks import lock
from hctui.errors import NotWritable, ReadFailed
from hctui.messages import N_

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Table


def read(path: Path) -> str:
    """Return the text of the file, empty where there is none. Raises `ReadFailed`."""
    try:
        with reading(path):
            return path.read_text(encoding="utf-8") if path.exists() else ""
    except UnicodeDecodeError as error:
        raise ReadFailed(path=str(path), reason=N_("it is not UTF-8 text.")) from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file for one rewrite; other processes wait. Raises `NotWritable`."""
    private_folder(path.parent)
    try:
        held = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotWritable(path=str(path), reason=reason(error)) from error
    try:
        try:
            lock(held)
        except OSError as error:  # a disk that fails, a file system without locks
            raise NotWritable(path=str(path), reason=reason(error)) from error
        yield
    finally:
        os.close(held)


def write(path: Path, text: str) -> None:
    """Put `text` in place of the file's content, 0600, whole or not at all. Raises `DestinationError`."""
    with writing(path):
        atomic_file.replace(path, text.encode(), follow_links=True)


def set_key(table: TOMLDocument | Table, key: str, value: str | bool | int | Mapping[str, str] | None) -> None:
    """Write one key; what says nothing (None, an empty text or table) is removed."""
    if value is None or value == "" or value == {}:
        table.pop(key, None)
    elif table.get(key) != value:
        table[key] = value


def subtable(table: TOMLDocument | Table, key: str, *, only_tables: bool = False) -> Table:
    """Return the table under `key`, made where it is missing."""
    import tomlkit

    if key not in table:
        table[key] = tomlkit.table(is_super_table=only_tables or None)
    found: Table = table[key]
    return found
