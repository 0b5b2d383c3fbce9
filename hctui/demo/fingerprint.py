"""Contents of demo databases and backups, in a form that can be compared: a row count and a hash for each table."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import blake3
import dbflib
from msgspec import Struct

from hctui.archive import ArchiveReader
from hctui.errors import DemoFailed
from hctui.messages import N_, Message, message
from hctui.model import README_NAME


class Content(Struct, frozen=True):
    """The content of one table."""

    rows: int
    digest: str
    """BLAKE3 of every value of every row, in order."""


Contents = dict[str, Content]

_TABLES = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
    " AND name <> 'sqlite_schema' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
)
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"


def of_location(location: Path) -> Contents:
    """Return the contents of a company's database file or folder."""
    return of_folder(location) if location.is_dir() else of_database(location)


def of_database(path: Path) -> Contents:
    """Return the contents of every table of a SQLite database, row numbers, AUTOINCREMENT counters and schema included."""
    with closing(sqlite3.connect(path)) as connection:
        contents = {name: _of_query(connection, _everything(connection, name)) for (name,) in connection.execute(_TABLES)}
        contents["schema"] = _of_query(connection, _SCHEMA)
    return contents


def of_folder(folder: Path) -> Contents:
    """Return the contents of every dBase table in a folder, with its memos; and of every index, entry by entry."""
    contents: Contents = {}
    for path in sorted(folder.glob("*.dbf")):
        with dbflib.open_dbf_table(str(path)) as table:
            rows = zip(table.deleted_flags(), table.read_rows(), strict=True)
            contents[path.stem] = _digest((deleted, *row.values()) for deleted, row in rows)
        index = dbflib.structural_cdx_path(str(path))
        if index is not None:
            tags, _ = dbflib.read_cdx(index)
            contents[f"{path.stem}.cdx"] = _digest((name, *entry) for name, tag in tags.items() for entry in tag["entries"])
    return contents


def differing_tables(one: Contents, other: Contents) -> tuple[str, ...]:
    """Return the names of the tables that are not the same in both."""
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


def _everything(connection: sqlite3.Connection, table: str) -> str:
    columns = [column for (column,) in connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (table,))]
    has_rowid = (
        connection.execute("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (table,)).fetchone()[0] == 0
    )
    names = ", ".join((*(("rowid",) if has_rowid else ()), *(f'"{column}"' for column in columns)))
    return f'SELECT {names} FROM "{table}" ORDER BY {"rowid" if has_rowid else "1, 2"}'


def _of_query(connection: sqlite3.Connection, query: str) -> Content:
    return _digest(connection.execute(query))


def _digest(rows: Iterable[tuple[object, ...]]) -> Content:
    hasher, count = blake3.blake3(), 0
    for row in rows:
        hasher.update(repr(row).encode("utf-8", "surrogateescape"))
        count += 1
    return Content(count, hasher.hexdigest())


def list_with_zipfile(file: Path) -> Iterator[Message]:
    """Yield what Python's zipfile can read of a backup: the names and LEIA-ME.txt, no encrypted member. Raises `DemoFailed`."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        text = archive.read(README_NAME).decode()
        encrypted = [member for member in members if member.flag_bits & 1]
        try:
            archive.read(encrypted[0])
        except (RuntimeError, NotImplementedError):
            refused = True
        else:
            refused = False
    if not refused:
        raise DemoFailed(reason=message(N_("{member} can be read without the password."), member=encrypted[0].filename))
    yield message(N_("Python's zipfile lists {members} members: {names} …"), members=len(members),
                  names=", ".join(member.filename for member in members[:3]))  # fmt: skip
    yield message(N_("{name} is open to everybody ({lines} lines, how to restore by hand); the other {locked} are encrypted."),
                  name=README_NAME, lines=len(text.splitlines()), locked=len(encrypted))  # fmt: skip


def unpack(file: Path, password: str, folder: Path) -> Path:
    """Unpack a backup with hctui's reader, which checks every byte; return `folder`, with one folder for each company."""
    with ArchiveReader(file, password=password) as reader:
        for member in reader.members():
            if "/" in member.name and not member.folder:
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as sink:
                    reader.read(member.name, sink)
    return folder
