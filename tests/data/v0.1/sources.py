"""The sample databases, as they were when they were backed up (`then`) and as they were changed to afterwards (`now`)."""

from __future__ import annotations

import datetime
import os
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

_SQLITE = """
PRAGMA page_size = 1024;
CREATE TABLE clientes (id INTEGER PRIMARY KEY, nome TEXT NOT NULL COLLATE NOCASE, cpf TEXT UNIQUE, desde TEXT);
CREATE TABLE produtos (id INTEGER PRIMARY KEY AUTOINCREMENT, nome TEXT, preco REAL, obs TEXT);
CREATE TABLE itens (cliente INTEGER REFERENCES clientes, produto INTEGER NOT NULL REFERENCES produtos ON DELETE CASCADE,
  quantidade INTEGER CHECK (quantidade > 0), PRIMARY KEY (cliente, produto)) WITHOUT ROWID;
CREATE TABLE produtos_imagem (produto INTEGER PRIMARY KEY REFERENCES produtos, imagem BLOB);
CREATE TABLE auditoria (id INTEGER PRIMARY KEY, usuario INTEGER REFERENCES usuarios, texto TEXT);
CREATE TABLE usuarios (id INTEGER PRIMARY KEY, login TEXT UNIQUE, senha BLOB);
CREATE TABLE configuracoes (chave TEXT PRIMARY KEY, valor);
CREATE TABLE "preço médio (R$)" ("ano-mês" TEXT, "valor %" NUMERIC, "select" ANY);
CREATE INDEX produtos_nome ON produtos (lower(nome));
CREATE UNIQUE INDEX "índice caro" ON produtos (preco, id DESC) WHERE preco > 10;
CREATE INDEX itens_produto ON itens (produto);
CREATE VIEW caros AS SELECT nome, preco FROM produtos WHERE preco > 10;
CREATE TRIGGER produto_apagado AFTER DELETE ON produtos BEGIN INSERT INTO auditoria(texto) VALUES ('apagado ' || OLD.nome); END;
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60)
  INSERT INTO clientes SELECT n, 'João Conceição ' || n, NULLIF('cpf' || n, 'cpf7'), date('2020-01-01', n || ' days') FROM n;
INSERT INTO produtos(nome, preco, obs) SELECT 'Pão nº ' || id, id / 3.0, CASE WHEN id % 4 THEN 'massa ' || id END FROM clientes;
INSERT INTO itens SELECT id, 1 + id % 60, 1 + id % 5 FROM clientes;
INSERT INTO produtos_imagem SELECT id,
  CASE WHEN id % 5 THEN CAST(char(id, 0, 255) || printf('%.*c', 40, 'A') AS BLOB) END FROM produtos;
INSERT INTO usuarios VALUES (1, 'maria', x'00FF10'), (2, 'josé', NULL);
INSERT INTO auditoria(usuario, texto) SELECT 1 + id % 2, 'entrou às ' || id || ' h' FROM clientes;
INSERT INTO configuracoes VALUES ('empresa', 'Padaria São José'), ('nível', 3), ('taxa', 0.5), ('nada', NULL),
  ('bytes', x'CAFE');
INSERT INTO "preço médio (R$)" VALUES ('2024-01', 9007199254740993, 'é'), ('2024-02', -0.5, NULL), (NULL, 'texto', x'');
ANALYZE;
"""
SQLITE_NOW = """
UPDATE produtos SET nome = 'novo ' || nome WHERE id % 2; DELETE FROM itens WHERE quantidade = 3;
DELETE FROM "preço médio (R$)" WHERE "select" IS NULL; UPDATE clientes SET nome = 'Ana' WHERE id = 1;
INSERT INTO usuarios VALUES (3, 'ana', x'01'); INSERT INTO auditoria(usuario, texto) VALUES (3, 'depois');
UPDATE configuracoes SET valor = 'outra' WHERE chave = 'empresa'; UPDATE produtos_imagem SET imagem = x'00' WHERE produto = 9;
CREATE TABLE feita_depois (a TEXT); INSERT INTO feita_depois VALUES ('x');
"""
POSTGRESQL_NOW = """
UPDATE produtos SET nome = 'novo ' || nome WHERE id % 2 = 1; DELETE FROM itens WHERE quantidade = 3;
DELETE FROM "preço médio (R$)" WHERE "select" IS NULL; UPDATE vendas.clientes SET nome = 'Ana' WHERE id = 1;
INSERT INTO usuarios(login) VALUES ('ana'); INSERT INTO auditoria(usuario, texto) VALUES (3, 'depois');
UPDATE configuracoes SET valor = '"outra"' WHERE chave = 'empresa';
UPDATE produtos_imagem SET imagem = '\\x00' WHERE produto = 9;
CREATE TABLE feita_depois (a text); INSERT INTO feita_depois VALUES ('x');
"""
POSTGRESQL_DATABASE = "CREATE DATABASE ceramica TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
POSTGRESQL = """
CREATE SCHEMA vendas; CREATE TYPE estado AS ENUM ('novo', 'usado', 'não sei');
CREATE DOMAIN dinheiro AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE TABLE vendas.clientes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nome text NOT NULL, cpf text UNIQUE,
  desde timestamptz);
CREATE TABLE produtos (id serial PRIMARY KEY, nome text, preco dinheiro, tags text[], e estado DEFAULT 'novo',
  dobro numeric GENERATED ALWAYS AS (preco * 2) STORED);
CREATE TABLE itens (cliente int REFERENCES vendas.clientes, produto int NOT NULL REFERENCES produtos ON DELETE CASCADE,
  quantidade int CHECK (quantidade > 0), PRIMARY KEY (cliente, produto));
CREATE TABLE produtos_imagem (produto int PRIMARY KEY REFERENCES produtos, imagem bytea);
CREATE TABLE usuarios (id serial PRIMARY KEY, login text UNIQUE);
CREATE TABLE auditoria (id serial PRIMARY KEY, usuario int REFERENCES usuarios, texto text);
CREATE TABLE configuracoes (chave text PRIMARY KEY, valor jsonb);
CREATE TABLE "preço médio (R$)" ("ano-mês" date, "valor %" double precision, "select" text);
CREATE INDEX produtos_nome ON produtos (lower(nome));
CREATE UNIQUE INDEX "índice caro" ON produtos (preco, id DESC) WHERE preco > 10;
CREATE INDEX ON itens (produto); CREATE INDEX ON produtos USING gin (tags);
CREATE VIEW caros AS SELECT nome, preco FROM produtos WHERE preco > 10;
CREATE MATERIALIZED VIEW totais AS SELECT produto, sum(quantidade) AS n FROM itens GROUP BY produto;
CREATE FUNCTION apagado() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.auditoria(texto) VALUES ('apagado ' || OLD.nome); RETURN OLD; END $$;
CREATE TRIGGER produto_apagado AFTER DELETE ON produtos FOR EACH ROW EXECUTE FUNCTION apagado();
COMMENT ON TABLE produtos IS 'O que se vende: pão, “bolo” e café';
INSERT INTO vendas.clientes(nome, cpf, desde) SELECT 'João Conceição ' || n, NULLIF('cpf' || n, 'cpf7'),
  timestamptz '2020-01-01 12:34:56.789 UTC' + n * interval '1 day' FROM generate_series(1, 60) n;
INSERT INTO produtos(nome, preco, tags, e) SELECT E'Pão\\tnº\\n' || n, n / 3.0, ARRAY['a' || n, NULL, 'vírgula, "aspas"'],
  (ARRAY['novo', 'usado', 'não sei', NULL]::estado[])[1 + n % 4] FROM generate_series(1, 60) n;
INSERT INTO itens SELECT n, 1 + n % 60, 1 + n % 5 FROM generate_series(1, 60) n;
INSERT INTO produtos_imagem
  SELECT n, CASE WHEN n % 5 > 0 THEN decode(lpad(to_hex(n), 80, 'ab'), 'hex') END FROM generate_series(1, 60) n;
INSERT INTO usuarios(login) VALUES ('maria'), ('josé');
INSERT INTO auditoria(usuario, texto) SELECT 1 + n % 2, 'entrou às ' || n || ' h' FROM generate_series(1, 60) n;
INSERT INTO configuracoes VALUES ('empresa', '{"nome": "Cerâmica", "ativa": true}'), ('nada', NULL), ('nulo', 'null');
INSERT INTO "preço médio (R$)" VALUES ('2024-01-31', 'NaN', 'é\\N'), (NULL, '-Infinity', NULL), ('infinity', 0.1, '');
REFRESH MATERIALIZED VIEW totais;
"""


