"""The fourth demo company, on a PostgreSQL server that the person names; only the demo's own databases are changed there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice

from hctui.databases.postgresql.address import Address, location_of
from hctui.databases.postgresql.catalogue import read_tables
from hctui.databases.postgresql.connection import Connection
from hctui.databases.postgresql.copy_format import copy_into
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.server import Server
from hctui.demo import sample_words
from hctui.demo.companies import STOCK, WAREHOUSES, Company, CompanyRows, Row
from hctui.demo.fingerprint import Content, Contents

COMPANY = Company("POUSADA_DO_MAR", "Pousada do Mar Ltda.", "", "", *sample_words.BAKERY, 44, 2000)
DATABASE = "hctui_demo_pousada"
DROPPED, OVERWRITTEN = "produtos_formula", "clientes"
_SCHEMA = """
CREATE TABLE produtos (codigo int PRIMARY KEY, descricao text NOT NULL, grupo text, unidade text, preco_venda numeric(12, 2),
  custo_producao numeric(12, 2), ativo int, alterado_em timestamp, alterado_por text, ficha text,
  margem numeric GENERATED ALWAYS AS (preco_venda - custo_producao) STORED);
CREATE TABLE produtos_formula (produto int REFERENCES produtos, materia_prima int, quantidade numeric, perda_percentual numeric,
  PRIMARY KEY (produto, materia_prima));
CREATE TABLE clientes (codigo int PRIMARY KEY, nome text NOT NULL, fantasia text, cnpj text, endereco text, cidade text,
  uf text, limite_credito numeric, observacoes text);
CREATE TABLE estoques (produto int REFERENCES produtos, deposito int, quantidade int NOT NULL, PRIMARY KEY (produto, deposito));
CREATE TABLE movimentos (numero int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, produto int REFERENCES produtos, quantidade int);
CREATE INDEX clientes_nome ON clientes (lower(nome));
CREATE VIEW ativos AS SELECT codigo, descricao FROM produtos WHERE ativo = 1;
"""
_UNIT = """
WITH chosen AS (SELECT {product} AS produto, 1 + {product} % 9 AS quantidade),
  source AS (UPDATE estoques e SET quantidade = e.quantidade - c.quantidade FROM chosen c
    WHERE e.produto = c.produto AND e.deposito = 1 RETURNING 1),
  target AS (UPDATE estoques e SET quantidade = e.quantidade + c.quantidade FROM chosen c
    WHERE e.produto = c.produto AND e.deposito = 2 RETURNING 1)
INSERT INTO movimentos(produto, quantidade) SELECT produto, quantidade FROM chosen
"""
_BROKEN = """
SELECT count(*) FROM (SELECT e.produto, max(e.quantidade) FILTER (WHERE deposito = 1) AS one,
    max(e.quantidade) FILTER (WHERE deposito = 2) AS other FROM estoques e GROUP BY e.produto) s
LEFT JOIN (SELECT produto, sum(quantidade) AS moved FROM movimentos GROUP BY produto) m USING (produto)
WHERE one <> {stock} - coalesce(moved, 0) OR other <> {stock} + coalesce(moved, 0)
"""

_DIGEST = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text COLLATE \"C\"), ''))"
_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated = '' ORDER BY attnum"


def create(url: str, scale: float) -> str:
    """Create the company's database on the server at `url`, in place of an earlier one, and return its location.

    Raises `DatabaseError`.
    """
    location = location_of(url, DATABASE)
    with closing(Server(Address(COMPANY.alias, location))) as server:
        for name in (server.name, server.undo, server.new, server.old, server.none, f"{DATABASE}_2"):
            server.drop(name)
        server.connection.run(f"CREATE DATABASE {quoted(server.name)} TEMPLATE template0 ENCODING 'UTF8'")
    company = CompanyRows(COMPANY, scale)
    stocks = ((code, warehouse, STOCK) for code in range(1, company.products + 1) for warehouse in WAREHOUSES)
    with opened(location) as connection:
        connection.run(_SCHEMA)
        for table, columns, rows in (
            ("produtos", 10, company.goods()),
            ("produtos_formula", 4, company.formulas()),
            ("clientes", 9, company.clients()),
            ("estoques", 3, stocks),
        ):
            _fill(connection, table, columns, rows)
    return location


@contextmanager
def opened(location: str) -> Iterator[Connection]:
    """Connect to the company's database."""
    with Connection(Address(COMPANY.alias, location)) as connection:
        connection.run("SET search_path = public")
        yield connection


@contextmanager
def background_writes(location: str) -> Iterator[None]:
    """Move goods between the warehouses, one transaction for each, in a thread that runs until the block ends.

    The block begins after the first transaction.
    """
    stopping, started = threading.Event(), threading.Event()

    def work() -> None:
        with opened(location) as connection:
            products = int(connection.query("SELECT max(codigo) FROM produtos")[0][0])
            number = 0
            while not stopping.is_set():
                number += 1
                connection.run(_UNIT.format(product=1 + number * 7919 % products))
                started.set()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    started.wait(30)
    try:
        yield
    finally:
        stopping.set()
        worker.join()


def units_done(location: str) -> int:
    """Return the number of movements."""
    with opened(location) as connection:
        return int(connection.query("SELECT count(*) FROM movimentos")[0][0])


def broken(location: str) -> int:
    """Return how many products have a stock that does not agree with their movements; 0 where every transaction is whole."""
    with opened(location) as connection:
        return int(connection.query(_BROKEN.format(stock=STOCK))[0][0])


def drop_and_overwrite(location: str) -> int:
    """Drop a table and overwrite all rows of another; return the number of rows."""
    with opened(location) as connection:
        connection.run(f"DROP TABLE {DROPPED}")
        return len(connection.query(f"UPDATE {OVERWRITTEN} SET nome = 'TESTE', limite_credito = 0 RETURNING 1"))


def drop_everything(location: str) -> None:
    """Drop the schema with all its content."""
    with opened(location) as connection:
        connection.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def contents(location: str) -> Contents:
    """Return the contents of every table."""
    found: Contents = {}
    with opened(location) as connection:
        for table in read_tables(connection):
            rows, digest = connection.query(f"{_DIGEST} FROM {table.sql} t")[0]
            found[table.name] = Content(int(rows), str(digest))
    return found


def _fill(connection: Connection, table: str, columns: int, rows: Iterable[Row]) -> None:
    names = [str(name) for (name,) in connection.query(_COLUMNS, (table,))]
    rows = iter(rows)
    with copy_into(connection, "public", table, tuple(names[:columns]), freeze=False) as write:
        while some := list(islice(rows, 500)):
            write("".join(f"{_line(row)}\n" for row in some).encode())


def _line(row: Row) -> str:
    return "\t".join(str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for value in row)
