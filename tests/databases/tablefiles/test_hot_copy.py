"""The hot copy is consistent, or whole per table, or refused by name, and reports which."""

from __future__ import annotations

import contextlib
import mmap
import multiprocessing
import os
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE

from hctui.databases.engine import Engine, SnapshotRequest
from hctui.databases.tablefiles import hot_copy, reflinks
from hctui.errors import Cancelled, DatabaseMissing, ReadFailed, UnstableTable
from hctui.model import Consistency, PartKind, Role

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Python 3.12 and later warn of any thread that another test may have left when a process is forked."""


def test_a_folder_without_writers_is_stored_consistent_and_unchanged(
    engine: Engine, books: Path, backup: Callable[..., Any], content: Callable[..., Any]
) -> None:
    made = backup(engine)
    assert made.content == content(books)
    assert made.manifest.consistency is Consistency.CONSISTENT
    assert sorted(made.yielded) == sorted(made.content), "nothing is read twice if nothing changed"
    assert made.manifest.format == "dbase"
    assert {table.name: table.rows for table in made.manifest.tables} == {
        "auditoria": 25,
        "clientes": 39,
        "config": 1,
        "produtos": 59,
    }
    tags = {(tag.table, tag.name): (tag.definition, dict(tag.details)) for tag in made.manifest.indexes}
    assert tags == {
        ("clientes", "ID"): ("id", {"file": "clientes.cdx", "unique": "yes"}),
        ("config", "CHAVE"): ("chave", {"file": "config.cdx"}),
        ("produtos", "CODIGO"): ("codigo", {"file": "produtos.cdx"}),
        ("produtos", "NOME"): ("UPPER(nome)", {"file": "produtos.cdx", "filter": "preco > 10"}),
    }


def test_left_out_tables_and_indexes_are_nowhere_in_the_backup(engine: Engine, backup: Callable[..., Any]) -> None:
    made = backup(engine, left_out=frozenset({Role.AUDIT}), indexes=False)
    assert set(made.content) == {"produtos.dbf", "produtos.fpt", "clientes.dbf", "config.dbf", "leia.txt"}
    assert [table.name for table in made.manifest.tables if table.left_out] == ["auditoria"]
    assert not made.manifest.indexes_included
    assert len(made.manifest.indexes) == 4, "definitions are kept"


def test_links_and_special_files_are_named_and_never_followed(
    engine: Engine, books: Path, tmp_path: Path, listener: Any, backup: Callable[..., Any]
) -> None:
    (tmp_path / "secret.dbf").write_bytes(b"secret")
    (books / "fora.dbf").symlink_to(tmp_path / "secret.dbf")
    (books / "pasta").symlink_to(tmp_path)
    os.mkfifo(books / "cano.dbf")
    made = backup(engine, listener)
    assert b"secret" not in made.content.values()
    assert not {"fora.dbf", "cano.dbf"} & made.names()
    for name in ("fora.dbf", "pasta", "cano.dbf"):
        assert name in listener.messages()


def test_odd_names_and_permissions_come_back(
    books: Path, engine: Engine, backup: Callable[..., Any], restore: Callable[..., Any]
) -> None:
    odd = os.fsdecode("preço.dbf".encode("latin-1"))
    shutil.copy(books / "config.dbf", books / odd)
    os.chmod(books / "config.dbf", 0o664)
    made = backup(engine)
    assert "preço.dbf" in made.names()
    shutil.rmtree(books)
    restore(engine, made)
    assert odd in os.listdir(books)
    assert (books / "config.dbf").stat().st_mode & 0o777 == 0o664


@contextmanager
def writing(work: Callable[..., None], *arguments: object) -> Iterator[None]:
    """Let another process write until the block ends; the block begins once it has written."""
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    process = context.Process(target=work, args=(begun, *arguments), daemon=True)
    process.start()
    assert begun.wait(PATIENCE)
    try:
        yield
    finally:
        process.kill()
        process.join()


def hammer(begun: Any, paths: list[Path], pause: float) -> None:
    """Fill one file after the other with a counter, each in one write, so that a reader can see whether it read half of it."""
    for counter in range(1_000_000):
        for path in paths:
            with path.open("r+b") as stream:
                stream.write(struct.pack("<I", counter) * (path.stat().st_size // 4))
        begun.set()
        time.sleep(pause)


def whole(data: bytes) -> bool:
    return data == data[:4] * (len(data) // 4)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Return a folder of three tables, one of two files; every file is full of one number."""
    root = tmp_path / "pairs"
    root.mkdir()
    for name in ("a.nx1", "b.nx1", "b.nx2", "c.nx1"):
        (root / name).write_bytes(bytes(400_000))
    return root


