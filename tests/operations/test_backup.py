"""Tests of backups of real databases."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import blake3
import pytest
from msgspec.structs import replace

from hctui.archive import ArchiveWriter, StoredMember
from hctui.databases.engine import Engine, Snapshot, SnapshotRequest
from hctui.errors import (
    AlreadyExists,
    DatabaseMissing,
    DestinationMissing,
    InsideDatabase,
    InvalidName,
    NothingToDo,
    NotWritable,
    PasswordNeeded,
    UnknownDatabase,
)
from hctui.events import Advised, BackupDone, Progress, Reporter, Started, TableDone, Warned
from hctui.model import Database, Encryption, Level, Role
from hctui.operations import existing_backups, last_backup, preview_backup, show
from hctui.plans import BackupPlan, VerifyPlan

if TYPE_CHECKING:
    from conftest import Server

TABLES = {"produtos", "pedidos", "auditoria", "usuarios", "config", "produtos_imagem"}


async def test_a_backup_holds_every_byte_and_its_hash(server: Server) -> None:
    done, _events = await server.run(server.backup_plan("LOJA", "FABRICA"))
    assert isinstance(done, BackupDone)
    assert done.file == server.destination / "copia.bkb"
    assert done.size == done.file.stat().st_size
    assert stat.S_IMODE(done.file.stat().st_mode) == 0o600
    manifest = show(done.file, None).manifest
    assert manifest is not None
    with zipfile.ZipFile(done.file) as archive:
        for database in manifest.databases:
            for part in database.parts:
                content = archive.read(f"{database.alias}/{part.path}")
                assert (len(content), blake3.blake3(content).hexdigest()) == (part.size, part.blake3)
        for file in server.folder.iterdir():
            assert archive.read(f"FABRICA/{file.name}") == file.read_bytes()
    assert done.data_size == sum(part.size for database in manifest.databases for part in database.parts)


async def test_each_table_is_reported_once_and_the_bar_ends_full(server: Server) -> None:
    done, events = await server.run(server.backup_plan("LOJA", "FABRICA"))
    started = next(event for event in events if isinstance(event, Started))
    reported = [(event.alias, event.table) for event in events if isinstance(event, TableDone)]
    assert sorted(reported) == sorted(started.tables)
    assert {table for alias, table in reported if alias == "LOJA"} == TABLES
    progress = [event for event in events if isinstance(event, Progress)]
    assert progress[-1].done == progress[-1].total > 0
    assert events[-1] is done


@pytest.mark.parametrize("encryption", Encryption)
async def test_encrypted_backups_show_only_names_without_the_password(server: Server, encryption: Encryption) -> None:
    file = await server.backup("LOJA", password=server.password, encryption=encryption)
    assert b"segredo-velho" not in file.read_bytes()
    locked, opened = show(file, None), show(file, server.password)
    assert (locked.needs_password, locked.manifest, locked.encryption) == (True, None, encryption)
    assert opened.manifest is not None
    assert {table.name for table in opened.databases[0].tables} == TABLES


@pytest.mark.parametrize("level", Level)
async def test_every_level_stores_the_same_data(server: Server, level: Level) -> None:
    file = await server.backup("LOJA", level=level)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        copy = server.destination / "copy.db"
        copy.write_bytes(archive.read("LOJA/loja.db"))
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*), sum(id) FROM produtos").fetchone() == (500, 125250)
    connection.close()


async def test_left_out_tables_are_not_stored_and_the_manifest_names_them(server: Server) -> None:
    full = await server.backup("LOJA", level=Level.NONE)
    image = server.query("SELECT imagem FROM produtos_imagem")[0][0]
    assert isinstance(image, bytes)
    assert image[5000:5100] in full.read_bytes()
    plan = replace(server.backup_plan("LOJA", level=Level.NONE, images=False, audit=False, indexes=False), name="menor")
    done, _ = await server.run(plan)
    assert image[5000:5100] not in done.file.read_bytes()
    manifest = show(done.file, None).databases[0]
    left_out = {table.name: table.role for table in manifest.tables if table.left_out}
    assert left_out == {"auditoria": Role.AUDIT, "produtos_imagem": Role.IMAGES}
    assert not manifest.indexes_included
    assert [index.name for index in manifest.indexes] == ["produtos_nome"]
    assert set(done.databases[0].kept) == set(left_out)


async def test_a_table_dropped_during_the_backup_is_not_in_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dropping(ArchiveWriter):
        def add(self, member: str, source: BinaryIO, **options: Any) -> StoredMember:
            stored = super().add(member, source, **options)
            if member == "FABRICA/usuarios.dbf":
                (server.folder / "usuarios.dbf").unlink()
            return stored

    monkeypatch.setattr(sys.modules["hctui.operations.backup"], "ArchiveWriter", Dropping)
    file = await server.backup("FABRICA")
    with zipfile.ZipFile(file) as archive:
        members = {name.partition("/")[2] for name in archive.namelist() if name.startswith("FABRICA/")}
    assert members == {path.name for path in server.folder.iterdir()}
    assert "usuarios.dbf" not in members
    verified, _ = await server.run(VerifyPlan(file))
    assert verified.warnings == ()


async def test_the_same_disk_is_advice_and_no_warning(server: Server) -> None:
    done, events = await server.run(server.backup_plan())
    (advice,) = (event.message for event in events if isinstance(event, Advised))
    assert done.advice == (advice,) and "same disk" in str(advice)
    assert done.warnings == () and not any(isinstance(event, Warned) for event in events)


async def test_the_name_is_checked_and_an_empty_one_gets_the_default(server: Server) -> None:
    done, _ = await server.run(replace(server.backup_plan("LOJA", "FABRICA"), name=""))
    assert done.file.name.startswith("LOJA+FABRICA_20")
    with pytest.raises(InvalidName):
        await server.run(replace(server.backup_plan(), name="a/../../b"))
    with pytest.raises(AlreadyExists):
        await server.run(replace(server.backup_plan(), name=done.file.stem))


async def test_an_impossible_backup_is_refused_before_a_file_is_created(server: Server) -> None:
    plan = server.backup_plan()
    cases = [
        (replace(plan, databases=()), NothingToDo),
        (replace(plan, databases=("NADA",)), UnknownDatabase),
        (replace(plan, encryption=Encryption.AES256), PasswordNeeded),
        (replace(plan, destination=server.destination / "not" / "there"), DestinationMissing),
        (replace(plan, destination=server.sqlite), NotWritable),
    ]
    for bad, error in cases:
        with pytest.raises(error):
            await server.run(bad)
    server.sqlite.unlink()
    with pytest.raises(DatabaseMissing):
        await server.run(plan)
    assert list(server.destination.iterdir()) == []


async def test_a_destination_inside_a_database_is_refused(server: Server) -> None:
    inside = server.folder / "copias"
    inside.mkdir()
    plan = replace(server.backup_plan("LOJA", "FABRICA"), destination=inside)
    with pytest.raises(InsideDatabase, match="FABRICA"):
        await server.run(plan)
    assert list(inside.iterdir()) == []
    (problem,) = preview_backup(plan, server.configuration).problems
    assert problem.field == "destination" and "FABRICA" in str(problem.message)


async def test_a_preview_has_sizes_savings_and_problems(server: Server, fingerprint: Callable[[Path], object]) -> None:
    plan = server.backup_plan("LOJA", "FABRICA")
    before = fingerprint(server.sqlite.parent), fingerprint(server.destination)

    def fields_with_problems(plan: BackupPlan) -> list[str]:
        return [each.field for each in preview_backup(plan, server.configuration).problems]

    found = preview_backup(plan, server.configuration)
    assert (fingerprint(server.sqlite.parent), fingerprint(server.destination)) == before
    assert (found.problems, found.same_disk) == ((), True)
    assert found.saved_images >= 200_000 and found.saved_audit > 0 and found.saved_indexes > 0
    assert 0 < found.compressed < found.size
    assert len(found.tables) == 10
    smaller = preview_backup(replace(plan, images=False), server.configuration)
    assert smaller.size == found.size - found.saved_images
    done, _ = await server.run(plan)
    assert fields_with_problems(plan) == ["name"]
    again = preview_backup(replace(plan, name="outra"), server.configuration)
    assert again.compressed == pytest.approx(done.size, rel=0.05)
    assert fields_with_problems(replace(plan, name="a/b")) == ["name"]
    assert fields_with_problems(replace(plan, destination=Path("/not/there"))) == ["destination"]
    assert fields_with_problems(replace(plan, destination=Path("/not/there"), name="a/b")) == ["destination", "name"]
    assert preview_backup(replace(plan, databases=()), server.configuration).tables == ()


async def test_an_empty_database_is_backed_up_and_verified(server: Server) -> None:
    server.sqlite.write_bytes(b"")
    done, _ = await server.run(server.backup_plan("LOJA"))
    assert [each.tables for each in done.databases] == [0]
    verified, _ = await server.run(VerifyPlan(done.file))
    assert verified.warnings == ()


async def test_only_files_of_ended_runs_are_removed(server: Server) -> None:
    dead, alive = server.destination / "morta.bkb.part", server.destination / "viva.bkb.part"
    foreign, public = server.destination / "download.bkb.part", server.destination / "outra.bkb.part"
    for path, content in ((dead, b"PK\x03\x04..."), (alive, b"PK\x03\x04..."), (foreign, b"<html>"), (public, b"PK\x03\x04")):
        path.write_bytes(content)
        path.chmod(0o644 if path is public else 0o600)
    with alive.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await server.backup()
    assert sorted(path.name for path in server.destination.iterdir()) == [
        "copia.bkb",
        "download.bkb.part",
        "outra.bkb.part",
        "viva.bkb.part",
    ]


async def test_the_last_backup_is_known_until_its_file_is_deleted(server: Server) -> None:
    assert last_backup(server.configuration, "LOJA") is None
    file = await server.backup("LOJA")
    found = last_backup(server.configuration, "LOJA")
    assert found is not None
    assert found[1] == file
    assert last_backup(server.configuration, "FABRICA") is None
    file.unlink()
    assert last_backup(server.configuration, "LOJA") is None


async def test_the_last_backup_is_found_without_a_history(server: Server, tmp_path: Path) -> None:
    file = await server.backup("LOJA")
    server.configuration.set_destination(server.destination)
    (tmp_path / "state" / "backups.json").write_text("{broken")
    found = last_backup(server.configuration, "LOJA")
    assert found is not None
    assert found[1] == file


async def test_existing_backups_are_listed_newest_first(server: Server) -> None:
    first = await server.backup("LOJA", "FABRICA")
    done, _ = await server.run(
        replace(server.backup_plan("LOJA", encryption=Encryption.AES128), name="secreta"), server.password
    )
    (server.destination / "broken.bkb").write_bytes(b"PK\x03\x04 nothing more")
    os.utime(server.destination / "broken.bkb", (0, 0))
    found = existing_backups(server.destination)
    assert [each.file.name for each in found] == ["secreta.bkb", "copia.bkb", "broken.bkb"]
    assert (found[0].aliases, found[0].encryption, found[0].consistency) == (("LOJA",), Encryption.AES128, None)
    assert found[1].aliases == ("LOJA", "FABRICA")
    assert found[1].consistency is not None
    assert found[2].problem is not None
    assert done.file.exists() and first.exists()


async def test_snapshots_of_one_engine_are_opened_together_if_it_can(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = server.sqlite.with_name("filial.db")
    shutil.copy(server.sqlite, branch)
    log = server.destination.parent / "log"
    hooks = {"before": f"echo before >> {log}", "after": f"echo after >> {log}"}
    server.configuration.replace("LOJA", Database("LOJA", "sqlite", str(server.sqlite), **hooks))
    server.configuration.add(Database("FILIAL", "sqlite", str(branch), **hooks))

    @contextmanager
    def open_snapshots(engines: Sequence[Engine], request: SnapshotRequest, reporter: Reporter) -> Iterator[list[Snapshot]]:
        log.write_text(log.read_text() + f"open {[engine.database.alias for engine in engines]}\n")
        with ExitStack() as stack:
            yield [stack.enter_context(engine.snapshot(request, reporter)) for engine in engines]
            log.write_text(log.read_text() + "read\n")

    aliases = ["LOJA", "FABRICA", "FILIAL"]
    for opened in (["before", "after", "before", "after"], ["before", "before", "open", "read", "after", "after"]):
        log.write_text("")
        done, _events = await server.run(server.backup_plan(*aliases))
        words = [word for word in log.read_text().split() if word in {"before", "after", "open", "read"}]
        assert words == opened
        assert [database.alias for database in show(done.file, None).databases] == aliases
        await server.run(VerifyPlan(done.file))
        done.file.unlink()
        monkeypatch.setattr("hctui.databases.sqlite.open_snapshots", open_snapshots, raising=False)
    assert "open ['LOJA', 'FILIAL']" in log.read_text()
