"""Fixtures of the tests of operations: a small server of real databases."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hctui.config import Configuration
from hctui.events import Done, Event
from hctui.model import Database
from hctui.operations import run
from hctui.plans import BackupPlan, Plan

PASSWORD = "açaí com granola 7"
"""The password of encrypted backups."""
SCHEMA = """
CREATE TABLE produtos (id INTEGER PRIMARY KEY, nome TEXT NOT NULL, preco NUMERIC);
CREATE INDEX produtos_nome ON produtos (nome);
CREATE TABLE pedidos (id INTEGER PRIMARY KEY, produto INTEGER REFERENCES produtos (id), quantidade INTEGER);
CREATE TABLE auditoria (id INTEGER PRIMARY KEY, quem TEXT, o_que TEXT);
CREATE TABLE usuarios (id INTEGER PRIMARY KEY, nome TEXT, senha TEXT);
CREATE TABLE config (chave TEXT PRIMARY KEY, valor TEXT);
CREATE TABLE produtos_imagem (id INTEGER PRIMARY KEY, imagem BLOB);
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A configuration with an SQLite database `LOJA`, a dBase folder `FABRICA`, and a folder for backups."""

    configuration: Configuration
    destination: Path
    sqlite: Path
    folder: Path
    password: str = PASSWORD

    def backup_plan(self, *databases: str, **options: object) -> BackupPlan:
        """Return a plan for a backup of `databases` named `copia.bkb`."""
        return BackupPlan(databases or ("LOJA",), self.destination, "copia.bkb", **options)

    async def run(self, plan: Plan, password: str | None = None) -> tuple[Done, list[Event]]:
        """Carry out a plan; return its result and all events."""
        events = [event async for event in run(plan, self.configuration, password)]
        return events[-1], events

    async def backup(self, *databases: str, password: str | None = None, **options: object) -> Path:
        """Make a backup and return it."""
        done, _ = await self.run(self.backup_plan(*databases, **options), password)
        return done.file

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement on the SQLite database."""
        connection = sqlite3.connect(self.sqlite)
        try:
            with connection:
                return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def spoil(self) -> None:
        """Change and delete rows of the shop."""
        self.query("DELETE FROM produtos WHERE id > 10")
        self.query("UPDATE pedidos SET quantidade = 999")
        self.query("UPDATE usuarios SET senha = 'segredo-novo'")
        self.query("INSERT INTO auditoria VALUES (2, 'joao', 'apagou tudo')")
        self.query("UPDATE config SET valor = 'Padaria Nova'")

    def files(self) -> dict[str, bytes]:
        """Return the content of each dBase file."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def counts(self) -> tuple[object, ...]:
        """Return the number of products and the largest quantity ordered, which `spoil` changes."""
        return self.query("SELECT (SELECT count(*) FROM produtos), (SELECT max(quantidade) FROM pedidos)")[0]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_data: Path) -> Server:
    """Return a new server for each test."""
    monkeypatch.setenv("HCTUI_STATE", str(tmp_path / "state"))
    sqlite, folder, destination = tmp_path / "live" / "loja.db", tmp_path / "live" / "fabrica", tmp_path / "backups"
    destination.mkdir()
    folder.mkdir(parents=True)
    make_sqlite(sqlite)
    for file in (shared_data / "dbase").glob("dbase_[08]3.*"):
        shutil.copy(file, folder / file.name.replace("dbase_03", "maquinas").replace("dbase_83", "pecas"))
    shutil.copy(shared_data / "dbase" / "dbase_03.dbf", folder / "usuarios.dbf")
    for file in (shared_data / "dbase" / "foxprodb").glob("contacts.*"):
        shutil.copy(file, folder / file.name)
    configuration = Configuration.load(tmp_path / "config.toml")
    configuration.add(Database("LOJA", "sqlite", str(sqlite)))
    configuration.add(Database("FABRICA", "folder", str(folder)))
    return Server(configuration, destination, sqlite, folder)


def make_sqlite(path: Path, rows: int = 500) -> None:
    """Make a database of one shop."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    with connection:
        connection.executemany("INSERT INTO produtos VALUES (?, ?, ?)", ((n, f"Pão nº {n}", n / 4) for n in range(1, rows + 1)))
        connection.executemany("INSERT INTO pedidos VALUES (?, ?, ?)", ((n, n, n % 7) for n in range(1, rows + 1)))
        connection.execute("INSERT INTO auditoria VALUES (1, 'maria', 'abriu')")
        connection.execute("INSERT INTO usuarios VALUES (1, 'maria', 'segredo-velho')")
        connection.execute("INSERT INTO config VALUES ('empresa', 'Padaria')")
        connection.execute("INSERT INTO produtos_imagem VALUES (1, ?)", (hashlib.shake_256(b"imagem").digest(200_000),))
    connection.close()


@pytest.fixture
def fingerprint() -> Callable[[Path], dict[str, str]]:
    """Return a function whose result changes with any content, mode or link below a folder."""

    def of(folder: Path) -> dict[str, str]:
        found = {}
        for path in sorted(folder.rglob("*")):
            kind = f"{path.lstat().st_mode:o}"
            content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found[str(path.relative_to(folder))] = f"{kind} {hashlib.sha256(str(content).encode()).hexdigest()}"
        return found

    return of
