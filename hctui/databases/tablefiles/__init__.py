"""The engine `folder`, for databases of table files (ISAM).

It knows NexusDB, DBISAM, dBase and FoxPro, Paradox and MyISAM, and the formats that the configuration defines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hctui.databases.tablefiles import formats, verify
from hctui.databases.tablefiles.engine import FolderEngine
from hctui.databases.tablefiles.layout import File, as_part, group_files
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.table_info import HeaderInfo, describe
from hctui.events import Reporter
from hctui.model import Consistency, Database, DatabaseManifest, PartKind

__all__ = ["FolderEngine", "from_members", "inspect", "open_database", "recognises"]


def open_database(database: Database) -> FolderEngine:
    """Return the engine of a registered folder."""
    return FolderEngine(database)


def inspect(folder: Path, source: DatabaseManifest, reporter: Reporter) -> Consistency | None:
    """Check every table that was unpacked in `folder`. Raises `DatabaseDamaged` naming the table."""
    verify.unpacked_tables(folder, source, reporter)
    return source.consistency


def recognises(location: str) -> bool:
    """Return whether `location` is a folder with table files."""
    path = Path(location).expanduser()
    try:
        return path.is_dir() and bool(scan(path).units)
    except OSError:
        return False


def from_members(alias: str, members: Sequence[tuple[str, int]]) -> DatabaseManifest | None:
    """Return a manifest made from the paths and sizes of files alone; None if there is no table among them."""
    layout = formats.detect([path for path, _ in members], (), lambda path: None)
    listing = group_files([File(path, size, 0) for path, size in members], layout)
    if layout is None or not listing.units:
        return None
    parts = tuple(as_part(unit.name if unit else "", item) for unit, item in listing.files())
    return DatabaseManifest(
        alias=alias,
        engine="folder",
        format=layout.name,
        consistency=Consistency.PER_TABLE,
        indexes_included=any(part.kind is PartKind.INDEXES for part in parts),
        tables=tuple(describe(unit, HeaderInfo(), ()) for unit in listing.units),
        parts=parts,
    )