def test_writers_that_pause_allow_a_consistent_backup(pairs: Path, engine_of: Callable[..., Engine], listener: Any) -> None:
    """Two tables are written to during the first three reads of the second one."""
    content: dict[str, bytes] = {}
    writes = 0
    with engine_of(pairs).snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            with each.open() as stream:
                content[each.part.path] = stream.read(1000)
                if each.part.path == "c.nx1" and writes < 3:
                    writes += 1
                    for name in ("a.nx1", "c.nx1"):
                        (pairs / name).write_bytes(struct.pack("<I", writes) * 100_000)
                content[each.part.path] += stream.read()
        manifest = snapshot.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert all(whole(data) for data in content.values())
    assert content["a.nx1"] == content["c.nx1"] == struct.pack("<I", 3) * 100_000


def test_the_copy_waits_for_a_file_clock_that_has_stopped(
    engine: Engine, books: Path, monkeypatch: pytest.MonkeyPatch, backup: Callable[..., Any]
) -> None:
    """A write before the clock's next tick would not change the times of a file."""
    stopped_at = min(path.stat().st_ctime_ns for path in books.iterdir()) + 1
    asked: list[int] = []

    def clock() -> int:
        asked.append(stopped_at)
        return stopped_at if len(asked) <= 5 else time.time_ns()

    monkeypatch.setattr(hot_copy, "_file_clock", clock)
    assert backup(engine).manifest.consistency is Consistency.CONSISTENT
    assert len(asked) > 5 + len(list(books.iterdir())) - 1


def test_the_next_tick_of_the_file_clock_is_waited_for(
    engine: Engine, books: Path, monkeypatch: pytest.MonkeyPatch, backup: Callable[..., Any]
) -> None:
    """The clock moves every 10 ms, and no sleep takes longer than requested, as on an idle machine."""
    tick = 10_000_000
    now = newest = max(path.stat().st_ctime_ns for path in books.iterdir())
    phase = 0

    def pause(capture: object, seconds: float) -> None:
        nonlocal now
        now += round(seconds * 1e9)

    monkeypatch.setattr(hot_copy, "_file_clock", lambda: newest - phase + (now - newest + phase) // tick * tick)
    monkeypatch.setattr(hot_copy.HotCopy, "_pause", pause)
    for offset in range(0, tick, 500_000):
        phase, now = offset, newest
        made = backup(engine)
        assert sorted(made.yielded) == sorted(made.content), "nothing is read twice"
        assert made.manifest.consistency is Consistency.CONSISTENT


def test_writers_that_never_pause_leave_each_table_whole(pairs: Path, engine_of: Callable[..., Engine], listener: Any) -> None:
    """While one table is read the other is written to, so that each one is whole but never both at one moment."""
    content: dict[str, bytes] = {}
    counter = 0
    with engine_of(pairs).snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            with each.open() as stream:
                start = stream.read(1000)
                other = {"a.nx1": "c.nx1", "c.nx1": "a.nx1"}.get(each.part.path)
                if other:
                    counter += 1
                    (pairs / other).write_bytes(struct.pack("<I", counter) * 100_000)
                content[each.part.path] = start + stream.read()
        manifest = snapshot.manifest()
    assert manifest.consistency is Consistency.PER_TABLE
    assert "damaged" not in manifest.details
    assert all(whole(data) for data in content.values())


def test_a_table_that_changes_at_every_attempt_fails_by_name_unless_accepted(
    pairs: Path, engine_of: Callable[..., Engine], listener: Any
) -> None:
    def captured(**request: Any) -> Any:
        with engine_of(pairs).snapshot(SnapshotRequest(**request), listener) as snapshot:
            for each in snapshot.parts():
                with each.open() as stream:
                    stream.read(1000)
                    if each.part.path == "b.nx2":
                        with (pairs / "b.nx2").open("r+b") as live:
                            live.write(b"written while it is read")
                    stream.read()
            return snapshot.manifest()

    with pytest.raises(UnstableTable, match="b was written to"):
        captured()
    manifest = captured(accept_unstable=True)
    assert manifest.consistency is Consistency.PER_TABLE
    assert manifest.details["damaged"] == ["b"]
    assert "b was written to at every attempt" in listener.messages()
    assert {part.path for part in manifest.parts} == {"a.nx1", "b.nx1", "b.nx2", "c.nx1"}


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.0, 0.02, 0.06])
def test_tables_are_whole_beside_a_fast_writer(
    pairs: Path, engine_of: Callable[..., Engine], backup: Callable[..., Any], pause: float
) -> None:
    """Two more programs use the processors, so that a writer may be stopped inside a write, after it changed the times."""
    engine = engine_of(pairs)
    with writing(hammer, [pairs / "b.nx1"], pause), writing(spin), writing(spin):
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            with contextlib.suppress(UnstableTable):
                assert all(whole(data) for data in backup(engine).content.values())


