"""The scene of every trial: three small databases, a backup of their earlier content, and their content now."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dbflib

from hctui.archive import ArchiveReader
from hctui.config import Configuration
from hctui.model import Database
from hctui.operations import recover_all
from hctui.plans import BackupPlan, FilesBackupPlan

from .child import carry_out

WAL, ROLLBACK, FOLDER = "LOJA", "PADARIA", "FABRICA"
ALIASES = (WAL, ROLLBACK, FOLDER)
FILES = "arquivos"
"""A folder of any files beside the databases."""
PASSWORD = "Ninguém adivinha isto 2611"
PARTIAL = {WAL: ("produtos", "notas"), ROLLBACK: ("notas",), FOLDER: ("produtos",)}
"""The tables of a partial restore; `notas` has no index, so that only its rows change."""
UNTOUCHED = "velha.bkb"
"""An older backup in the destination."""
_LEFTOVERS = (".hctui-work", ".hctui-begun", ".hctui-staging", ".hctui-capture", ".hctui-trash")

Contents = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """The folders of a scene."""

    folder: Path

    @property
    def live(self) -> Path:
        """The folder of the databases."""
        return self.folder / "live"

    @property
    def destination(self) -> Path:
        """The folder of backups."""
        return self.folder / "backups"

    @property
    def backup(self) -> Path:
        """The backup of the databases' earlier content."""
        return self.folder / "backup.bkb"

    @property
    def files(self) -> Path:
        """The backup of the other files' earlier content."""
        return self.folder / "files.bkb"

    def configuration(self) -> Configuration:
        """Read the configuration, as every start of hctui does."""
        return Configuration.load(self.folder / "hctui.toml")

    def location(self, alias: str) -> Path:
        """Return the path of a database."""
        return Path(self.configuration().database(alias).location)

    def reset(self) -> None:
        """Put everything back as it was before the trial."""
        for name in ("live", "backups", "state"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "now", self.live)
        self.destination.mkdir()
        shutil.copy(self.backup, self.destination / UNTOUCHED)
        shutil.copy(self.folder / "hctui.toml.first", self.folder / "hctui.toml")

    def restart(self) -> tuple[str, ...]:
        """Recover from killed jobs as the next start of hctui does, and return its messages."""
        return tuple(map(str, recover_all(self.configuration())))

    def content(self, alias: str) -> Contents:
        """Check the integrity of a database and return its content."""
        return content_of(self.live / self.location(alias).name)

    def contents(self) -> dict[str, Contents]:
        """Return the content of every database."""
        return {alias: self.content(alias) for alias in ALIASES}

    def leftovers(self) -> list[str]:
        """Return the temporary files and folders that hctui left beside databases and backups."""
        found = [path for folder in (self.live, self.destination, self.folder / "state") for path in folder.rglob("*")]
        return sorted(
            str(path.relative_to(self.folder))
            for path in found
            if path.name.startswith(_LEFTOVERS) or path.name.endswith((".part", ".pending", ".retired"))
        )

    def check_backups(self, password: str | None = None) -> int:
        """Read every backup completely and return their number; the older one must be unchanged."""
        assert (self.destination / UNTOUCHED).read_bytes() == self.backup.read_bytes(), "an old backup has changed"
        found = sorted(self.destination.glob("*.bkb"))
        for path in found:
            given = password if path.name != UNTOUCHED else None
            with ArchiveReader(path, password=given) as archive, open(os.devnull, "wb") as sink:
                manifest = archive.manifest()
                assert manifest is not None
                for database in manifest.databases:
                    for part in database.parts:
                        archive.read(f"{database.alias}/{part.path}", sink, expected=part)
        return len(found)


def content_of(path: Path) -> Contents:
    """Return a digest of every table (SQLite) or file (folder); nothing where there is no database."""
    if path.is_dir():
        files = (each for each in path.rglob("*") if each.is_file() and "/.hctui-" not in str(each))
        return {str(each.relative_to(path)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        schema = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()
        found = {"schema": repr(schema), "mode": connection.execute("PRAGMA journal_mode").fetchone()[0]}
        for kind, name, _ in schema:
            if kind == "table":
                rows = sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))
                found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found


