"""The sample database that an engine gives the contract, and what the contract backs up and restores with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from hctui.databases.engine import Engine, RestorationOutcome, RestorationRequest, SnapshotRequest
from hctui.errors import Cancelled
from hctui.events import Step
from hctui.messages import Message
from hctui.model import Database, DatabaseManifest, Role

Rows = Mapping[str, Sequence[object]]


class EngineCase(Protocol):
    """The sample database of one engine. `Case(folder, variant)` gets an empty folder and makes nothing before `create`."""

    def __init__(self, folder: Path, variant: str) -> None: ...

    variants: Sequence[str]
    """The contract is tested once with each; an engine that has only one has ""."""

    database: Database
    names: Mapping[Role, str]
    """One table of each role; the data table has an index where the engine has indexes."""
    other: str
    """Another data table, which refers to the data table if the engine has foreign keys."""
    has_foreign_keys: bool
    columns_known: bool
    """Whether the engine knows the columns of tables."""
    drift_refused: bool
    """Whether a partial restore refuses a table with other columns; false if the engine replaces tables whole."""

    def create(self) -> None:
        """Make the sample: the tables above, with a few hundred rows, each of which has `marker(role)` in its bytes."""

    def marker(self, role: Role) -> bytes:
        """Return bytes that only the content of that role's table has."""

    def change(self) -> None:
        """Change, add and delete rows in every table, and make one new data table `made_since`."""

    def rows(self) -> Rows:
        """Return all rows of all tables by table name, in a form that can be compared."""

    def indexes(self) -> Sequence[object]:
        """Return the indexes, after a check that each finds a row; empty if the engine does not know them."""

    def add_column(self, table: str) -> None:
        """Add a column to a table."""

    def damage(self) -> None:
        """Make the live database unreadable."""

    def damage_part(self, folder: Path, manifest: DatabaseManifest, table: str) -> None:
        """Damage bytes of that table in the parts unpacked in `folder`, without changing their size."""

    def destroy(self) -> None:
        """Remove the database from its location."""

    def other_program(self) -> AbstractContextManager[int]:
        """Keep the database open in another process; gives the process id."""

    def leftovers(self) -> Sequence[str]:
        """Return the files at or beside the location that belong neither to the database nor to its undo copy."""


class Recorder:
    """A `Reporter` that records its calls, and raises `Cancelled` at call number `cancel_at`."""

    def __init__(self, cancel_at: int | None = None) -> None:
        self.calls = 0
        self.started: list[str] = []
        self.done: list[tuple[str, int | None]] = []
        self.warnings: list[Message] = []
        self.advice: list[Message] = []
        self._cancel_at = cancel_at

    def _call(self) -> None:
        self.calls += 1
        if self._cancel_at is not None and self.calls >= self._cancel_at:
            raise Cancelled()

    def step(self, alias: str, step: Step) -> None:
        self._call()

    def table_started(self, alias: str, table: str, size: int) -> None:
        self._call()
        self.started.append(table)

    def advance(self, size: int) -> None:
        assert size >= 0
        self._call()

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        self._call()
        self.done.append((table, rows))

    def warn(self, message: Message) -> None:
        self.warnings.append(message)

    def advise(self, message: Message) -> None:
        self.advice.append(message)


class Backup:
    """The result of a snapshot: the manifest, and the bytes of each part."""

    def __init__(self, manifest: DatabaseManifest, parts: Mapping[str, bytes]) -> None:
        self.manifest = manifest
        self.parts = parts

    def unpack(self, folder: Path) -> Path:
        """Write the parts into `folder` and return it."""
        for name, content in self.parts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def names(self, *roles: Role) -> tuple[str, ...]:
        """Return the tables that are in the backup, of the given roles or all."""
        return tuple(table.name for table in self.manifest.tables if not table.left_out and (not roles or table.role in roles))


def back_up(engine: Engine, request: SnapshotRequest | None = None, reporter: Recorder | None = None) -> Backup:
    """Back up into memory."""
    with engine.snapshot(request or SnapshotRequest(), reporter or Recorder()) as snapshot:
        parts = {}
        for each in snapshot.parts():
            with each.open() as stream:
                parts[each.part.path] = stream.read()
        return Backup(snapshot.manifest(), parts)


def restore(
    engine: Engine,
    backup: Backup,
    tables: Sequence[str],
    *,
    whole: bool = True,
    drop: Sequence[str] = (),
    reporter: Recorder | None = None,
) -> RestorationOutcome:
    """Restore from memory."""
    reporter = reporter or Recorder()
    request = RestorationRequest(backup.manifest, tuple(tables), whole, tuple(drop), origin="test.bkb")
    with engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(reporter)
        return restoration.commit(reporter)
