"""Checks and notes before a job starts."""

from __future__ import annotations

import pytest

from hctui.config import Configuration
from hctui.databases.postgresql import open_database
from hctui.errors import MissingRights, ProgramMissing
from hctui.model import Database, DatabaseManifest
from hctui.operations import preview_backup
from hctui.plans import BackupPlan

_SHOP = """
CREATE TABLE clientes (id int PRIMARY KEY, indicado_por int REFERENCES clientes);
CREATE SCHEMA fiscal;
CREATE TABLE fiscal.notas (id int PRIMARY KEY, cliente int REFERENCES clientes, outro int REFERENCES clientes);
CREATE TABLE vendas (id int, dia date, cliente int REFERENCES clientes, PRIMARY KEY (id, dia)) PARTITION BY RANGE (dia);
CREATE TABLE vendas_2025 PARTITION OF vendas FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE vendas_2026 PARTITION OF vendas FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE entregas (venda int, dia date, FOREIGN KEY (venda, dia) REFERENCES vendas);
CREATE VIEW quem AS SELECT * FROM clientes;
"""


def test_preview_of_a_backup_reports_that_pg_dump_is_missing(shop, monkeypatch, tmp_path):
    configuration = Configuration.load(tmp_path / "config.toml")
    configuration.add(shop.engine.database)
    plan = BackupPlan(("EMPRESA",), tmp_path, "copia.bkb")
    expected = preview_backup(plan, configuration)
    assert not expected.problems and expected.definitions
    assert expected.size == shop.value("SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relkind = 'r' AND oid >= 16384")
    assert expected.saved_indexes == 0
    monkeypatch.setattr("hctui.databases.postgresql.client_programs.PROGRAM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = preview_backup(plan, configuration).problems
    assert problem.field == "" and "the program pg_dump, version" in str(problem.message)


@pytest.fixture
def shop(company, server):
    """Provide a database whose tables refer to each other."""
    return company(server, _SHOP)


def named(shop, *tables):
    """Return the pairs of tables in the notes."""
    return [
        str(note.values["tables"]).split(", ")
        for note in shop.engine.notes(DatabaseManifest("X", "postgresql"), tables, whole=False)
    ]


def test_tables_in_other_schemas_and_partitions_are_named(shop):
    assert named(shop, "clientes") == [["fiscal.notas → clientes", "vendas_2025 → clientes", "vendas_2026 → clientes"]]
    assert named(shop, "clientes", "vendas_2025", "fiscal.notas") == [["vendas_2026 → clientes", "entregas → vendas"]]
    assert named(shop, "vendas_2026") == [["entregas → vendas"]]
    assert named(shop, "entregas", "fiscal.notas") == []


def test_reasons_that_make_a_backup_fail_are_checked_first(shop, server, monkeypatch, tmp_path):
    shop.engine.check_backup()
    server.run("postgres", "DROP ROLE IF EXISTS vizinha; CREATE ROLE vizinha LOGIN")
    shop.run("GRANT SELECT ON clientes TO vizinha")
    with pytest.raises(MissingRights, match=r"vizinha.*entregas"):
        open_database(Database("EMPRESA", "postgresql", server.url(shop.name, "vizinha"))).check_backup()
    shop.run("REVOKE SELECT ON clientes FROM vizinha")
    server.run("postgres", "DROP ROLE vizinha")
    monkeypatch.setattr("hctui.databases.postgresql.client_programs.PROGRAM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match="none is installed"):
        shop.engine.check_backup()
