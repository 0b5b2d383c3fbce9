"""The demo: its data, its background writer, and the whole walkthrough without screens."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import dbfread
import pytest
from waiting import wait_until

from hctui.cli.entry import run
from hctui.config import Configuration
from hctui.demo import damage, fingerprint, server, workload
from hctui.demo.companies import COMPANIES, CompanyRows
from hctui.demo.replica import require_same
from hctui.demo.walkthrough import PASSWORD
from hctui.demo.workload import background_writes
from hctui.errors import DemoFailed, NotADemo

BAKERY, FURNITURE, CERAMICS = COMPANIES
SCALE = 0.02


@pytest.fixture
def demo(tmp_path: Path) -> server.DemoServer:
    return server.create(tmp_path / "demo", scale=SCALE)


def test_the_companies_are_the_same_in_every_demo(demo: server.DemoServer, tmp_path: Path) -> None:
    other = server.create(tmp_path / "other", scale=SCALE)
    for company in COMPANIES:
        one, two = (fingerprint.of_location(each.location(company)) for each in (demo, other))
        assert fingerprint.differing_tables(one, two) == ()
        assert {"produtos", "clientes", "auditoria", "produtos_imagem"} <= one.keys()


def test_sqlite_companies_have_every_kind_of_table(demo: server.DemoServer) -> None:
    for company, mode in ((BAKERY, "wal"), (FURNITURE, "delete")):
        with closing(sqlite3.connect(demo.location(company))) as connection:
            ask = lambda query, connection=connection: connection.execute(query).fetchall()  # noqa: E731
            assert ask("PRAGMA journal_mode") == [(mode,)]
            assert ask("PRAGMA integrity_check") == [("ok",)] and ask("PRAGMA foreign_key_check") == []
            kinds = dict(ask("SELECT name, type FROM pragma_table_list WHERE schema = 'main'"))
            assert (kinds["produtos_busca"], kinds["produtos_margem"]) == ("virtual", "view")
            assert [name for (name,) in ask("SELECT name FROM sqlite_schema WHERE type = 'trigger'")] == ["produtos_preco"]
            assert ask("SELECT count(*) FROM pragma_table_xinfo('produtos') WHERE hidden IN (2, 3)") == [(1,)]
            assert ask("SELECT wr FROM pragma_table_list WHERE name = 'estoques'") == [(1,)]
            assert ask("SELECT count(*) FROM sqlite_sequence")[0][0] >= 2
            assert ask("SELECT count(*) FROM produtos_busca WHERE produtos_busca MATCH 'homogenea OR prensar'")[0][0] > 0
            (image,) = ask("SELECT imagem FROM produtos_imagem LIMIT 1")[0]
            assert image.startswith(b"\x89PNG\r\n\x1a\n") and image.endswith(b"IEND\xaeB`\x82")
        assert workload.broken_invariants(demo.location(company)) == ()


def test_another_library_reads_the_dbase_tables(demo: server.DemoServer) -> None:
    folder = demo.location(CERAMICS)
    products = list(dbfread.DBF(str(folder / "produtos.dbf"), encoding="cp1252"))
    goods = list(CompanyRows(CERAMICS, SCALE).goods())
    assert [(row["CODIGO"], row["DESCRICAO"], row["FICHA"]) for row in products] == [(row[0], row[1], row[9]) for row in goods]
    assert (folder / "produtos.fpt").is_file() and (folder / "produtos.cdx").is_file()


def test_the_full_demo_has_tens_of_thousands_of_rows() -> None:
    rows = CompanyRows(BAKERY, 1.0)
    orders, items = rows.orders_and_items()
    assert len(orders) + len(items) > 30_000
    assert sum(1 for _ in rows.formulas()) > 10_000


def test_no_company_has_a_real_cnpj(demo: server.DemoServer) -> None:
    from hctui.demo.companies import _check_digits

    for row in CompanyRows(BAKERY, SCALE).suppliers():
        digits = "".join(character for character in str(row[2]) if character.isdigit())
        assert len(digits) == 14 and int(digits[12:]) != _check_digits(digits[:12])


def test_the_background_writer_works_and_stops(demo: server.DemoServer) -> None:
    locations = [demo.location(company) for company in COMPANIES]
    with background_writes(locations):
        before = workload.units_done(locations[0])
        wait_until(lambda: workload.units_done(locations[0]) >= before + 5, "five units of work")
    after = workload.units_done(locations[0])
    assert after == workload.units_done(locations[1]) >= before + 5
    assert workload.units_logged(locations[2]) >= 1
    assert [workload.broken_invariants(location) for location in locations[:2]] == [(), ()]


def test_the_comparison_finds_one_changed_value(demo: server.DemoServer) -> None:
    path = demo.location(BAKERY)
    before = fingerprint.of_database(path)
    require_same(BAKERY.alias, fingerprint.of_database(path), before)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE pedidos_itens SET preco = preco + 0.01 WHERE pedido = 7 AND item = 1")
    with pytest.raises(DemoFailed) as failed:
        require_same(BAKERY.alias, fingerprint.of_database(path), before)
    assert "pedidos_itens" in str(failed.value)
    folder = demo.location(CERAMICS)
    before = fingerprint.of_folder(folder)
    content = bytearray((folder / "clientes.fpt").read_bytes())
    content[600] ^= 1
    (folder / "clientes.fpt").write_bytes(content)
    assert fingerprint.differing_tables(fingerprint.of_folder(folder), before) == ("clientes",)
    damage.cut_and_delete(folder)
    (folder / "pedidos.dbf").unlink()
    assert set(fingerprint.differing_tables(fingerprint.of_folder(folder), before)) >= {"pedidos", "produtos.cdx"}


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(NotADemo):
        server.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(NotADemo):
        server.create(tmp_path / "letter.txt")


def test_creating_the_demo_again_keeps_its_backups(demo: server.DemoServer) -> None:
    kept = demo.backups / "mine.bkb"
    kept.write_text("x")
    shutil.rmtree(demo.companies)
    server.create(demo.folder, scale=SCALE)
    assert kept.is_file() and demo.location(BAKERY).is_file()
    assert [database.alias for database in Configuration.load(demo.configuration_path).databases] == [
        company.alias for company in COMPANIES
    ]


@pytest.mark.slow
def test_the_whole_walkthrough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("HCTUI_CONFIG", "HCTUI_STATE"):
        monkeypatch.setenv(name, "unused")
    code = run(["--lang", "pt", "demo", "--headless", "--at", str(tmp_path / "d"), "--scale", str(SCALE)])
    output = capfd.readouterr()
    assert (code, output.err) == (0, "")
    assert output.out.rstrip().splitlines()[-1].startswith("Tudo conferiu")
    assert PASSWORD in output.out and "produtos_formula" in output.out
    assert sorted(path.name for path in (tmp_path / "d").iterdir() if not path.name.startswith(".")) == [
        "backups", "companies", "hctui-demo.json", "hctui.toml", "state",
    ]  # fmt: skip
