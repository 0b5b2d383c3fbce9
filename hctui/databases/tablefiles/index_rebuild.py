"""The rebuild of indexes that the backup left out, for the staged tables.

A .cdx file is rebuilt from its definitions, other index files by the command that the person configured. Tables for which
neither works are named, and only their application can rebuild their indexes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from hctui.databases.commands import run_with_values
from hctui.databases.engine import RestorationRequest
from hctui.databases.tablefiles import cdx, dbase, formats
from hctui.databases.tablefiles.layout import folded
from hctui.databases.tablefiles.staging import Staging
from hctui.errors import CommandFailed
from hctui.events import Reporter
from hctui.messages import N_, Message, message
from hctui.model import Database, IndexDefinition, PartKind, Table

_PRODUCTION = (".cdx", ".mdx")
"""Index files that the header of a table refers to."""


class IndexRebuild:
    """The rebuild of the indexes of one restore."""

    def __init__(self, database: Database, request: RestorationRequest, staging: Staging, reporter: Reporter) -> None:
        self._database = database
        self._request = request
        self._staging = staging
        self._reporter = reporter
        self._tags: dict[tuple[str, str], list[IndexDefinition]] = {}
        for tag in request.source.indexes:
            self._tags.setdefault((tag.table, tag.details.get("file", "")), []).append(tag)

    def rebuild(self) -> tuple[str, ...]:
        """Rebuild the indexes; return the tables whose indexes only the application can rebuild."""
        if self._request.source.indexes_included:
            return ()
        data = {part.table: part.path for part in reversed(self._request.source.parts) if part.kind is PartKind.DATA}
        wanted = frozenset(self._request.tables)
        return tuple(
            table.name
            for table in self._request.source.tables
            if table.name in wanted
            and table.name in data
            and not self._rebuild_all(table, self._staging.received[data[table.name]])
        )

    def _rebuild_all(self, table: Table, data: Path) -> bool:
        """Rebuild the missing indexes of a table; return whether it now has all that it had."""
        self._reporter.advance(0)
        missing = [path for path in self._detail("index_files", table) if path not in self._staging.received]
        rebuilt = [path for path in missing if self._rebuild_cdx(table, data, path)]
        if len(rebuilt) == len(missing) and (missing or not _has_index_flag(data)):
            return True
        if self._run_command(table, data):
            return True
        if not any(data.with_suffix(suffix).exists() for suffix in (*_PRODUCTION, ".CDX", ".MDX")):
            _clear_index_flag(data)
        return False

    def _detail(self, name: str, table: Table) -> list[str]:
        """Return the texts that the manifest's detail `name` has for a table; the manifest may be hostile."""
        detail = self._request.source.details.get(name, {})
        found = detail.get(table.name, ()) if isinstance(detail, Mapping) else ()
        return [text for text in found if isinstance(text, str)] if isinstance(found, (list, tuple)) else []

    def _rebuild_cdx(self, table: Table, data: Path, path: str) -> bool:
        tags = self._tags.get((table.name, path), [])
        index = self._staging.folder / self._staging.name_of(path)
        if not tags or index.suffix.lower() != ".cdx" or folded(index.stem) != folded(data.stem) or index.parent != data.parent:
            return False
        status = data.stat()
        try:
            cdx.rebuild(data, index, tags, self._detail("long_names", table))
        except (cdx.NotRebuilt, dbase.NotDbase) as error:
            index.unlink(missing_ok=True)
            self._reporter.warn(_left_to_application(table.name, error.message))
            return False
        finally:
            os.utime(data, ns=(status.st_atime_ns, status.st_mtime_ns))
        return True

    def _run_command(self, table: Table, data: Path) -> bool:
        """Run the configured command on the staged table, which no other program uses yet."""
        stem = formats.split_extension(data.name)[0]
        if not self._database.reindex or stem.startswith("-"):
            return False
        values = {"table": stem, "folder": str(data.parent)}
        try:
            run_with_values(self._database.alias, self._database.reindex, values, data.parent, self._reporter)
        except CommandFailed as failure:
            self._reporter.warn(_left_to_application(table.name, failure.message))
            return False
        return data.exists()


def _has_index_flag(data: Path) -> bool:
    if data.suffix.lower() != ".dbf":
        return False
    try:
        return bool(dbase.read_header(data).flags & 1)
    except dbase.NotDbase:
        return False


def _clear_index_flag(data: Path) -> None:
    if _has_index_flag(data):
        status = data.stat()
        dbase.clear_index_flag(data)
        os.utime(data, ns=(status.st_atime_ns, status.st_mtime_ns))


def _left_to_application(table: str, reason: Message) -> Message:
    return message(N_("{table} must be reindexed by its application: {reason}"), table=table, reason=reason)
