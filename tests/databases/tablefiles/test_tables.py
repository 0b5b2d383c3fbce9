"""The list of the tables of a folder, and the mapping of their file names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import dbf
import pytest

from hctui.databases.engine import Engine
from hctui.databases.tablefiles.file_names import NameMapping
from hctui.errors import DatabaseMissing, HostileArchive
from hctui.model import Role


def test_rows_columns_roles_and_sizes(engine: Engine, books: Path) -> None:
    tables = {table.name: table for table in engine.tables()}
    assert {name: (table.rows, table.role) for name, table in tables.items()} == {
        "auditoria": (25, Role.AUDIT),
        "clientes": (39, Role.DATA),
        "config": (1, Role.SETTINGS),
        "produtos": (59, Role.DATA),
    }
    produtos = tables["produtos"]
    assert produtos.columns == ("CODIGO", "NOME", "PRECO", "OBS")
    assert produtos.size == (books / "produtos.dbf").stat().st_size + (books / "produtos.fpt").stat().st_size
    assert produtos.index_size == (books / "produtos.cdx").stat().st_size
    assert produtos.modified is not None and produtos.modified.tzinfo is not None
    assert engine.outline().size == sum(path.stat().st_size for path in books.iterdir())


def test_tables_made_by_another_library(tmp_path: Path, engine_of: Callable[..., Engine]) -> None:
    for kind, memo in (("db3", ".dbt"), ("vfp", ".fpt")):
        with dbf.Table(str(tmp_path / f"{kind}.dbf"), "nome C(20); obs M", dbf_type=kind) as table:
            table.open(dbf.READ_WRITE)
            table.append(("Chapa", "uma nota"))
        assert (tmp_path / f"{kind}{memo}").exists()
    assert [(table.name, table.rows, table.columns) for table in engine_of(tmp_path).tables()] == [
        ("db3", 1, ("NOME", "OBS")),
        ("vfp", 1, ("NOME", "OBS")),
    ]


def test_tables_of_other_programs(shared_data: Path, engine_of: Callable[..., Engine]) -> None:
    rows = {table.name: table.rows for table in engine_of(shared_data / "dbase").tables()}
    assert rows["dbase_02"] == 9 and rows["dbase_f5"] == 975 and rows["dbase_8c"] == 10 and rows["foxprodb/calls"] == 16
    assert len(rows) == 19


def test_a_missing_folder_is_named(tmp_path: Path, engine_of: Callable[..., Engine]) -> None:
    engine = engine_of(tmp_path / "gone")
    assert not engine.exists()
    with pytest.raises(DatabaseMissing, match="gone"):
        engine.tables()


def test_names_that_differ_in_case_are_one_table_or_two(tmp_path: Path, engine_of: Callable[..., Engine]) -> None:
    for name in ("Dados.DBF", "dados.FPT", "a/X.dbf", "a/x.dbf", "a/X.fpt", "a/x.CDX"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1234")
    assert {table.name: (table.size, table.index_size) for table in engine_of(tmp_path).tables()} == {
        "Dados": (8, 0),
        "a/X": (8, 0),
        "a/x": (4, 4),
    }


@pytest.mark.slow
def test_five_thousand_tables_are_listed(tmp_path: Path, books: Path, engine_of: Callable[..., Engine]) -> None:
    header = (books / "auditoria.dbf").read_bytes()
    many = tmp_path / "many"
    many.mkdir()
    for number in range(5000):
        (many / f"t{number:04}.dbf").write_bytes(header)
    engine = engine_of(many)
    assert sum(table.rows or 0 for table in engine.tables()) == 125_000


@pytest.mark.parametrize(
    "name",
    [
        "acentuação.dbf".encode(),
        "acentuação.dbf".encode("latin-1"),
        "acentua\u0063\u0327\u0061\u0303o.dbf".encode(),
        b"a:b?.dbf",
        b"con.dbf",
        b"100%.dbf",
        b"back\\slash.dbf",
        b"ends with space .dbf",
        b"tab\there.dbf",
        "emoji 🎁.dbf".encode(),
    ],
)
def test_names_are_the_same_after_the_mapping_and_back(name: bytes) -> None:
    names = NameMapping()
    path = names.add(os.fsdecode(name))
    path.encode()
    assert not set(path) & set('\\:*?"<>|\t')
    assert os.fsencode(NameMapping(names.as_details()).on_disk(path)) == name


def test_names_that_would_map_to_one_path_get_two() -> None:
    names = NameMapping()
    paths = [names.add(os.fsdecode(name)) for name in ("ção.dbf".encode(), "ção.dbf".encode("latin-1"))]
    assert paths == ["ção.dbf", "ção~2.dbf"]
    assert [os.fsencode(names.on_disk(path)) for path in paths] == ["ção.dbf".encode(), "ção.dbf".encode("latin-1")]


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "a/../../x", "a//b", ".", "", ".hctui-undo-1/undo.json", "a\0b", "a/.HCTUI-x"]
)
def test_paths_that_leave_the_folder_are_refused(path: str) -> None:
    with pytest.raises(HostileArchive):
        NameMapping().on_disk(path)
    with pytest.raises(HostileArchive):
        NameMapping({"innocent": path.replace("\0", "%00")}).on_disk("innocent")