@contextmanager
def make_scene() -> Iterator[Scene]:
    """Yield a new scene, in memory where possible: the trials do not depend on the speed of a disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="hctui-soak-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        scene = Scene(Path(folder))
        before = os.environ.get("HCTUI_STATE")
        os.environ["HCTUI_STATE"] = str(scene.folder / "state")
        try:
            _build(scene)
            yield scene
        finally:
            del os.environ["HCTUI_STATE"]
            if before is not None:
                os.environ["HCTUI_STATE"] = before


def _build(scene: Scene) -> None:
    scene.live.mkdir()
    (scene.folder / "state").mkdir(mode=0o700)
    names = {WAL: "loja.db", ROLLBACK: "padaria.db", FOLDER: "fabrica"}
    configuration = scene.configuration()
    for alias, name in names.items():
        configuration.add(Database(alias, "folder" if alias == FOLDER else "sqlite", str(scene.live / name)))
    shutil.copy(scene.folder / "hctui.toml", scene.folder / "hctui.toml.first")
    for alias, mode in ((WAL, "wal"), (ROLLBACK, "delete")):
        _make_sqlite(scene.live / names[alias], mode)
    _make_tables(scene.live / "fabrica", 0)
    _make_files(scene.live / FILES, "antes")
    carry_out(BackupPlan(ALIASES, scene.folder, scene.backup.name), scene.configuration(), None)
    carry_out(FilesBackupPlan((scene.live / FILES,), scene.folder, scene.files.name), scene.configuration(), None)
    shutil.copytree(scene.live / FILES, scene.folder / "then" / FILES)
    for alias in (WAL, ROLLBACK):
        with closing(sqlite3.connect(scene.live / names[alias])) as connection:
            connection.executescript(_SINCE)
    _make_files(scene.live / FILES, "depois")
    (scene.live / FILES / "sub" / "nota 1.txt").unlink()
    _make_tables(scene.live / "fabrica", 1000)
    shutil.copytree(scene.live, scene.folder / "now")


_SCHEMA = """
CREATE TABLE produtos (id INTEGER PRIMARY KEY, nome TEXT NOT NULL, preco NUMERIC, foto BLOB);
CREATE INDEX produtos_nome ON produtos (nome);
CREATE TABLE notas (texto TEXT);
CREATE TABLE pedidos (id INTEGER PRIMARY KEY AUTOINCREMENT, produto INTEGER REFERENCES produtos (id), quantidade INTEGER);
CREATE TABLE usuarios (id INTEGER PRIMARY KEY, nome TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150)
  INSERT INTO produtos SELECT i, 'Pão nº ' || i, i / 4.0, randomblob(900) FROM n;
INSERT INTO notas SELECT 'nota ' || id FROM produtos;
INSERT INTO pedidos(produto, quantidade) SELECT id, id % 7 FROM produtos;
INSERT INTO usuarios VALUES (1, 'maria');
"""
_SINCE = """
UPDATE produtos SET preco = preco * 2; DELETE FROM pedidos WHERE id % 3 = 0; INSERT INTO notas VALUES ('escrita depois');
INSERT INTO usuarios VALUES (2, 'josé'); CREATE TABLE depois (x); INSERT INTO depois VALUES ('feita depois');
"""


def _make_sqlite(path: Path, mode: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA page_size = 1024; PRAGMA journal_mode = {mode}; {_SCHEMA}")


def _make_tables(folder: Path, shift: int) -> None:
    folder.mkdir(exist_ok=True)
    for name, count in (("produtos", 60), ("clientes", 40), ("pedidos", 50)):
        rows = [{"codigo": n, "nome": f"{name} {n + shift}", "obs": f"Nota {n + shift} " * 9} for n in range(1, count)]
        dbflib.create_dbf(
            str(folder / f"{name}.dbf"), [("codigo", "I"), ("nome", "C (30)"), ("obs", "M")], rows, {"CODIGO": "codigo"}
        )
    (folder / "leia.txt").write_text(f"Notas da fábrica {shift}\n")


def _make_files(folder: Path, when: str) -> None:
    (folder / "sub").mkdir(parents=True, exist_ok=True)
    for number in range(4):
        (folder / f"carta {number}.txt").write_text(f"{when} {number} " * 2000)
        (folder / "sub" / f"nota {number}.txt").write_text(f"{when} {number}")
