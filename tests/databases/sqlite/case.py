"""The sample SQLite database of the contract."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

from hctui.model import Database, DatabaseManifest, Role

_SCHEMA = """
CREATE TABLE produtos (codigo INTEGER PRIMARY KEY, nome TEXT NOT NULL, preco REAL, dobro REAL AS (preco * 2));
CREATE TABLE itens (numero INTEGER PRIMARY KEY AUTOINCREMENT, produto INTEGER NOT NULL REFERENCES produtos, quantidade INTEGER);
CREATE TABLE auditoria (numero INTEGER PRIMARY KEY, texto TEXT);
CREATE TABLE produtos_imagem (produto INTEGER PRIMARY KEY, imagem BLOB);
CREATE TABLE usuarios (codigo INTEGER PRIMARY KEY, login TEXT UNIQUE);
CREATE TABLE configuracoes (chave TEXT PRIMARY KEY, valor TEXT) WITHOUT ROWID;
CREATE INDEX produtos_nome ON produtos (nome COLLATE NOCASE);
CREATE UNIQUE INDEX itens_unico ON itens (produto, numero);
CREATE VIEW caros AS SELECT nome FROM produtos WHERE preco > 100;
CREATE TRIGGER produtos_apagados AFTER DELETE ON produtos BEGIN
  INSERT INTO auditoria(texto) VALUES ('apagado ' || OLD.nome); END;
"""


class Case:
    """A small company in one file."""

    names: ClassVar = {
        Role.DATA: "produtos",
        Role.IMAGES: "produtos_imagem",
        Role.AUDIT: "auditoria",
        Role.USERS: "usuarios",
        Role.SETTINGS: "configuracoes",
    }
    other = "itens"
    has_foreign_keys = True
    columns_known = True
    drift_refused = True

    variants = ("delete", "wal")

    def __init__(self, folder: Path, variant: str = "delete") -> None:
        self.journal_mode = variant
        self.path = folder / "empresa.db"
        self.database = Database("EMPRESA", "sqlite", str(self.path))

    def marker(self, role: Role) -> bytes:
        return f"MARKER-{role.value}-".encode()

    def create(self) -> None:
        with self.connected() as connection:
            connection.execute(f"PRAGMA journal_mode = {self.journal_mode}")
            connection.executescript(_SCHEMA)
            connection.execute("BEGIN")
            for number in range(1, 301):
                marked = {role: f"{self.marker(role).decode()}{number:05}" for role in Role}
                connection.execute("INSERT INTO produtos VALUES (?, ?, ?)", (number, marked[Role.DATA], number / 2))
                connection.execute("INSERT INTO itens(produto, quantidade) VALUES (?, ?)", (number, number % 7))
                connection.execute("INSERT INTO auditoria(texto) VALUES (?)", (marked[Role.AUDIT] * 20,))
                image = marked[Role.IMAGES].encode() * 30
                connection.execute("INSERT INTO produtos_imagem VALUES (?, ?)", (number, image))
                connection.execute("INSERT INTO usuarios(login) VALUES (?)", (marked[Role.USERS],))
                connection.execute("INSERT INTO configuracoes VALUES (?, ?)", (marked[Role.SETTINGS], str(number)))
            connection.execute("COMMIT")

    def change(self) -> None:
        with self.connected() as connection:
            connection.executescript(
                """
                UPDATE produtos SET preco = preco + 1, nome = 'novo ' || codigo WHERE codigo > 100;
                DELETE FROM itens WHERE produto < 50; DELETE FROM produtos WHERE codigo < 50;
                INSERT INTO produtos(nome, preco) VALUES ('mais um', 1);
                INSERT INTO itens(produto, quantidade) VALUES (200, 9);
                UPDATE produtos_imagem SET imagem = x'00' WHERE produto > 290;
                INSERT INTO auditoria(texto) VALUES ('depois');
                UPDATE usuarios SET login = 'outro' WHERE codigo = 1;
                DELETE FROM configuracoes WHERE valor = '7';
                CREATE TABLE made_since (a TEXT); INSERT INTO made_since VALUES ('x');
                """
            )

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        with self.connected() as connection:
            names = [
                name
                for name, kind in connection.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")
                if kind == "table" and not name.startswith("sqlite_")
            ]
            return {name: sorted(connection.execute(f'SELECT * FROM "{name}"')) for name in names}

    def indexes(self) -> list[tuple[str, str, str]]:
        with self.connected() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
            return connection.execute(found).fetchall()

    def add_column(self, table: str) -> None:
        with self.connected() as connection:
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN cor TEXT')

    def damage(self) -> None:
        self.path.write_bytes(os.urandom(50_000))

    def damage_part(self, folder: Path, manifest: DatabaseManifest, table: str) -> None:
        path = folder / manifest.parts[0].path
        with closing(sqlite3.connect(path)) as connection:
            (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        with open(path, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xff" * 64)

    def destroy(self) -> None:
        self.path.unlink()

    @contextmanager
    def other_program(self) -> Iterator[int]:
        program = (
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT count(*) FROM produtos').fetchone();"
            "print(flush=True); sys.stdin.read(); c.close()"
        )
        pipe = subprocess.PIPE
        with subprocess.Popen([sys.executable, "-c", program, str(self.path)], stdin=pipe, stdout=pipe) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
            process.communicate()

    def leftovers(self) -> list[str]:
        mine = (self.path.name, f".hctui-undo-{self.path.name}")
        return sorted(path.name for path in self.path.parent.iterdir() if path.name not in mine)

    @contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            yield connection
