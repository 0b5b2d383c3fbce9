"""Objects other than tables that were made since the backup: a full restore reports that they are lost."""

from __future__ import annotations

import pytest

_SHOP = """
CREATE TABLE clientes (id serial PRIMARY KEY, nome text); INSERT INTO clientes(nome) VALUES ('ana');
CREATE TABLE usuarios (id int); CREATE VIEW todos AS SELECT * FROM clientes;
CREATE FUNCTION um() RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
_SINCE = """
CREATE VIEW devedores AS SELECT * FROM clientes; CREATE MATERIALIZED VIEW resumo AS SELECT count(*) FROM clientes;
CREATE FUNCTION um(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE fecha() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE humor AS ENUM ('bom'); CREATE DOMAIN cep AS text; CREATE TYPE ponto AS (x int); CREATE SCHEMA fiscal;
CREATE SEQUENCE avulsa; CREATE INDEX por_nome ON clientes (nome); CREATE EXTENSION vector;
CREATE FUNCTION carimbo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER carimba BEFORE INSERT ON clientes FOR EACH ROW EXECUTE FUNCTION carimbo();
CREATE POLICY minhas ON clientes USING (true); CREATE RULE nada AS ON DELETE TO clientes DO INSTEAD NOTHING;
ALTER TABLE clientes ADD COLUMN cidade text UNIQUE; CREATE OR REPLACE FUNCTION um() RETURNS int LANGUAGE sql AS 'SELECT 2';
"""


@pytest.fixture
def shop(company, server):
    """Provide a database."""
    return company(server, _SHOP)


def test_everything_made_since_is_named_in_the_result(shop, backing_up, restoring, recorder):
    backup, reported = backing_up(shop.engine), recorder()
    shop.run(_SINCE)
    (note,) = shop.engine.notes(backup.manifest, ["clientes"], whole=True)
    assert {"view public.devedores", "schema fiscal", "type public.cep"} <= set(str(note.values["objects"]).split(", "))
    assert "clientes" not in str(note) and "um()" not in str(note)
    restoring(shop.engine, backup, ["clientes"], reporter=reported)
    (warning,) = reported.warnings
    assert sorted(str(warning.values["objects"]).split(", ")) == sorted(
        [
            "view public.devedores", "materialized view public.resumo", "function public.um(integer)",
            "procedure public.fecha()", "type public.humor", "type public.cep", "type public.ponto", "schema fiscal",
            "sequence public.avulsa", "index public.por_nome", "extension vector", "function public.carimbo()",
            "trigger carimba on public.clientes", "policy minhas on public.clientes", "rule nada on public.clientes",
        ]
    )  # fmt: skip
    assert warning.values["database"] == f"{shop.name}__hctui_undo"
    assert shop.value("SELECT um()") == 1
    shop.engine.undo(recorder())
    assert shop.value("SELECT count(*) FROM devedores") == 1 and shop.value("SELECT um()") == 2


def test_nothing_is_reported_if_only_tables_were_made(shop, backing_up, restoring, recorder):
    backup, reported = backing_up(shop.engine), recorder()
    shop.run(
        "CREATE TABLE nova (id serial PRIMARY KEY); CREATE INDEX ON nova (id); UPDATE clientes SET nome = 'x';"
        "ALTER TABLE usuarios ADD COLUMN nome text; CREATE INDEX ON usuarios (nome)"
    )
    assert shop.engine.notes(backup.manifest, ["clientes"], whole=True) == ()
    outcome = restoring(shop.engine, backup, ["clientes"], reporter=reported)
    assert set(outcome.kept) == {"usuarios", "nova"}
    assert reported.warnings == []
    restoring(shop.engine, backup, ["clientes", "usuarios"], drop=["nova"], reporter=reported)
    assert ["index public.usuarios_nome_idx" in str(each) for each in reported.warnings] == [True]
    assert "nova" not in str(reported.warnings)
