"""Indexes that a backup left out are never stale: they are rebuilt if that is possible, else named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dbflib
import pytest
from msgspec.structs import replace

from hctui.databases.engine import Engine
from hctui.databases.tablefiles import cdx, dbase
from hctui.model import IndexDefinition


def entries(path: Path) -> Any:
    """Return all of an index file: tags, options, keys in order."""
    return dbflib.read_cdx(str(path))[0]


def test_definitions_are_read_as_dbflib_reads_them(shared_data: Path, books: Path) -> None:
    paths = [*(shared_data / "dbase/foxprodb").glob("*.[CD][DC]X"), *books.glob("*.cdx")]
    assert len(paths) > 6
    for path in paths:
        found = [
            (
                tag.name,
                {
                    "key": tag.definition,
                    **({"filter": tag.details["filter"]} if "filter" in tag.details else {}),
                    **({"unique": True} if "unique" in tag.details else {}),
                },
            )
            for tag in cdx.definitions(path, "t", path.name)
        ]
        assert found == dbflib.read_cdx_definitions(str(path))


def test_an_index_of_many_tags_spans_pages(tmp_path: Path) -> None:
    tags = {f"TAG{number:03}": "nome" if number % 2 else "UPPER(nome)" for number in range(150)}
    dbflib.create_dbf(str(tmp_path / "t.dbf"), [("nome", "C (10)")], [{"nome": "x"}], tags)
    assert {tag.name: tag.definition for tag in cdx.definitions(tmp_path / "t.cdx", "t", "t.cdx")} == tags


def test_left_out_indexes_are_rebuilt(engine: Engine, books: Path, other_books: Any, backup: Any, restore: Any) -> None:
    before = {path.name: entries(path) for path in books.glob("*.cdx")}
    made = backup(engine, indexes=False)
    other_books(books)
    outcome = restore(engine, made)
    assert outcome.reindex == ()
    assert {path.name: entries(path) for path in books.glob("*.cdx")} == before
    for name, data in made.content.items():
        assert (books / name).read_bytes() == data, "the tables themselves are unchanged"


def test_a_foxpro_database_with_long_field_names(
    shared_data: Path, tmp_path: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any
) -> None:
    """Keys use the field names of the database container, and candidate keys stay candidates."""
    original = shared_data / "dbase/foxprodb"
    made = backup(engine_of(original), indexes=False)
    assert set(made.manifest.details["long_names"]) == {"contacts", "types"}
    engine = engine_of(tmp_path / "here")
    assert restore(engine, made).reindex == ()
    for path in original.glob("*.CDX"):
        assert entries(tmp_path / "here" / path.name) == entries(path)


def test_indexes_that_cannot_be_rebuilt_are_named_and_removed(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    for name in ("clientes.ntx", "produtos.mdx"):
        (books / name).write_bytes(b"only the application makes these")
    made = backup(engine, indexes=False)
    manifest = replace(
        made.manifest,
        indexes=tuple(
            replace(tag, definition="SOUNDEX(chave)") if tag.table == "config" else tag for tag in made.manifest.indexes
        ),
    )
    outcome = restore(engine, type(made)(manifest, made.content, []), listener=listener)
    assert outcome.reindex == ("clientes", "config", "produtos")
    assert "config must be reindexed by its application" in listener.messages()
    assert {path.name for path in books.glob("*.*x")} == {"clientes.cdx", "produtos.cdx"}
    assert not dbase.read_header(books / "config.dbf").flags & 1, "the flag of a missing index is cleared"
    assert dbase.read_header(books / "clientes.dbf").flags & 1
    engine.undo(listener)
    assert (books / "clientes.ntx").exists()


def test_the_configured_command_rebuilds_the_rest(
    books: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any
) -> None:
    (books / "auditoria.ntx").write_bytes(b"old")
    command = "sh -c 'printf new > \"$1/$2.ntx\"' reindex {folder} {table}"
    engine = engine_of(books, reindex=command)
    made = backup(engine, indexes=False)
    assert restore(engine, made).reindex == ()
    assert (books / "auditoria.ntx").read_bytes() == b"new"


def test_a_command_that_fails_is_reported(
    books: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any, listener: Any, content: Any
) -> None:
    (books / "auditoria.ntx").write_bytes(b"old")
    engine = engine_of(books, reindex="sh -c 'echo no license; exit 4' {table}")
    made = backup(engine, indexes=False)
    assert restore(engine, made, listener=listener).reindex == ("auditoria",)
    assert "no license" in listener.messages()
    assert "auditoria.ntx" not in content(books)


def test_table_names_never_reach_a_shell(
    tmp_path: Path, books: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any, content: Any
) -> None:
    for name in ("$(touch evil)", "-rf", "; touch evil"):
        shutil.copy(books / "auditoria.dbf", books / f"{name}.dbf")
        (books / f"{name}.ntx").write_bytes(b"old")
    engine = engine_of(books, reindex="echo {table} > {folder}")
    assert restore(engine, backup(engine, indexes=False)).reindex == ("-rf",)
    assert "evil" not in " ".join(name for name in content(books) if not name.endswith(".dbf"))


def make_clipper_index(path: Path, key: str) -> None:
    path.write_bytes(b"\x06\x00" + bytes(20) + key.encode().ljust(256, b"\0") + bytes(746))


def test_indexes_with_names_of_their_own_belong_to_their_table(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any
) -> None:
    make_clipper_index(books / "cli1.ntx", "UPPER(nome)+STR(id)")
    make_clipper_index(books / "any.ntx", "UPPER(nome)")
    make_clipper_index(books / "pro1.ntx", "codigo")
    made = backup(engine)
    owner = {part.path: part.table for part in made.manifest.parts}
    assert (owner["cli1.ntx"], owner["pro1.ntx"], owner["any.ntx"]) == ("clientes", "produtos", "")
    for name in ("cli1.ntx", "pro1.ntx", "any.ntx"):
        with (books / name).open("ab") as stream:
            stream.write(b"newer")
    now = content(books)
    restore(engine, made, tables=("clientes",), whole=False)
    after = content(books)
    assert after["cli1.ntx"] == made.content["cli1.ntx"]
    assert after["pro1.ntx"] == now["pro1.ntx"]
    assert "any.ntx" not in after, "it may belong to clientes and would be stale"


def test_a_large_or_hostile_expression_is_refused(books: Path) -> None:
    for definition in ("SPACE(99999999)", "PADR(nome, 123456)", "nome" + "+nome" * 200):
        with pytest.raises(cdx.NotRebuilt, match="too large"):
            cdx.rebuild(books / "clientes.dbf", books / "x.cdx", [IndexDefinition("T", "clientes", definition)], ())
    for definition in ("__import__('os').system('true')", "SOUNDEX(nome)", "nome[", "((((", "1/0", "nome + 1"):
        with pytest.raises(cdx.NotRebuilt):
            cdx.rebuild(books / "clientes.dbf", books / "x.cdx", [IndexDefinition("T", "clientes", definition)], ())
    tag = IndexDefinition("T", "clientes", "UPPER(nome)", {"collation": "yes"})
    with pytest.raises(cdx.NotRebuilt, match="own order"):
        cdx.rebuild(books / "clientes.dbf", books / "x.cdx", [tag], ())


def test_upper_case_of_another_code_page_is_refused(books: Path) -> None:
    with (books / "clientes.dbf").open("r+b") as stream:
        stream.seek(29)
        stream.write(b"\x02")
    with pytest.raises(cdx.NotRebuilt, match="code page"):
        cdx.rebuild(books / "clientes.dbf", books / "x.cdx", [IndexDefinition("T", "clientes", "UPPER(nome)")], ())
    cdx.rebuild(books / "clientes.dbf", books / "x.cdx", [IndexDefinition("T", "clientes", "nome")], ())


def test_damaged_indexes_do_not_stop_a_backup(engine: Engine, books: Path, backup: Any) -> None:
    data = bytearray((books / "produtos.cdx").read_bytes())
    for place in range(0, len(data), 7):
        data[place] ^= 0xFF
    (books / "produtos.cdx").write_bytes(data)
    (books / "config.cdx").write_bytes(b"\0" * 2000)
    made = backup(engine)
    assert made.content["produtos.cdx"] == data
    assert {tag.table for tag in made.manifest.indexes} >= {"clientes"}


def test_indexes_that_hold_counters_are_always_stored(
    tmp_path: Path, engine_of: Callable[..., Engine], backup: Any, listener: Any
) -> None:
    for name in ("a.frm", "a.MYD", "a.MYI"):
        (tmp_path / name).write_bytes(b"x")
    made = backup(engine_of(tmp_path), listener, indexes=False)
    assert set(made.content) == {"a.frm", "a.MYD", "a.MYI"}
    assert "hold counters that nothing rebuilds" in listener.messages()
