"""The snapshot of a folder: its hot copy, and the manifest of what that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.open_files import mapped_for_writing
from hctui.databases.tablefiles import dbc, formats
from hctui.databases.tablefiles.errors import reading
from hctui.databases.tablefiles.hot_copy import HotCopy
from hctui.databases.tablefiles.layout import Listing, ReadStart, TableFile, Unit
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.table_info import HeaderInfo, describe, header_info, index_definitions, unit_role
from hctui.disk.paths import printable
from hctui.events import Reporter
from hctui.messages import N_, message
from hctui.model import Consistency, Database, DatabaseManifest, IndexDefinition, Part, PartKind, Table


class FolderSnapshot:
    """The view of a folder that a backup reads."""

    def __init__(
        self,
        database: Database,
        root: Path,
        listing: Listing,
        request: SnapshotRequest,
        reporter: Reporter,
        reflinks: Reflinks | None,
    ) -> None:
        """`listing` is a recent listing of the folder."""
        self._database = database
        self._root = root
        self._request = request
        self._reporter = reporter
        self._copy = HotCopy(root, database.alias, listing, self._rescan, request, reporter, reflinks, self._read_header)
        self._left_out: dict[str, bool] = {}
        self._headers: dict[str, HeaderInfo] = {}
        self._tables: list[Table] = []
        self._tags: list[IndexDefinition] = []

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the files, and again those that changed. Raises `UnstableTable`, `ReadFailed`."""
        for name in self._copy.listing.skipped:
            text = N_("{file} is a link or no plain file and is not in the backup.")
            self._reporter.warn(message(text, file=printable(name)))
        mapped = mapped_for_writing(self._root)
        with reading(self._database):
            yield from self._copy.parts(self._is_wanted)
            self._describe_tables()
        for each in {session.process: session for session in (*mapped, *mapped_for_writing(self._root))}.values():
            self._copy.consistency = Consistency.PER_TABLE
            text = N_("{program} writes to {file} through memory: what it changed during the copy could not be seen.")
            self._reporter.warn(message(text, program=each.program, file=each.doing))

    def manifest(self) -> DatabaseManifest:
        """Return what the copy holds."""
        copy = self._copy
        parts = copy.stored_parts()
        return DatabaseManifest(
            alias=self._database.alias,
            engine="folder",
            format=copy.listing.layout.name if copy.listing.layout else "",
            taken=copy.taken,
            consistency=copy.consistency,
            indexes_included=self._request.indexes,
            tables=tuple(self._tables),
            parts=parts,
            indexes=tuple(self._tags),
            details=self._details(parts),
        )

    def _rescan(self, earlier: Listing) -> Listing:
        return scan(self._root, self._database.format, self._database.formats, earlier)

    def _is_wanted(self, unit: Unit | None, kind: PartKind) -> bool:
        if kind is PartKind.INDEXES and not self._request.indexes and not self._keeps_indexes():
            return False
        if unit is None:
            return True
        left_out = self._left_out.get(unit.name)
        if left_out is None:
            left_out = unit_role(unit, self._database.roles) in self._request.left_out and not unit.container
            self._left_out[unit.name] = left_out
        return not left_out

    def _keeps_indexes(self) -> bool:
        layout = self._copy.listing.layout
        return layout is not None and layout.name in formats.KEPT_INDEXES

    def _read_header(self, table: str, item: TableFile, read_start: ReadStart) -> None:
        """Read the header of a table's data file in the state that is stored."""
        if item.kind is PartKind.DATA:
            self._headers[table] = header_info(read_start, item.file.size, self._copy.listing.layout)

    def _describe_tables(self) -> None:
        """List the tables, as they are stored, for the manifest, and warn of damaged ones."""
        stored = self._copy.stored_files()
        present = {table for table, _ in stored.values()}
        for unit in self._copy.listing.units:
            left_out = self._left_out.get(unit.name, False)
            if unit.name not in present and not left_out:
                continue
            files = [stored[item.path][1] if item.path in stored else item for item in unit.files]
            header = self._headers.get(unit.name, HeaderInfo()) if unit.name not in self._copy.unstable else HeaderInfo()
            as_stored = Unit(unit.name, files, unit.container)
            self._tables.append(describe(as_stored, header, self._database.roles, left_out=left_out))
            if not left_out:
                self._tags += index_definitions(self._root, unit)
            if header.damage is not None and not unit.container:
                text = N_("{table} is damaged and is stored as it is: {reason}.")
                self._reporter.warn(message(text, table=unit.name, reason=header.damage))
        if self._keeps_indexes() and not self._request.indexes:
            text = N_("The index files of {format} hold counters that nothing rebuilds: they are in the backup all the same.")
            self._reporter.advise(message(text, format="MyISAM"))

    def _details(self, parts: tuple[Part, ...]) -> Mapping[str, object]:
        """Return what a restore needs beyond the parts: names on the disk, permissions, missing indexes, known damage."""
        listing, stored = self._copy.listing, {part.path for part in parts}
        modes = {item.path: item.file.mode for _, item in listing.files()}
        usual = Counter(modes.values()).most_common(1)
        mode = usual[0][0] if usual else 0o600
        damaged = {*self._copy.unstable, *(name for name, header in self._headers.items() if header.damage is not None)}
        details = {
            "modes": {path: each for path, each in modes.items() if each != mode and path in stored},
            "names": {path: name for path, name in listing.names.as_details().items() if path in stored},
            "index_files": {unit.name: paths for unit in listing.units if (paths := _not_stored(unit, stored))},
            "damaged": sorted(damaged),
            "long_names": dbc.long_names(self._root, listing),
        }
        return {"mode": mode, **{name: detail for name, detail in details.items() if detail}}


def _not_stored(unit: Unit, stored: set[str]) -> list[str]:
    """Return the index files of a stored table that are not stored with it."""
    if not any(item.path in stored for item in unit.files):
        return []
    return [item.path for item in unit.of(PartKind.INDEXES) if item.path not in stored]