def spin(begun: Any) -> None:
    begun.set()
    while True:
        pass


def test_a_write_within_one_tick_of_the_clock_is_noticed(
    pairs: Path, engine_of: Callable[..., Engine], backup: Callable[..., Any]
) -> None:
    """A file that is written just before it is read may be written to again without a change of its times."""
    path = pairs / "a.nx1"
    engine = engine_of(pairs)
    for _ in range(20):
        path.write_bytes(os.urandom(4) * 1000)
        made = backup(engine)
        assert made.content["a.nx1"] == path.read_bytes()


def test_a_file_that_changes_while_it_is_read_is_read_again(engine: Engine, books: Path, listener: Any) -> None:
    seen: list[str] = []
    with engine.snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            seen.append(each.part.path)
            with each.open() as stream:
                stream.read()
            if each.part.path == "clientes.dbf" and seen.count("clientes.dbf") == 1:
                with (books / "clientes.dbf").open("ab") as live:
                    live.write(b"more")
                (books / "novo.dbf").write_bytes((books / "config.dbf").read_bytes())
                (books / "auditoria.dbf").unlink()
        manifest = snapshot.manifest()
    assert seen.count("clientes.dbf") == 2 and seen.count("produtos.dbf") == 1
    assert manifest.consistency is Consistency.CONSISTENT
    assert [table.name for table in manifest.tables] == ["clientes", "config", "novo", "produtos"]
    assert {part.path for part in manifest.parts if part.kind is PartKind.DATA} == {
        "clientes.dbf",
        "config.dbf",
        "novo.dbf",
        "produtos.dbf",
    }


def test_a_growing_file_is_read_up_to_its_earlier_size(engine: Engine, books: Path, listener: Any) -> None:
    with engine.snapshot(SnapshotRequest(accept_unstable=True), listener) as snapshot:
        for each in snapshot.parts():
            with each.open() as stream:
                if each.part.path == "auditoria.dbf":
                    with (books / "auditoria.dbf").open("ab") as live:
                        live.write(b"x" * 50)
                assert len(stream.read()) == each.part.size


def write_through_memory(begun: Any, path: Path) -> None:
    with path.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as mapped:
        for counter in range(1_000_000):
            mapped[0:4] = struct.pack("<I", counter)
            begun.set()
            time.sleep(0.001)


def test_writers_through_memory_are_named(
    pairs: Path, engine_of: Callable[..., Engine], backup: Callable[..., Any], listener: Any
) -> None:
    """A second write to a page that is already dirty does not change the times of its file."""
    with writing(write_through_memory, pairs / "a.nx1"):
        made = backup(engine_of(pairs), listener, accept_unstable=True)
    assert made.manifest.consistency is Consistency.PER_TABLE
    assert f"writes to {pairs / 'a.nx1'} through memory" in listener.messages()


