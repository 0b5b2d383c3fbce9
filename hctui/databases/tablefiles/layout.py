"""The files of a folder, grouped into tables.

A `Unit` is one table as its files: those that have one stem and the extensions of the folder's format. A `Listing` is the
whole folder: its units, the files of no table, and what is skipped because it is not a plain file.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from hctui.databases.tablefiles import formats
from hctui.databases.tablefiles.file_names import NameMapping
from hctui.model import Part, PartKind, TableFormat

Signature = tuple[int, int, int, int, int]
"""Device, inode, size, mtime and ctime in nanoseconds; they stay equal as long as nobody writes to the file."""
ReadStart = Callable[[int], bytes]
"""Reads the first bytes of a file; the argument is their number."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KIND_ORDER = {kind: position for position, kind in enumerate(PartKind)}


class File(NamedTuple):
    """A regular file of the database."""

    name: str
    """Relative to the folder, as the system gives it (`os.fsdecode`)."""
    size: int
    modified_ns: int
    signature: Signature = (0, 0, 0, 0, 0)
    mode: int = 0o600


class TableFile(NamedTuple):
    """A file, and the kind of part that it is."""

    file: File
    kind: PartKind
    path: str
    """Its path in the backup."""


class Unit(Struct):
    """One table as its files."""

    name: str
    files: list[TableFile] = field(default_factory=list)
    container: bool = False
    """True for a FoxPro database container, which is no table."""

    def of(self, kind: PartKind) -> list[TableFile]:
        """Return the files of one kind."""
        return [item for item in self.files if item.kind is kind]


class FolderContent(NamedTuple):
    """All that one scan found in a folder, in the order of the scan."""

    files: list[File]
    skipped: list[str]
    """Links and special files."""


class Listing(Struct, frozen=True):
    """The files of a folder, grouped."""

    layout: TableFormat | None
    units: tuple[Unit, ...]
    others: tuple[TableFile, ...]
    """Files of no table, and index files whose table is not known."""
    skipped: tuple[str, ...]
    """Links and special files, which are never followed or read."""
    names: NameMapping
    content: FolderContent | None = None
    """The result of the scan that the listing was made from."""

    def files(self) -> Iterator[tuple[Unit | None, TableFile]]:
        """Yield every file with its table, table by table; files of no table come last."""
        for unit in self.units:
            for item in unit.files:
                yield unit, item
        for item in self.others:
            yield None, item


def as_datetime(nanoseconds: int) -> datetime:
    """Return a file time as a date with time zone; 1970 for a time that a date can't hold."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return _EPOCH


def as_nanoseconds(moment: datetime) -> int:
    """Return a date as a file time."""
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1) * 1000


def signature_of(status: os.stat_result) -> Signature:
    """Return the values that change when a file is written to or replaced."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def as_file(name: str, status: os.stat_result) -> File:
    """Return the `File` that `status` describes."""
    return File(name, status.st_size, status.st_mtime_ns, signature_of(status), stat.S_IMODE(status.st_mode))


def group_files(files: Iterable[File], layout: TableFormat | None, skipped: Iterable[str] = ()) -> Listing:
    """Group `files` into tables and others; files that the format ignores are dropped."""
    names = NameMapping()
    is_ignored = formats.ignore_filter(layout)
    kept = sorted((file for file in files if not is_ignored(file.name)), key=lambda file: (file.name.casefold(), file.name))
    paths = {file.name: names.add(file.name) for file in kept}
    layouts = [] if layout is None else [layout] + ([formats.CONTAINER] if layout.name == "dbase" else [])
    units = _units(kept, layouts, paths)
    grouped = {item.file.name for unit in units for item in unit.files}
    others = tuple(
        TableFile(file, _kind_without_table(layout, file.name), paths[file.name]) for file in kept if file.name not in grouped
    )
    remaining = tuple(sorted(name for name in skipped if not is_ignored(name)))
    return Listing(layout, tuple(sorted(units, key=lambda unit: (unit.name.casefold(), unit.name))), others, remaining, names)


def first_bytes(path: Path, count: int = formats.HEADER_SIZE) -> bytes:
    """Return the first bytes of a file; none if it can't be read, which the hot copy reports with the file's name."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, count)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def as_part(table: str, item: TableFile) -> Part:
    """Return the entry of the manifest for a file."""
    return Part(item.path, item.kind, table, item.file.size, as_datetime(item.file.modified_ns))


def folded(name: str) -> str:
    """Return a form of `name` that is equal for names which differ only in case or in the encoding of accents."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _kind_without_table(layout: TableFormat | None, name: str) -> PartKind:
    """Return the kind of a file of no table: INDEXES if the format has index files with names of their own, else OTHER."""
    indexes = layout is not None and layout.name == "dbase" and formats.kind_of(layout, formats.split_extension(name)[1])
    return PartKind.INDEXES if indexes is PartKind.INDEXES else PartKind.OTHER


def _units(files: list[File], layouts: list[TableFormat], paths: dict[str, str]) -> list[Unit]:
    split = [(file, *formats.split_extension(file.name)) for file in files]
    extensions = {extension for _, _, extension in split}
    units: dict[tuple[str, str], Unit] = {}
    alike: dict[tuple[str, str], list[str]] = {}
    for layout in layouts:
        container = layout is formats.CONTAINER
        tables = {extension for extension in extensions if formats.is_data(layout, extension)}
        for file, stem, extension in split:
            if extension in tables and (layout.name, stem) not in units:
                name = paths[file.name] if container else formats.split_extension(paths[file.name])[0]
                units[layout.name, stem] = Unit(name, [], container)
                alike.setdefault((layout.name, folded(stem)), []).append(stem)
    kinds = {extension: _kinds(layouts, extension) for extension in extensions}
    for file, stem, extension in split:
        for layout_name, kind in kinds[extension]:
            if stems := alike.get((layout_name, folded(stem))):
                owner = units[layout_name, stem if stem in stems else stems[0]]
                owner.files.append(TableFile(file, kind, paths[file.name]))
                break
    for unit in units.values():
        unit.files.sort(key=lambda item: (_KIND_ORDER[item.kind], item.path))
    return list(units.values())


def _kinds(layouts: list[TableFormat], extension: str) -> list[tuple[str, PartKind]]:
    """Return the name of each format in which a file with `extension` is part of a table, with the kind of that part."""
    found = ((layout.name, formats.kind_of(layout, extension)) for layout in layouts)
    return [(name, kind) for name, kind in found if kind is not None]
