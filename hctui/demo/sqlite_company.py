"""A demo company in SQLite, with every kind of table that a restore must handle."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hctui.demo.companies import CompanyRows

SCHEMA = """
CREATE TABLE fornecedores (
  codigo INTEGER PRIMARY KEY, nome TEXT NOT NULL, cnpj TEXT UNIQUE, cidade TEXT, uf TEXT, telefone TEXT, email TEXT);
CREATE TABLE materias_primas (
  codigo INTEGER PRIMARY KEY, descricao TEXT NOT NULL, unidade TEXT, custo_unitario REAL NOT NULL,
  fornecedor INTEGER NOT NULL REFERENCES fornecedores, estoque_minimo INTEGER, atualizado_em TEXT);
CREATE TABLE produtos (
  codigo INTEGER PRIMARY KEY, descricao TEXT NOT NULL, grupo TEXT, unidade TEXT, preco_venda REAL NOT NULL,
  custo_producao REAL NOT NULL, ativo INTEGER NOT NULL DEFAULT 1, alterado_em TEXT, alterado_por TEXT, ficha TEXT,
  margem REAL GENERATED ALWAYS AS (round(preco_venda - custo_producao, 2)) VIRTUAL);
CREATE TABLE produtos_formula (
  produto INTEGER NOT NULL REFERENCES produtos, materia_prima INTEGER NOT NULL REFERENCES materias_primas,
  quantidade REAL NOT NULL, perda_percentual REAL, PRIMARY KEY (produto, materia_prima));
CREATE TABLE produtos_imagem (produto INTEGER PRIMARY KEY REFERENCES produtos, formato TEXT, imagem BLOB NOT NULL);
CREATE TABLE clientes (
  codigo INTEGER PRIMARY KEY, nome TEXT NOT NULL, fantasia TEXT, cnpj TEXT, endereco TEXT, cidade TEXT, uf TEXT,
  limite_credito REAL, observacoes TEXT);
CREATE TABLE pedidos (
  numero INTEGER PRIMARY KEY AUTOINCREMENT, cliente INTEGER NOT NULL REFERENCES clientes, emissao TEXT NOT NULL,
  situacao TEXT, total REAL NOT NULL);
CREATE TABLE pedidos_itens (
  pedido INTEGER NOT NULL REFERENCES pedidos ON DELETE CASCADE, item INTEGER NOT NULL, produto INTEGER REFERENCES produtos,
  quantidade INTEGER NOT NULL, preco REAL NOT NULL, total REAL AS (round(quantidade * preco, 2)) STORED,
  PRIMARY KEY (pedido, item));
CREATE TABLE estoques (
  produto INTEGER REFERENCES produtos, deposito INTEGER, quantidade INTEGER NOT NULL,
  PRIMARY KEY (produto, deposito)) WITHOUT ROWID;
CREATE TABLE movimentos (
  numero INTEGER PRIMARY KEY AUTOINCREMENT, produto INTEGER NOT NULL REFERENCES produtos, origem INTEGER, destino INTEGER,
  quantidade INTEGER NOT NULL, momento TEXT NOT NULL);
CREATE TABLE auditoria (
  numero INTEGER PRIMARY KEY AUTOINCREMENT, momento TEXT NOT NULL, usuario TEXT, tabela TEXT, chave TEXT, operacao TEXT,
  antes TEXT, depois TEXT);
CREATE TABLE usuarios (codigo INTEGER PRIMARY KEY, login TEXT UNIQUE, nome TEXT, senha TEXT, perfil TEXT);
CREATE TABLE configuracoes (chave TEXT PRIMARY KEY, valor TEXT) WITHOUT ROWID;
CREATE VIRTUAL TABLE produtos_busca USING fts5(descricao, ficha, tokenize = 'unicode61 remove_diacritics 2');
"""

AFTER_LOADING = """
INSERT INTO produtos_busca(rowid, descricao, ficha) SELECT codigo, descricao, ficha FROM produtos;
CREATE INDEX clientes_nome ON clientes (nome COLLATE NOCASE);
CREATE INDEX pedidos_emissao ON pedidos (emissao, cliente);
CREATE INDEX itens_produto ON pedidos_itens (produto);
CREATE INDEX produtos_ativos ON produtos (descricao) WHERE ativo = 1;
CREATE VIEW produtos_margem AS
  SELECT p.codigo, p.descricao, p.margem, sum(f.quantidade * m.custo_unitario) AS custo_materiais
  FROM produtos p JOIN produtos_formula f ON f.produto = p.codigo JOIN materias_primas m ON m.codigo = f.materia_prima
  GROUP BY p.codigo;
CREATE TRIGGER produtos_preco AFTER UPDATE OF preco_venda ON produtos WHEN NEW.preco_venda <> OLD.preco_venda BEGIN
  INSERT INTO auditoria(momento, usuario, tabela, chave, operacao, antes, depois)
  VALUES (NEW.alterado_em, NEW.alterado_por, 'produtos', NEW.codigo, 'preço',
          printf('%.2f', OLD.preco_venda), printf('%.2f', NEW.preco_venda));
END;
ANALYZE;
"""


def create(path: Path, rows: CompanyRows) -> None:
    """Create the database of a company at `path`, which must not exist."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {rows.company.journal}")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        orders, items = rows.orders_and_items()
        for table, columns, records in (
            ("fornecedores", 7, rows.suppliers()),
            ("materias_primas", 7, rows.raw_materials()),
            ("produtos", 10, rows.goods()),
            ("produtos_formula", 4, rows.formulas()),
            ("produtos_imagem", 3, rows.images()),
            ("clientes", 9, rows.clients()),
            ("pedidos", 5, orders),
            ("pedidos_itens", 5, items),
            ("estoques", 3, rows.stocks()),
            ("auditoria", 8, rows.audit()),
            ("usuarios", 5, rows.users()),
            ("configuracoes", 2, rows.settings()),
        ):
            connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})", records)
        connection.execute("COMMIT")
        connection.executescript(f"BEGIN; {AFTER_LOADING} COMMIT;")