def make_sqlite(path: Path, *, wal: bool = False) -> None:
    """Make the SQLite database as it was then."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(_SQLITE)
        connection.execute(f"PRAGMA journal_mode = {'wal' if wal else 'delete'}")


def make_folder(root: Path, *, now: bool = False) -> None:
    """Make the folder: FoxPro tables with memo and compound indexes, one in a sub-folder, and a dBase III one with memo."""
    import dbf
    import dbflib

    word, count = ("novo", 33) if now else ("Armário", 40)

    def foxpro(name: str, columns: list[tuple[str, str]], rows: list[dict[str, Any]], indexes: Any = None) -> None:
        path = root / f"{name}.dbf"
        path.parent.mkdir(parents=True, exist_ok=True)
        dbflib.create_dbf(str(path), columns, rows, indexes)

    numbers = range(1, count)
    keys = {"CODIGO": "codigo", "NOME": {"key": "UPPER(nome)", "filter": "codigo > 5"}}
    columns = [("codigo", "I"), ("nome", "C (30)"), ("preco", "N (10, 2)"), ("desde", "D"), ("obs", "M")]
    rows = [
        {"codigo": n, "nome": f"{word} {n}", "preco": n * 1.5, "obs": f"nota {n} " * 9}
        | ({"desde": datetime.date(2024, 1, n % 28 + 1)} if n % 4 else {})
        for n in numbers
    ]
    foxpro("produtos", columns, rows, keys)
    foxpro(
        "itens", [("codigo", "I"), ("qtd", "N (6, 0)")], [{"codigo": n, "qtd": n % 5} for n in numbers], {"CODIGO": "codigo"}
    )
    foxpro("produtos_imagem", [("codigo", "I"), ("imagem", "M")], [{"codigo": n, "imagem": f"{word}" * 20} for n in numbers])
    foxpro("auditoria", [("texto", "C (40)")], [{"texto": f"{word} às {n} h"} for n in numbers])
    foxpro(
        "cadastro/usuarios", [("login", "C (10)")], [{"login": name} for name in ("maria", "josé", word)], {"LOGIN": "login"}
    )
    foxpro("config", [("chave", "C (10)"), ("valor", "C (30)")], [{"chave": "empresa", "valor": word}], {"CHAVE": "chave"})
    foxpro(
        "preço médio", [("mes", "C (7)"), ("valor", "N (12, 4)")], [{"mes": f"2024-{n:02}", "valor": n / 8} for n in numbers]
    )
    if now:
        foxpro("feita_depois", [("a", "C (3)")], [{"a": "x"}])
    with warnings.catch_warnings(action="ignore"):
        table = dbf.Table(
            str(root / "antiga.dbf"), "codigo N(10,0); nome C(20); ativo L; obs M", dbf_type="db3", codepage="cp1252"
        )
        table.open(dbf.READ_WRITE)
        for n in numbers:
            table.append((n, f"{word} {n}", None if n % 3 == 0 else n % 3 == 1, f"memorando nº {n}"))
        table.close()
    (root / "leia.txt").write_text(f"Notas da empresa: {word}\n")


def make_files(root: Path) -> None:
    """Make loose files: accents, an empty one, an empty folder, a link, permissions."""
    (root / "relatórios/ano 2024").mkdir(parents=True)
    (root / "vazia").mkdir()
    (root / "relatórios/ano 2024/balanço final.txt").write_text("Receita: R$ 1.234,56\n" * 50)
    (root / "relatórios/binário.dat").write_bytes(bytes(range(256)) * 12)
    (root / "vazio.txt").touch()
    (root / "programa.sh").write_text("#!/bin/sh\necho oi\n")
    (root / "programa.sh").chmod(0o750)
    (root / "atalho").symlink_to("relatórios/binário.dat")
    os.utime(root / "vazio.txt", (1_600_000_000, 1_600_000_000))