def test_reflinks_are_made_before_anything_is_read(
    engine: Engine, books: Path, monkeypatch: pytest.MonkeyPatch, content: Callable[..., Any], listener: Any
) -> None:
    """The file system here may not have reflinks: the one call that makes them is replaced by a plain copy."""
    monkeypatch.setattr(reflinks, "file_system", lambda root: "btrfs")
    monkeypatch.setattr(reflinks, "share_blocks", copy_bytes)
    before = content(books)
    found = {}
    with engine.snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            (books / "clientes.dbf").write_bytes(b"written while the copies are read")
            with each.open() as stream:
                assert each.part.path not in found
                found[each.part.path] = stream.read()
        assert snapshot.manifest().consistency is Consistency.CONSISTENT
    assert found == before
    assert not [name for name in os.listdir(books) if name.startswith(".hctui")]


def copy_bytes(source: int, target: int) -> None:
    os.write(target, os.pread(source, 1 << 24, 0))


def test_a_copy_that_waits_can_be_cancelled(pairs: Path, engine_of: Callable[..., Engine], listener: Any) -> None:
    class Enough(Cancelled):
        pass

    def stop() -> None:
        raise Enough

    listener.stop = stop
    with pytest.raises(Enough), engine_of(pairs).snapshot(SnapshotRequest(), listener) as snapshot:
        (pairs / "a.nx1").write_bytes(b"just now")
        for each in snapshot.parts():
            each.open().close()


def test_a_failing_disk_is_named(
    engine: Engine, books: Path, monkeypatch: pytest.MonkeyPatch, backup: Callable[..., Any]
) -> None:
    real = os.open

    def broken(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("clientes.dbf"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", broken)
    with pytest.raises(ReadFailed, match=r"clientes\.dbf can't be read: Permission denied"):
        backup(engine)


def test_a_missing_folder(engine: Engine, books: Path, backup: Callable[..., Any]) -> None:
    shutil.rmtree(books)
    with pytest.raises(DatabaseMissing):
        backup(engine)


def test_a_small_table_that_is_written_to_while_it_is_stored_is_read_again(
    tmp_path: Path, engine_of: Callable[..., Engine], listener: Any
) -> None:
    root = tmp_path / "small"
    root.mkdir()
    for name in ("a.nx1", "b.nx1", "b.nx2"):
        (root / name).write_bytes(bytes(40_000))
    content: dict[str, list[bytes]] = {}
    with engine_of(root).snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            with each.open() as stream:
                if each.part.path == "b.nx2" and "b.nx2" not in content:
                    (root / "b.nx2").write_bytes(b"new" * 10_000)
                content.setdefault(each.part.path, []).append(stream.read())
        manifest = snapshot.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert {name: len(reads) for name, reads in content.items()} == {"a.nx1": 1, "b.nx1": 1, "b.nx2": 2}
    assert content["b.nx2"][-1] == b"new" * 10_000
    assert {part.path: part.size for part in manifest.parts} == {"a.nx1": 40_000, "b.nx1": 40_000, "b.nx2": 30_000}


def test_changes_between_the_outline_and_the_snapshot_are_stored(
    pairs: Path, engine_of: Callable[..., Engine], listener: Any
) -> None:
    engine = engine_of(pairs)
    assert {table.name for table in engine.outline().tables} == {"a", "b", "c"}
    (pairs / "a.nx1").write_bytes(b"written since")
    (pairs / "b.nx1").unlink()
    (pairs / "b.nx2").unlink()
    (pairs / "d.nx1").write_bytes(b"made since")
    content: dict[str, bytes] = {}
    with engine.snapshot(SnapshotRequest(), listener) as snapshot:
        for each in snapshot.parts():
            with each.open() as stream:
                content[each.part.path] = stream.read()
        manifest = snapshot.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert content == {"a.nx1": b"written since", "c.nx1": bytes(400_000), "d.nx1": b"made since"}
    assert {table.name for table in manifest.tables} == {"a", "c", "d"}
    assert {part.path for part in manifest.parts} == set(content)
