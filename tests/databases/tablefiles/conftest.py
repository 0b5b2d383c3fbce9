"""Fixtures: folders of table files, a backup of one, and a restore."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import dbflib
import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.databases.engine import Engine, RestorationOutcome, RestorationRequest, SnapshotRequest
from hctui.databases.tablefiles import open_database
from hctui.events import Step
from hctui.messages import Message
from hctui.model import Database, DatabaseManifest


@dataclass
class Listener:
    """A reporter that keeps warnings and advice, and calls `stop` wherever a job can be cancelled."""

    warnings: list[Message] = field(default_factory=list)
    advice: list[Message] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None

    def step(self, alias: str, step: Step) -> None:
        self.stop()

    def table_started(self, alias: str, table: str, size: int) -> None:
        self.stop()

    def advance(self, size: int) -> None:
        self.stop()

    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None:
        self.stop()

    def warn(self, message: Message) -> None:
        self.warnings.append(message)

    def advise(self, message: Message) -> None:
        self.advice.append(message)

    def messages(self) -> str:
        return "\n".join(map(str, (*self.warnings, *self.advice)))


@dataclass
class Backup:
    """The result of a snapshot."""

    manifest: DatabaseManifest
    content: dict[str, bytes]
    yielded: list[str]
    """Every path in the order of the snapshot, with repetitions."""

    def names(self) -> set[str]:
        return {part.path for part in self.manifest.parts}


def back_up(engine: Engine, listener: Listener | None = None, **request: object) -> Backup:
    content: dict[str, bytes] = {}
    yielded: list[str] = []
    with engine.snapshot(SnapshotRequest(**request), listener or Listener()) as snapshot:  # type: ignore[arg-type]
        for each in snapshot.parts():
            with each.open() as stream:
                content[each.part.path] = stream.read()
            yielded.append(each.part.path)
        manifest = snapshot.manifest()
    parts = tuple(replace(part, size=len(content[part.path])) for part in manifest.parts)
    manifest = codec.decode(codec.encode(replace(manifest, parts=parts)), DatabaseManifest)
    return Backup(manifest, content, yielded)


def put_back(
    engine: Engine,
    backup: Backup,
    *,
    tables: tuple[str, ...] | None = None,
    whole: bool = True,
    drop: tuple[str, ...] = (),
    listener: Listener | None = None,
) -> RestorationOutcome:
    listener = listener or Listener()
    every = tuple(table.name for table in backup.manifest.tables if not table.left_out)
    request = RestorationRequest(backup.manifest, every if tables is None else tables, whole, drop, origin="copy.bkb")
    with engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as stream:
                stream.write(backup.content[part.path])
        restoration.prepare(listener)
        return restoration.commit(listener)


def content_of(root: Path) -> dict[str, bytes]:
    """Return every file of a database by its name, without hctui's own."""
    return {
        os.path.relpath(path, root): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part.startswith(".hctui-") for part in path.relative_to(root).parts)
    }


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def backup() -> Callable[..., Backup]:
    return back_up


@pytest.fixture
def restore() -> Callable[..., RestorationOutcome]:
    return put_back


@pytest.fixture
def content() -> Callable[[Path], dict[str, bytes]]:
    return content_of


@pytest.fixture
def engine_of() -> Callable[..., Engine]:
    """Return a function that opens a folder; its keywords are fields of the `Database`."""

    def open_folder(root: Path, **fields: object) -> Engine:
        return open_database(Database("BOOKS", "folder", str(root), **fields))  # type: ignore[arg-type]

    return open_folder


def make_books(root: Path, shift: int = 0) -> Path:
    """Make a FoxPro database of four tables, one with memo, three with a compound index."""
    root.mkdir(exist_ok=True)
    dbflib.create_dbf(
        str(root / "produtos.dbf"),
        [("codigo", "I"), ("nome", "C (30)"), ("preco", "N (10, 2)"), ("obs", "M")],
        [{"codigo": n, "nome": f"Chapa {n + shift}", "preco": n * 1.5, "obs": f"Nota {n + shift} " * 20} for n in range(1, 60)],
        {"CODIGO": "codigo", "NOME": {"key": "UPPER(nome)", "filter": "preco > 10"}},
    )
    dbflib.create_dbf(
        str(root / "clientes.dbf"),
        [("id", "I"), ("nome", "C (20)")],
        [{"id": n, "nome": f"Cliente {n + shift}"} for n in range(1, 40)],
        {"ID": {"key": "id", "unique": True}},
    )
    dbflib.create_dbf(str(root / "auditoria.dbf"), [("texto", "C (40)")], [{"texto": f"Login {shift}"}] * 25)
    dbflib.create_dbf(str(root / "config.dbf"), [("chave", "C (10)")], [{"chave": f"c{shift}"}], {"CHAVE": "chave"})
    (root / "leia.txt").write_text(f"Notas da empresa {shift}\n")
    return root


@pytest.fixture
def books(tmp_path: Path) -> Path:
    return make_books(tmp_path / "books")


@pytest.fixture
def other_books() -> Callable[[Path], Path]:
    """Return a function that overwrites a folder with the same tables and other rows."""
    return lambda root: make_books(root, shift=1000)


@pytest.fixture
def engine(books: Path, engine_of: Callable[..., Engine]) -> Engine:
    return engine_of(books)
