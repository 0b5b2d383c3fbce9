"""All kinds of objects come back from a restore: pg_dump writes the same text, and every row has the same hash."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from hctui.databases import from_members

_spec = importlib.util.spec_from_file_location("hctui_sample_schemas", Path(__file__).with_name("sample_schemas.py"))
assert _spec is not None and _spec.loader is not None
_schemas = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_schemas)
CHINOOK, SAKILA = _schemas.CHINOOK, _schemas.SAKILA

_EVERYTHING = """
CREATE TYPE humor AS ENUM ('bom', 'ruim'); CREATE DOMAIN cep AS text CHECK (VALUE ~ '^[0-9]{8}$');
CREATE TYPE ponto AS (x float8, y float8);
CREATE SCHEMA "Filial São Paulo";
CREATE TABLE base (id bigint GENERATED ALWAYS AS IDENTITY (START 7 INCREMENT 3) PRIMARY KEY, nome text COLLATE "C",
  total numeric GENERATED ALWAYS AS (1 + 1) STORED, quando timestamptz DEFAULT now(), h humor, c cep, p ponto, a int[], j jsonb,
  b bytea, f float8, i interval);
INSERT INTO base(nome, h, c, p, a, j, b, f, i) SELECT E'tab\\t nova\\n \\\\ ' || n, 'bom', '01310100',
  ROW(n::float8, 0.1::float8)::ponto,
  ARRAY[n, NULL], jsonb_build_object('n', n), decode(md5(n::text), 'hex'), 1.0 / n, n * interval '1 day 2 hours'
  FROM generate_series(1, 50) n;
INSERT INTO base(nome) VALUES (NULL), (''), ('\\N'), ('\\.');
CREATE TABLE filha (extra int) INHERITS (base); INSERT INTO filha(id, nome, extra) VALUES (1, 'herdeira', 1);
ALTER TABLE filha ADD PRIMARY KEY (id);
CREATE TABLE vendas (id int, dia date, valor money, PRIMARY KEY (id, dia)) PARTITION BY RANGE (dia);
CREATE TABLE vendas_2025 PARTITION OF vendas FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE vendas_2026 PARTITION OF vendas FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (id);
CREATE TABLE vendas_2026_pares PARTITION OF vendas_2026 FOR VALUES IN (2, 4, 6);
CREATE TABLE vendas_resto PARTITION OF vendas DEFAULT; CREATE INDEX ON vendas (valor);
INSERT INTO vendas VALUES (1, '2025-05-05', 10), (2, '2026-05-05', 20), (3, '2030-01-01', 30);
CREATE TABLE "Filial São Paulo"."Ítens ""raros"" / 100%" ("preço final" numeric, "select" int, venda int, dia date,
  FOREIGN KEY (venda, dia) REFERENCES vendas);
