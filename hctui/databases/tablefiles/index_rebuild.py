"""Indexes of staged tables that the backup left out: made again where that can be done, named where it can't."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles import cdx, dbase, formats, hooks
from hctui.databases.tablefiles.layout import folded
from hctui.databases.tablefiles.staging import Staging
from hctui.errors import CommandFailed
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, IndexDefinition, PartKind, Table

_PRODUCTION = (".cdx", ".mdx")
"""Index files that a table itself promises in its header."""


class Indexing:
    """The rebuilding of what a backup left out."""

    def __init__(self, database: Database, request: RestorationRequest, staging: Staging, reporter: Reporter) -> None:
        self._database = database
        self._request = request
        self._staging = staging
        self._reporter = reporter
        self._tags: dict[tuple[str, str], list[IndexDefinition]] = {}
        for tag in request.source.indexes:
            self._tags.setdefault((tag.table, tag.details.get("file", "")), []).append(tag)

    def rebuild(self) -> tuple[str, ...]:
        """Make the indexes again where that can be done; return the tables that are left to the application."""
        if self._request.source.indexes_included:
            return ()
        data = {part.table: part.path for part in reversed(self._request.source.parts) if part.kind is PartKind.DATA}
        wanted = frozenset(self._request.tables)
        return tuple(
            table.name
            for table in self._request.source.tables
            if table.name in wanted and table.name in data and not self._ready(table, self._staging.received[data[table.name]])
        )

    def _ready(self, table: Table, data: Path) -> bool:
        """Tell whether a table has all the indexes that it had, after making again what can be made."""
        self._reporter.advance(0)
        missing = [path for path in self._texts("index_files", table) if path not in self._staging.received]
        made = [path for path in missing if self._make(table, data, path)]
        if len(made) == len(missing) and (missing or not _promises_index(data)):
            return True
        if self._run_command(table, data):
            return True
        if not any(data.with_suffix(suffix).exists() for suffix in (*_PRODUCTION, ".CDX", ".MDX")):
            _take_back_promise(data)
        return False

    def _texts(self, name: str, table: Table) -> list[str]:
        """Return what the backup tells of a table under `name`, from a manifest that may say anything."""
        told = self._request.source.details.get(name, {})
        found = told.get(table.name, ()) if isinstance(told, Mapping) else ()
        return [text for text in found if isinstance(text, str)] if isinstance(found, (list, tuple)) else []

    def _make(self, table: Table, data: Path, path: str) -> bool:
        tags = self._tags.get((table.name, path), [])
        index = self._staging.folder / self._staging.name_of(path)
        if not tags or index.suffix.lower() != ".cdx" or folded(index.stem) != folded(data.stem) or index.parent != data.parent:
            return False
        status = data.stat()
        try:
            cdx.rebuild(data, index, tags, self._texts("long_names", table))
        except (cdx.NotRebuilt, dbase.NotDbase) as error:
            index.unlink(missing_ok=True)
            self._reporter.warn(_left_to_application(table.name, error.message))
            return False
        finally:
            os.utime(data, ns=(status.st_atime_ns, status.st_mtime_ns))
        return True

    def _run_command(self, table: Table, data: Path) -> bool:
        """Run the configured command on the staged table, which nobody else sees yet."""
        stem = formats.split(data.name)[0]
        if not self._database.reindex or stem.startswith("-"):
            return False
        blanks = {"table": stem, "folder": str(data.parent)}
        try:
            hooks.run_filled(self._database.alias, self._database.reindex, blanks, data.parent, self._reporter)
        except CommandFailed as failure:
            self._reporter.warn(_left_to_application(table.name, failure.message))
            return False
        return data.exists()


def _promises_index(data: Path) -> bool:
    if data.suffix.lower() != ".dbf":
        return False
    try:
        return bool(dbase.read_header(data).flags & 1)
    except dbase.NotDbase:
        return False


def _take_back_promise(data: Path) -> None:
    if _promises_index(data):
        status = data.stat()
        dbase.clear_index_flag(data)
        os.utime(data, ns=(status.st_atime_ns, status.st_mtime_ns))


def _left_to_application(table: str, reason: Message) -> Message:
    return message(N_("{table} must be reindexed by its application: {reason}"), table=table, reason=reason)
