"""Several databases of a server in one file: each as of its own instant, restored together, and by hand as in LEIA-ME.txt."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime

import pytest

from hctui.config import Configuration
from hctui.model import Database
from hctui.operations import run
from hctui.plans import BackupPlan, RestorePlan

_COMPANY = """
CREATE TYPE humor AS ENUM ('bom', 'ruim'); CREATE SCHEMA "Filial Sul";
CREATE TABLE clientes (id serial PRIMARY KEY, nome text UNIQUE, h humor DEFAULT 'bom', criado timestamptz DEFAULT now());
INSERT INTO clientes(nome) SELECT 'Ação ' || n FROM generate_series(1, 100) n;
CREATE TABLE "Filial Sul"."notas fiscais" (cliente int REFERENCES clientes, valor numeric, dobro numeric
  GENERATED ALWAYS AS (valor * 2) STORED);
INSERT INTO "Filial Sul"."notas fiscais" SELECT n, n / 3.0 FROM generate_series(1, 50) n;
CREATE INDEX ON "Filial Sul"."notas fiscais" (valor); CREATE VIEW maiores AS SELECT * FROM clientes WHERE id > 50;
SELECT lo_from_bytea(777, 'retrato'); COMMENT ON TABLE clientes IS 'de Ana';
"""


async def done(plan, configuration, password=None):
    """Carry out a plan and return its result."""
    return [event async for event in run(plan, configuration, password)][-1]


@pytest.fixture
async def made(company, server, tmp_path):
    """Provide two companies, the configuration that lists them, and a backup of both."""
    companies = [company(server, _COMPANY) for _ in range(2)]
    companies[1].run("DELETE FROM clientes WHERE id > 60")
    configuration = Configuration.load(tmp_path / "config.toml")
    for name, each in zip(("MATRIZ", "FILIAL"), companies, strict=True):
        configuration.add(Database(name, "postgresql", each.url))
    result = await done(BackupPlan(("MATRIZ", "FILIAL"), tmp_path, "todas.bkb"), configuration)
    return companies, configuration, result


async def test_each_database_is_as_of_its_own_instant(made, tool, tmp_path):
    companies, configuration, result = made
    listed = subprocess.run([tool("unzip"), "-p", result.file, "manifest.json"], capture_output=True, check=True).stdout
    taken = [datetime.fromisoformat(each["taken"]) for each in json.loads(listed)["databases"]]
    assert taken[0] < taken[1] < datetime.now(UTC)
    before = [(each.dump(), each.hashes()) for each in companies]
    for each in companies:
        each.run('DROP SCHEMA "Filial Sul" CASCADE; UPDATE clientes SET nome = id::text')
    restored = await done(RestorePlan(result.file), configuration)
    assert [each.alias for each in restored.databases] == ["MATRIZ", "FILIAL"]
    assert [(each.dump(), each.hashes()) for each in companies] == before


@pytest.mark.parametrize("language", ["pt", "en"])
async def test_the_commands_of_the_readme_restore_it(made, company, server, tool, tmp_path, monkeypatch, language):
    companies, _, result = made
    subprocess.run([tool("unzip"), "-q", result.file, "-d", tmp_path / "aberta"], check=True)
    commands = _commands((tmp_path / "aberta" / "LEIA-ME.txt").read_text("utf-8"), language)
    monkeypatch.setenv("PGHOST", str(server.folder / "data"))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    for alias, original in zip(("MATRIZ", "FILIAL"), companies, strict=True):
        copy = company(server, empty=True)
        folder = tmp_path / "aberta" / alias
        script = re.sub(r"\b(NOVO|NEW)\b", copy.name, commands)
        by_hand = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True)
        assert (by_hand.returncode, by_hand.stderr) == (0, "")
        assert (copy.dump(), copy.hashes()) == (original.dump(), original.hashes())
        assert copy.value("SELECT lo_get(777)") == b"retrato"
        swap = f'ALTER DATABASE "{original.name}" RENAME TO "{original.name}_velho"; ALTER DATABASE "{copy.name}"'
        server.run("postgres", f'{swap} RENAME TO "{original.name}"')
        assert original.value("SELECT count(*) FROM clientes") == (100 if alias == "MATRIZ" else 60)


def _commands(readme: str, language: str) -> str:
    """Return the indented lines of the section on PostgreSQL in one language."""
    sections = readme.split("\nPOSTGRESQL\n")
    assert len(sections) == 3, "one in each language"
    section = re.split(r"\n-{80}\n", sections[1 if language == "pt" else 2])[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    assert any("createdb" in line for line in lines) and any("psql" in line for line in lines)
    return "\n".join(lines)
