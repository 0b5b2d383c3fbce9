"""Every format is detected from the files of the folder, and other files are not mistaken for tables."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

import pytest

from hctui.databases.tablefiles import from_members, open_database, recognises
from hctui.databases.tablefiles.scan import scan
from hctui.model import Database, PartKind, TableFormat

DBISAM = b"\1" * 0x2D + struct.pack("<HH", 40, 3) + bytes(0x200 - 0x31)
PARADOX = struct.pack("<HHBBI", 40, 2048, 0, 4, 7) + bytes(2038)


def fill(root: Path, *names: str, content: bytes = b"x" * 600) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def kinds(root: Path, **options: object) -> dict[str, dict[str, str]]:
    listing = scan(root, **options)  # type: ignore[arg-type]
    found = {unit.name: {item.path: item.kind.value for item in unit.files} for unit in listing.units}
    found[""] = {item.path: item.kind.value for item in listing.others}
    return found


def test_nexusdb_tables_have_several_files_and_its_lock_is_ignored(tmp_path: Path) -> None:
    fill(tmp_path, "Produtos.nx1", "Produtos.nx2", "clientes.NX1", "nxTrans.cfg", "notas.txt")
    layout = scan(tmp_path).layout
    assert layout is not None and layout.name == "nexusdb"
    assert kinds(tmp_path) == {
        "clientes": {"clientes.NX1": "data"},
        "Produtos": {"Produtos.nx1": "data", "Produtos.nx2": "other"},
        "": {"notas.txt": "other"},
    }


def test_dbase_family(tmp_path: Path) -> None:
    fill(tmp_path, "A.DBF", "a.dbt", "a.cdx", "b.dbf", "B.FPT", "b.MDX", "c.dbf", "c.ntx", "tmp01.tmp", "lock.lck")
    assert kinds(tmp_path) == {
        "A": {"A.DBF": "data", "a.cdx": "indexes", "a.dbt": "blobs"},
        "b": {"b.dbf": "data", "b.MDX": "indexes", "B.FPT": "blobs"},
        "c": {"c.dbf": "data", "c.ntx": "indexes"},
        "": {},
    }


def test_a_foxpro_container_has_a_unit_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path, "empresa.dbf", "empresa.cdx", "empresa.DBC", "empresa.dct", "empresa.DCX")
    assert kinds(tmp_path) == {
        "empresa": {"empresa.dbf": "data", "empresa.cdx": "indexes"},
        "empresa.DBC": {"empresa.DBC": "schema", "empresa.DCX": "schema", "empresa.dct": "schema"},
        "": {},
    }


def test_paradox_and_sqlite_differ_in_their_headers(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cache.db") as connection:
        connection.execute("create table t (a)")
    connection.close()
    assert scan(tmp_path).layout is None
    assert not recognises(str(tmp_path))
    fill(tmp_path, "clientes.db", content=PARADOX)
    fill(tmp_path, "clientes.px", "clientes.x01", "clientes.Y0a", "clientes.xg0", "clientes.mb", "clientes.val", "clientes.xls")
    fill(tmp_path, "paradox.lck", "pdoxusrs.net", "pdoxusrs.lck", "Thumbs.db")
    found = kinds(tmp_path)
    assert found["clientes"] == {
        "clientes.db": "data",
        "clientes.px": "indexes",
        "clientes.x01": "indexes",
        "clientes.xg0": "indexes",
        "clientes.Y0a": "indexes",
        "clientes.mb": "blobs",
        "clientes.val": "other",
    }
    assert found[""] == {"clientes.xls": "other"}, "a spreadsheet with the name of a table is no index"
    assert [table.rows for table in open_database(Database("P", "folder", str(tmp_path))).tables()][1] == 7


@pytest.mark.parametrize(
    ("names", "content", "recognised"),
    [
        (["video.dat"], b"x" * 600, False),
        (["clientes.dat"], DBISAM, True),
        (["clientes.dat", "clientes.idx"], b"", False),
        (["clientes.dat", "clientes.idx", "clientes.blb"], DBISAM, True),
    ],
)
def test_a_dat_file_is_dbisam_only_with_its_header(tmp_path: Path, names: list[str], content: bytes, recognised: bool) -> None:
    fill(tmp_path, *names, content=content)
    assert recognises(str(tmp_path)) is recognised


def test_myisam_and_aria(tmp_path: Path) -> None:
    fill(tmp_path, "a.frm", "a.MYD", "a.MYI", "b.frm", "b.MAD", "b.MAI", "db.opt", "view.frm", "#sql-12.frm")
    assert kinds(tmp_path) == {
        "a": {"a.frm": "schema", "a.MYD": "data", "a.MYI": "indexes"},
        "b": {"b.frm": "schema", "b.MAD": "data", "b.MAI": "indexes"},
        "": {"db.opt": "other", "view.frm": "other"},
    }


def test_formats_of_the_configuration(tmp_path: Path) -> None:
    fill(tmp_path, "a.tab", "a.k01", "a.k02", "a.txt", "swap.lo1", "x.dbf")
    mine = TableFormat("mine", (".tab",), (), (".k??",), (".txt",), ("*.lo?",))
    expected = {
        "a": {"a.tab": "data", "a.k01": "indexes", "a.k02": "indexes", "a.txt": "other"},
        "": {"x.dbf": "other"},
    }
    assert kinds(tmp_path, wanted="Mine", defined=(mine,)) == expected
    (tmp_path / "x.dbf").unlink()
    expected[""] = {}
    assert kinds(tmp_path, defined=(mine,)) == expected, "detected from the files"


def test_the_configured_format_wins(tmp_path: Path) -> None:
    fill(tmp_path, "a.dbf", "b.dbf", "c.nx1")
    assert list(kinds(tmp_path)) == ["a", "b", ""]
    assert list(kinds(tmp_path, wanted="nexusdb")) == ["c", ""]


def test_the_format_of_packed_files_is_detected_from_their_names() -> None:
    found = from_members("OLD", [("Produtos.DBF", 900), ("produtos.fpt", 30), ("sub/x.dbf", 5), ("x.txt", 1), ("t.tmp", 1)])
    assert found is not None
    assert (found.format, found.indexes_included) == ("dbase", False)
    assert [(part.path, part.table, part.kind) for part in found.parts] == [
        ("Produtos.DBF", "Produtos", PartKind.DATA),
        ("produtos.fpt", "Produtos", PartKind.BLOBS),
        ("sub/x.dbf", "sub/x", PartKind.DATA),
        ("x.txt", "", PartKind.OTHER),
    ]
    assert [table.size for table in found.tables] == [930, 5]
    assert from_members("X", [("a.db", 10)]) is None, "may be SQLite's as well"
    assert from_members("X", [("a.db", 10), ("A.PX", 10)]).format == "paradox"  # type: ignore[union-attr]
    assert from_members("X", [("a.dat", 10), ("a.idx", 3)]).format == "dbisam"  # type: ignore[union-attr]
    assert from_members("X", [("readme.txt", 10)]) is None
