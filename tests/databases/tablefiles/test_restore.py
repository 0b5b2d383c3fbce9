"""Restores: which files they replace, which they leave, and what they refuse."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hctui.databases.engine import Engine, RestorationRequest
from hctui.databases.tablefiles import from_members, inspect
from hctui.errors import (
    DatabaseDamaged,
    HostileArchive,
    NoSpace,
    NothingToUndo,
    NotWritable,
    PartMissing,
)
from hctui.model import DatabaseManifest, Part, PartKind, Role


def test_a_whole_restore_can_be_undone_and_redone(
    engine: Engine, books: Path, other_books: Callable[..., Any], backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    made = backup(engine)
    old = content(books)
    times = {path.name: path.stat().st_mtime_ns // 1000 for path in books.iterdir()}
    other_books(books)
    (books / "novo.dbf").write_bytes((books / "config.dbf").read_bytes())
    now = content(books)
    outcome = restore(engine, made)
    assert content(books) == {**old, "novo.dbf": now["novo.dbf"]}
    assert {name: (books / name).stat().st_mtime_ns // 1000 for name in old} == times
    assert (outcome.kept, outcome.reindex, outcome.undo) == (("novo",), (), True)
    assert [(table.name, table.rows) for table in outcome.tables] == [
        ("auditoria", 25),
        ("clientes", 39),
        ("config", 1),
        ("produtos", 59),
    ]
    kept = engine.undo_kept()
    assert kept is not None
    assert (kept.origin, kept.size) == ("copy.bkb", sum(len(data) for name, data in now.items() if name in old))
    engine.undo(listener)
    assert content(books) == now
    engine.undo(listener)
    assert content(books) == {**old, "novo.dbf": now["novo.dbf"]}, "an undo undone is a redo"
    assert engine.recover() is None
    engine.drop_undo()
    assert engine.undo_kept() is None
    assert not [name for name in os.listdir(books) if name.startswith(".hctui")]
    with pytest.raises(NothingToUndo):
        engine.undo(listener)


def test_some_tables(
    engine: Engine, books: Path, other_books: Callable[..., Any], backup: Any, restore: Any, content: Any
) -> None:
    made = backup(engine)
    other_books(books)
    now = content(books)
    (books / "produtos.dbf").unlink()
    outcome = restore(engine, made, tables=("produtos",), whole=False)
    expected = {**now, **{name: made.content[name] for name in ("produtos.dbf", "produtos.fpt", "produtos.cdx")}}
    assert content(books) == expected
    assert outcome.kept == ("auditoria", "clientes", "config")


def test_an_exact_restore_moves_newer_tables_into_the_undo(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    made = backup(engine)
    for suffix in ("dbf", "fpt"):
        (books / f"novo.{suffix}").write_bytes((books / f"produtos.{suffix}").read_bytes())
    restore(engine, made, drop=("novo",))
    assert content(books) == made.content
    engine.undo(listener)
    assert {"novo.dbf", "novo.fpt"} <= content(books).keys()


def test_the_next_restore_replaces_the_undo_copy(engine: Engine, books: Path, backup: Any, restore: Any) -> None:
    made = backup(engine)
    restore(engine, made)
    restore(engine, made)
    assert len([name for name in os.listdir(books) if name.startswith(".hctui")]) == 1


def test_a_missing_folder_is_restored(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    made = backup(engine)
    shutil.rmtree(books)
    assert engine.recover() is None
    restore(engine, made)
    assert content(books) == made.content
    assert os.listdir(books.parent) == ["books"]
    engine.undo(listener)
    assert content(books) == {}
    engine.undo(listener)
    assert content(books) == made.content


def test_no_stale_file_stays_beside_restored_tables(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    """Memo and index files of the old table leave with it, also if the backup has no file of that name."""
    made = backup(engine)
    for name in ("clientes.fpt", "clientes.idx", "auditoria.CDX"):
        (books / name).write_bytes(b"of the old table")
    restore(engine, made, tables=("clientes", "auditoria"), whole=False)
    assert content(books) == made.content
    engine.undo(listener)
    assert (books / "clientes.idx").read_bytes() == b"of the old table"


def test_files_of_a_table_without_data_leave_too(engine: Engine, books: Path, backup: Any, restore: Any, content: Any) -> None:
    made = backup(engine, indexes=False)
    (books / "auditoria.ntx").write_bytes(b"an index that has no table any more")
    (books / "auditoria.dbf").unlink()
    restore(engine, made, tables=("auditoria",), whole=False)
    assert "auditoria.ntx" not in content(books)


def test_file_names_are_matched_without_case(engine: Engine, books: Path, backup: Any, restore: Any, content: Any) -> None:
    made = backup(engine)
    for name in ("produtos.dbf", "produtos.fpt", "produtos.cdx"):
        (books / name).rename(books / name.upper())
    restore(engine, made)
    assert content(books) == made.content, "PRODUTOS.DBF was replaced by produtos.dbf"


def test_sub_folders_keep_their_capitals(books: Path, engine: Engine, backup: Any, restore: Any, content: Any) -> None:
    (books / "Filial").mkdir()
    for name in ("x.dbf", "y.dbf"):
        shutil.copy(books / "config.dbf", books / "Filial" / name)
    made = backup(engine)
    assert {"Filial/x", "Filial/y"} <= {table.name for table in made.manifest.tables}
    (books / "Filial").rename(books / "FILIAL")
    (books / "FILIAL/x.dbf").write_bytes(b"damaged")
    restore(engine, made)
    assert content(books)["FILIAL/x.dbf"] == made.content["Filial/x.dbf"]
    assert not (books / "Filial").exists()
    shutil.rmtree(books / "FILIAL")
    restore(engine, made, tables=("Filial/x",), whole=False)
    assert os.listdir(books / "Filial") == ["x.dbf"]


def test_owner_and_permissions_are_those_of_the_live_file(engine: Engine, books: Path, backup: Any, restore: Any) -> None:
    made = backup(engine)
    path = books / "produtos.dbf"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 1235)
        os.chown(books / "auditoria.dbf", 1234, 1235)
        (books / "produtos.fpt").unlink()
    try:
        os.setxattr(path, "user.note", b"kept")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes here")
    restore(engine, made)
    status = path.stat()
    assert status.st_mode & 0o777 == 0o640
    assert os.getxattr(path, "user.note") == b"kept"
    if os.geteuid() == 0:
        assert (status.st_uid, status.st_gid) == (1234, 1235)
        assert (books / "produtos.fpt").stat().st_uid == 1234, "a new file has the owner of the first file"


def test_leaving_without_commit_changes_nothing(engine: Engine, books: Path, backup: Any, content: Any) -> None:
    made = backup(engine)
    before = content(books)
    request = RestorationRequest(made.manifest, ("produtos",), whole=False)
    with pytest.raises(RuntimeError), engine.restoration(request) as begun:
        for part in begun.wanted():
            with begun.receive(part) as stream:
                stream.write(b"new")
        raise RuntimeError
    with engine.restoration(request):
        pass
    assert content(books) == before
    assert not [name for name in os.listdir(books) if name.startswith(".hctui")]


def test_a_part_that_fails_while_it_is_received_is_removed(engine: Engine, backup: Any, listener: Any) -> None:
    made = backup(engine)
    with engine.restoration(RestorationRequest(made.manifest, ("produtos",), whole=False)) as begun:
        part = begun.wanted()[0]
        with pytest.raises(RuntimeError), begun.receive(part) as stream:
            stream.write(b"half")
            raise RuntimeError
        with begun.receive(part) as stream:
            stream.write(made.content[part.path])
        with pytest.raises(PartMissing, match=r"produtos\.cdx"):
            begun.prepare(listener)


@pytest.mark.parametrize("path", ["../evil.dbf", "/tmp/evil.dbf", ".hctui-undo-1/undo.json", "a/../../evil.dbf", "s/.hctui-x"])
def test_hostile_paths_are_refused(engine: Engine, books: Path, backup: Any, content: Any, path: str) -> None:
    before = content(books)
    made = backup(engine)
    part = Part(path, PartKind.DATA, "evil")
    manifest = replace(made.manifest, parts=(part,))
    request = RestorationRequest(manifest, ("evil",), whole=False)
    with engine.restoration(request) as begun, pytest.raises(HostileArchive), begun.receive(part):
        pass
    assert content(books) == before
    assert sorted(os.listdir(books.parent)) == ["books"]


def test_one_file_is_received_once(engine: Engine, backup: Any) -> None:
    made = backup(engine)
    with engine.restoration(RestorationRequest(made.manifest, ("config",), whole=False)) as begun:
        part = begun.wanted()[0]
        with begun.receive(part) as stream:
            stream.write(b"1")
        with pytest.raises(HostileArchive, match="same file"), begun.receive(part):
            pass


def test_links_in_the_live_folder_are_not_followed(
    engine: Engine, books: Path, tmp_path: Path, backup: Any, restore: Any, content: Any
) -> None:
    (books / "sub").mkdir()
    shutil.copy(books / "config.dbf", books / "sub/x.dbf")
    made = backup(engine)
    elsewhere = tmp_path / "elsewhere"
    (books / "sub").rename(elsewhere)
    (elsewhere / "x.dbf").write_bytes(b"not yours")
    (books / "sub").symlink_to(elsewhere)
    with pytest.raises(NotWritable, match="a link"):
        restore(engine, made)
    (books / "sub").unlink()
    (books / "config.dbf").unlink()
    (books / "config.dbf").symlink_to(elsewhere / "x.dbf")
    restore(engine, made)
    assert (elsewhere / "x.dbf").read_bytes() == b"not yours"
    assert not (books / "config.dbf").is_symlink()


def test_damaged_tables_are_refused_unless_they_were_backed_up_damaged(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    made = backup(engine)
    before = content(books)
    made.content["clientes.dbf"] = made.content["clientes.dbf"][:-200]
    with pytest.raises(DatabaseDamaged, match="clientes: it has"):
        restore(engine, made)
    assert content(books) == before
    with (books / "clientes.dbf").open("r+b") as live:
        live.truncate(500)
    damaged = backup(engine, listener)
    assert "clientes is damaged and is stored as it is" in listener.messages()
    restore(engine, damaged, listener=listener)
    assert "clientes was damaged when it was backed up" in listener.messages()


def test_other_columns_are_reported(engine: Engine, books: Path, backup: Any, restore: Any, listener: Any) -> None:
    import dbflib

    made = backup(engine)
    dbflib.add_dbf_column(str(books / "clientes.dbf"), "email", "C (30)")
    assert engine.conflicts(made.manifest, ("clientes",)) == ()
    restore(engine, made, listener=listener)
    assert "clientes comes back with the columns it had in the backup. Only now: EMAIL. Only then: –." in listener.messages()


@pytest.mark.usefixtures("nobody_else")
def test_a_swap_that_fails_is_rolled_back(
    engine: Engine,
    books: Path,
    other_books: Any,
    backup: Any,
    restore: Any,
    content: Any,
    monkeypatch: pytest.MonkeyPatch,
    listener: Any,
) -> None:
    """Each system call fails once in turn; the database is then as it was, and no working folder is left."""
    made = backup(engine)
    other_books(books)
    before = content(books)
    failures = 0
    for call in ("rename", "replace", "link", "unlink", "fsync"):
        for limit in itertools.count(1):
            failing = FailingCall(getattr(os, call), limit)
            with monkeypatch.context() as patch:
                patch.setattr(os, call, failing)
                try:
                    restore(engine, made)
                except NoSpace:
                    assert content(books) == before, f"{call} {limit}"
                else:
                    assert content(books) == {**before, **made.content}, f"{call} {limit}"
            engine.recover()
            if content(books) != before:
                engine.undo(listener)
                engine.drop_undo()
            assert content(books) == before
            assert not [name for name in os.listdir(books) if name.startswith(".hctui")], f"{call} {limit}"
            if failing.calls < limit:
                break
            failures += 1
    assert failures > 40


class FailingCall:
    """A system call that fails once because the disk is full."""

    def __init__(self, real: Callable[..., None], limit: int) -> None:
        self.real = real
        self.limit = limit
        self.calls = 0

    def __call__(self, *arguments: Any, **options: Any) -> None:
        self.calls += 1
        if self.calls == self.limit:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.real(*arguments, **options)


def test_a_zip_of_another_program_is_restored_by_its_names_alone(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any
) -> None:
    made = backup(engine)
    bare = from_members("BOOKS", [(name, len(data)) for name, data in made.content.items()])
    assert isinstance(bare, DatabaseManifest)
    (books / "produtos.dbf").write_bytes(b"damaged")
    restore(engine, replace_manifest(made, bare))
    assert content(books) == made.content


def replace_manifest(made: Any, manifest: DatabaseManifest) -> Any:
    return type(made)(manifest, made.content, [])


def test_unpacked_tables_are_inspected(engine: Engine, tmp_path: Path, backup: Any, listener: Any) -> None:
    made = backup(engine, left_out=frozenset({Role.AUDIT}))
    folder = tmp_path / "unpacked"
    folder.mkdir()
    for name, data in made.content.items():
        (folder / name).write_bytes(data)
    inspect(folder, made.manifest, listener)
    memo = made.content["produtos.fpt"]
    (folder / "produtos.fpt").write_bytes(memo[:1024])
    with pytest.raises(DatabaseDamaged, match=r"produtos: record \d+ points behind"):
        inspect(folder, made.manifest, listener)
    (folder / "produtos.fpt").write_bytes(memo)
    data = bytearray(made.content["clientes.dbf"])
    data[4] -= 1
    (folder / "clientes.dbf").write_bytes(data)
    with pytest.raises(DatabaseDamaged, match="clientes: it has 38 rows where the backup says 39"):
        inspect(folder, made.manifest, listener)
    (folder / "clientes.dbf").unlink()
    with pytest.raises(DatabaseDamaged, match=r"clientes\.dbf is missing"):
        inspect(folder, made.manifest, listener)


def test_a_folder_of_other_programs_is_restored_unchanged(
    shared_data: Path, tmp_path: Path, engine_of: Callable[..., Engine], backup: Any, restore: Any, content: Any, listener: Any
) -> None:
    made = backup(engine_of(shared_data / "dbase"))
    inspect(shared_data / "dbase", made.manifest, listener)
    restore(engine_of(tmp_path / "here"), made)
    assert content(tmp_path / "here") == content(shared_data / "dbase")
