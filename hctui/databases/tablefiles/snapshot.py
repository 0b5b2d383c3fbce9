"""A snapshot of a folder: the capture, and the manifest of what it captured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hctui.databases.engine import SnapshotPart, SnapshotRequest
from hctui.databases.open_files import mapped_for_writing
from hctui.databases.tablefiles import dbc, formats
from hctui.databases.tablefiles.errors import reading
from hctui.databases.tablefiles.hot_copy import FolderCapture
from hctui.databases.tablefiles.layout import Listing, TableFile, Unit
from hctui.databases.tablefiles.reflinks import Reflinks
from hctui.databases.tablefiles.scan import scan
from hctui.databases.tablefiles.table_info import Head, describe, head_of, index_definitions, unit_role
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
        """Begin with the `listing` of a moment ago."""
        self._database = database
        self._root = root
        self._request = request
        self._reporter = reporter
        self._capture = FolderCapture(root, database.alias, listing, self._rescan, request, reporter, reflinks, self._note)
        self._left_out: dict[str, bool] = {}
        self._heads: dict[str, Head] = {}
        self._tables: list[Table] = []
        self._tags: list[IndexDefinition] = []

    def parts(self) -> Iterator[SnapshotPart]:
        """Yield the files, and again those that moved. Raises `UnstableTable`, `ReadFailed`."""
        for name in self._capture.listing.skipped:
            text = N_("{file} is a link or no plain file and is not in the backup.")
            self._reporter.warn(message(text, file=self._capture.listing.names.shown(name)))
        mapped = mapped_for_writing(self._root)
        with reading(self._database):
            yield from self._capture.parts(self._is_wanted)
            self._describe()
        for each in {session.process: session for session in (*mapped, *mapped_for_writing(self._root))}.values():
            self._capture.consistency = Consistency.PER_TABLE
            text = N_("{program} writes to {file} through memory: what it changed during the copy could not be seen.")
            self._reporter.warn(message(text, program=each.program, file=each.doing))

    def manifest(self) -> DatabaseManifest:
        """Return what was captured."""
        capture = self._capture
        parts = capture.stored()
        return DatabaseManifest(
            alias=self._database.alias,
            engine="folder",
            format=capture.listing.layout.name if capture.listing.layout else "",
            taken=capture.taken,
            consistency=capture.consistency,
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
        layout = self._capture.listing.layout
        return layout is not None and layout.name in formats.KEPT_INDEXES

    def _note(self, table: str, item: TableFile, first: Callable[[int], bytes]) -> None:
        """Look at the head of a table's data file in the very state that is being stored."""
        if item.kind is PartKind.DATA:
            self._heads[table] = head_of(first, item.file.size, self._capture.listing.layout)

    def _describe(self) -> None:
        """Note what the tables are, from what was stored of them, and warn of what is damaged already."""
        stored = self._capture.stored_files()
        present = {table for table, _ in stored.values()}
        for unit in self._capture.listing.units:
            left_out = self._left_out.get(unit.name, False)
            if unit.name not in present and not left_out:
                continue
            files = [stored[item.path][1] if item.path in stored else item for item in unit.files]
            head = self._heads.get(unit.name, Head()) if unit.name not in self._capture.unstable else Head()
            seen = Unit(unit.name, files, unit.container)
            self._tables.append(describe(seen, head, self._database.roles, left_out=left_out))
            if not left_out:
                self._tags += index_definitions(self._root, unit)
            if head.damage is not None and not unit.container:
                text = N_("{table} is damaged and is stored as it is: {reason}.")
                self._reporter.warn(message(text, table=unit.name, reason=head.damage))
        if self._keeps_indexes() and not self._request.indexes:
            text = N_("The index files of {format} hold counters that nothing rebuilds: they are in the backup all the same.")
            self._reporter.advise(message(text, format="MyISAM"))

    def _details(self, parts: tuple[Part, ...]) -> Mapping[str, object]:
        """Return what a restore needs beyond the parts: names that archives don't take, permissions, known damage."""
        modes = {item.path: item.file.mode for _, item in self._capture.listing.files()}
        usual = Counter(modes.values()).most_common(1)
        common = usual[0][0] if usual else 0o600
        stored = {part.path for part in parts}
        names = {path: name for path, name in self._capture.listing.names.as_details().items() if path in stored}
        details: dict[str, object] = {"mode": common}
        if others := {path: mode for path, mode in modes.items() if mode != common and path in stored}:
            details["modes"] = others
        if names:
            details["names"] = names
        missing = {unit.name: left for unit in self._capture.listing.units if (left := _not_stored(unit, stored))}
        if missing:
            details["index_files"] = missing
        damaged = sorted({*self._capture.unstable, *(name for name, head in self._heads.items() if head.damage is not None)})
        if damaged:
            details["damaged"] = damaged
        if long := dbc.long_names(self._root, self._capture.listing):
            details["long_names"] = long
        return details


def _not_stored(unit: Unit, stored: set[str]) -> list[str]:
    """Return the index files of a stored table that are not stored with it."""
    if not any(item.path in stored for item in unit.files):
        return []
    return [item.path for item in unit.of(PartKind.INDEXES) if item.path not in stored]