INSERT INTO "Filial São Paulo"."Ítens ""raros"" / 100%" VALUES ('NaN', 1, 1, '2025-05-05'), ('1e-300', 2, 2, '2026-05-05');
CREATE TABLE "Base" (n int); INSERT INTO "Base" VALUES (1); CREATE TABLE "a.b" (n int); INSERT INTO "a.b" VALUES (2);
CREATE SCHEMA a; CREATE TABLE a.b (n int); INSERT INTO a.b VALUES (3); CREATE TABLE vazia (); INSERT INTO vazia DEFAULT VALUES;
CREATE TABLE so_calculada (n int GENERATED ALWAYS AS (5) STORED); INSERT INTO so_calculada DEFAULT VALUES;
CREATE UNLOGGED TABLE rascunho (n int UNIQUE DEFERRABLE INITIALLY DEFERRED, EXCLUDE USING btree (n WITH =));
ALTER TABLE base ENABLE ROW LEVEL SECURITY; CREATE POLICY minhas ON base USING (nome <> 'x');
CREATE VIEW resumo WITH (security_barrier) AS SELECT h, count(*) AS n FROM base GROUP BY h;
CREATE MATERIALIZED VIEW resumido AS SELECT * FROM resumo; CREATE UNIQUE INDEX ON resumido (h);
CREATE FUNCTION carimbo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
--
-- Name: not_an_entry; Type: TABLE; Schema: public; Owner: postgres
--
NEW.quando := '2000-01-01'; RETURN NEW; END $$;
CREATE TRIGGER carimba BEFORE INSERT OR UPDATE ON base FOR EACH ROW EXECUTE FUNCTION carimbo();
ALTER TABLE base DISABLE TRIGGER carimba;
CREATE RULE nada AS ON DELETE TO "Base" DO INSTEAD NOTHING;
CREATE STATISTICS juntas ON h, c FROM base; CREATE INDEX so_bons ON base (upper(nome) DESC NULLS LAST) WHERE h = 'bom';
ALTER INDEX so_bons ALTER COLUMN 1 SET STATISTICS 500; COMMENT ON INDEX so_bons IS 'índice'; COMMENT ON TABLE base IS 'a base';
ALTER TABLE base REPLICA IDENTITY FULL; ALTER TABLE "Base" ADD UNIQUE (n); ALTER TABLE "Base" CLUSTER ON "Base_n_key";
CREATE PUBLICATION publicada FOR TABLE base; CREATE SEQUENCE avulsa INCREMENT -5 MAXVALUE 100 CYCLE; SELECT nextval('avulsa');
CREATE SEQUENCE nunca_usada; CREATE EXTENSION vector; CREATE TABLE v (e vector(3)); INSERT INTO v VALUES ('[1,2,3]');
CREATE FUNCTION depois() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER ao_criar ON ddl_command_end EXECUTE FUNCTION depois();
SELECT lo_from_bytea(54321, decode(repeat('00ff27', 200000), 'hex')); COMMENT ON LARGE OBJECT 54321 IS 'foto';
GRANT SELECT ON LARGE OBJECT 54321 TO PUBLIC;
CREATE CAST (ponto AS int) WITH INOUT; CREATE AGGREGATE junta(int) (sfunc = int4pl, stype = int);
"""


@pytest.fixture
def everything(company, server):
    """Provide a database with objects of every kind."""
    return company(server, _EVERYTHING)


@pytest.mark.parametrize("indexes", [True, False])
def test_all_kinds_of_objects_come_back(everything, company, server, backing_up, restoring, leaving_out, recorder, indexes):
    backup = backing_up(everything.engine, leaving_out(indexes=indexes))
    copy, reported = company(server, empty=True), recorder()
    restoring(copy.engine, backup, backup.names(), reporter=reported)
    assert reported.warnings == []
    assert copy.dump() == everything.dump()
    assert copy.hashes() == everything.hashes()
    assert copy.value("SELECT md5(lo_get(54321))") == everything.value("SELECT md5(lo_get(54321))")
    if indexes:
        everything.run("DROP TABLE base CASCADE")
        restoring(everything.engine, backup, backup.names())
        assert everything.dump() == copy.dump()


def test_tables_of_any_name_come_back_alone(everything, backing_up, restoring, recorder):
    backup, before, rows = backing_up(everything.engine), everything.dump(), everything.hashes()
    names = [name for name in backup.names() if name != "so_calculada"]
    assert {"Base", "base", "a.b", '"a.b"', 'Filial São Paulo."Ítens ""raros"" / 100%"', "vendas_2026_pares"} <= set(names)
    for name in ('"Base"', "a.b", '"a.b"', "base", "vendas_2025", '"Filial São Paulo"."Ítens ""raros"" / 100%"'):
        everything.run(f"SET session_replication_role = replica; TRUNCATE {name} CASCADE")
    restoring(everything.engine, backup, names, whole=False)
    assert (everything.dump(), everything.hashes()) == (before, rows)
    everything.engine.undo(recorder())
    assert everything.value('SELECT count(*) FROM "Base"') == 0
    everything.engine.undo(recorder())
    assert (everything.dump(), everything.hashes()) == (before, rows)


def test_backup_is_restored_by_hand(everything, company, server, backing_up, tmp_path, monkeypatch):
    folder = backing_up(everything.engine).unpack(tmp_path / "EMPRESA")
    new = company(server, empty=True)
    monkeypatch.setenv("PGHOST", str(server.folder / "data"))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    commands = f"""
        createdb --template=template0 {new.name}
        cat 1-*.sql 2-data/*.sql [3-6]-*.sql | psql --quiet --set=ON_ERROR_STOP=1 {new.name}
    """
    done = subprocess.run(["bash", "-ec", commands], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert new.dump() == everything.dump()
    assert new.hashes() == everything.hashes()


def test_backup_without_its_manifest_is_restored(everything, company, server, backing_up, restoring):
    backup = backing_up(everything.engine)
    backup.manifest = from_members("EMPRESA", [(name, len(content)) for name, content in backup.parts.items()])
    copy = company(server, empty=True)
    restoring(copy.engine, backup, backup.names())
    assert copy.dump() == everything.dump()


@pytest.mark.parametrize(
    ("schema", "some", "damage"),
    [
        (CHINOOK, ["Track", "InvoiceLine"], """UPDATE "Track" SET "Name" = 'x' WHERE "TrackId" < 900"""),
        (SAKILA, ["film", "payment_p2022_01"], "UPDATE film SET title = 'Y', rating = 'R'"),
    ],
    ids=["chinook", "sakila"],
)
def test_known_schemas_come_back(company, server, backing_up, restoring, recorder, schema, some, damage):
    shop, copy, reported = company(server, schema), company(server, empty=True), recorder()
    before, rows, backup = shop.dump(), shop.hashes(), backing_up(shop.engine)
    restoring(copy.engine, backup, backup.names(), reporter=reported)
    assert (copy.dump(), copy.hashes(), reported.warnings) == (before, rows, [])
    shop.run(f'{damage}; TRUNCATE "{some[1]}"')
    changed = shop.hashes()
    restoring(shop.engine, backup, some, whole=False)
    assert (shop.dump(), shop.hashes()) == (before, rows)
    shop.engine.undo(recorder())
    assert shop.hashes() == changed
    restoring(shop.engine, backup, backup.names())
    assert (shop.dump(), shop.hashes()) == (before, rows)


def test_sakila_comes_back(company, newest, shared_data, backing_up, restoring):
    folder = shared_data / "sakila-postgresql"
    sakila, copy = company(newest), company(newest, empty=True)
    for script in ("schema", "insert-data-using-copy"):
        command = [newest.programs / "psql", "--quiet", "--file", folder / f"postgres-sakila-{script}.sql", sakila.url]
        subprocess.run(command, check=True, capture_output=True)
    backup = backing_up(sakila.engine)
    restoring(copy.engine, backup, backup.names())
    assert copy.dump() == sakila.dump()
    assert copy.hashes() == sakila.hashes()
    before = sakila.hashes()
    sakila.run("UPDATE film SET title = 'X'; DELETE FROM payment; DELETE FROM rental")
    restoring(sakila.engine, backup, ["film", "rental", "payment"], whole=False)
    assert sakila.dump() == copy.dump()
    assert sakila.hashes() == before
