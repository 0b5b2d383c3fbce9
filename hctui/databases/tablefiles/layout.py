"""What lies in a folder: which files are one table, which belong to none, which are left alone and why."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct, field

from hctui.databases.tablefiles import formats
from hctui.databases.tablefiles.file_names import Names
from hctui.model import Part, PartKind, TableFormat

Signature = tuple[int, int, int, int, int]
"""Device, inode, size, mtime and ctime in nanoseconds: equal before and after means not written to in between."""
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
    """A file and what it is to its table."""

    file: File
    kind: PartKind
    path: str
    """Its path in the backup."""


class Unit(Struct):
    """A table as its files: those of one stem."""

    name: str
    files: list[TableFile] = field(default_factory=list)
    container: bool = False
    """A FoxPro database container, not a table."""

    def of(self, kind: PartKind) -> list[TableFile]:
        """Return its files of one kind."""
        return [item for item in self.files if item.kind is kind]


class Seen(NamedTuple):
    """What a walk through a folder met, in its order."""

    files: list[File]
    skipped: list[str]
    """Links and special files."""


class Listing(Struct, frozen=True):
    """Everything in a folder at a glance."""

    layout: TableFormat | None
    units: tuple[Unit, ...]
    others: tuple[TableFile, ...]
    """Files of no table; index files whose table can't be told are among them."""
    skipped: tuple[str, ...]
    """Links and special files, which are never followed or read."""
    names: Names
    seen: Seen | None = None
    """The walk that it was made of."""

    def files(self) -> Iterator[tuple[Unit | None, TableFile]]:
        """Yield every file of the database and its table, table by table, those of no table last."""
        for unit in self.units:
            for item in unit.files:
                yield unit, item
        for item in self.others:
            yield None, item


def modified(nanoseconds: int) -> datetime:
    """Return a file time as a date with time zone; any year that a date can hold."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return _EPOCH


def nanoseconds(moment: datetime) -> int:
    """Return a date as a file time."""
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1) * 1000


def signature_of(status: os.stat_result) -> Signature:
    """Return what changes whenever a file is written to or replaced."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def as_file(name: str, status: os.stat_result) -> File:
    """Return the `File` that `status` describes."""
    return File(name, status.st_size, status.st_mtime_ns, signature_of(status), stat.S_IMODE(status.st_mode))


def arrange(files: Iterable[File], layout: TableFormat | None, skipped: Iterable[str] = ()) -> Listing:
    """Sort `files` into tables and others; what the format ignores is dropped."""
    names = Names()
    is_ignored = formats.ignoring(layout)
    kept = sorted((file for file in files if not is_ignored(file.name)), key=lambda file: (file.name.casefold(), file.name))
    paths = {file.name: names.add(file.name) for file in kept}
    layouts = [] if layout is None else [layout] + ([formats.CONTAINER] if layout.name == "dbase" else [])
    units = _units(kept, layouts, paths)
    taken = {item.file.name for unit in units for item in unit.files}
    others = tuple(TableFile(file, _kind_alone(layout, file.name), paths[file.name]) for file in kept if file.name not in taken)
    remaining = tuple(sorted(name for name in skipped if not is_ignored(name)))
    return Listing(layout, tuple(sorted(units, key=lambda unit: (unit.name.casefold(), unit.name))), others, remaining, names)


def first_bytes(path: Path, count: int = formats.HEADER_SIZE) -> bytes:
    """Return the first bytes of a file; nothing where it can't be read, which the capture will tell by name."""
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
    """Return the part that stands for a file in the manifest."""
    return Part(item.path, item.kind, table, item.file.size, modified(item.file.modified_ns))


def folded(name: str) -> str:
    """Return what two names have in common that a person, Windows or macOS would take for one."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _kind_alone(layout: TableFormat | None, name: str) -> PartKind:
    """Return what a file of no table is: an index file where the format has such files of any name, else nothing known."""
    indexes = layout is not None and layout.name == "dbase" and formats.kind_of(layout, formats.split(name)[1])
    return PartKind.INDEXES if indexes is PartKind.INDEXES else PartKind.OTHER


def _units(files: list[File], layouts: list[TableFormat], paths: dict[str, str]) -> list[Unit]:
    parted = [(file, *formats.split(file.name)) for file in files]
    extensions = {extension for _, _, extension in parted}
    units: dict[tuple[str, str], Unit] = {}
    alike: dict[tuple[str, str], list[str]] = {}
    for layout in layouts:
        container = layout is formats.CONTAINER
        tables = {extension for extension in extensions if formats.is_data(layout, extension)}
        for file, stem, extension in parted:
            if extension in tables and (layout.name, stem) not in units:
                name = paths[file.name] if container else formats.split(paths[file.name])[0]
                units[layout.name, stem] = Unit(name, [], container)
                alike.setdefault((layout.name, folded(stem)), []).append(stem)
    kinds = {extension: _kinds(layouts, extension) for extension in extensions}
    for file, stem, extension in parted:
        for layout_name, kind in kinds[extension]:
            if stems := alike.get((layout_name, folded(stem))):
                owner = units[layout_name, stem if stem in stems else stems[0]]
                owner.files.append(TableFile(file, kind, paths[file.name]))
                break
    for unit in units.values():
        unit.files.sort(key=lambda item: (_KIND_ORDER[item.kind], item.path))
    return list(units.values())


def _kinds(layouts: list[TableFormat], extension: str) -> list[tuple[str, PartKind]]:
    """Return what a file with `extension` is to a table, by the name of each format that it is anything to."""
    found = ((layout.name, formats.kind_of(layout, extension)) for layout in layouts)
    return [(name, kind) for name, kind in found if kind is not None]
