"""Tests of verifications, contents and the list of backups."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.errors import ArchiveError, DamagedArchive, DatabaseDamaged, NotABackup, PartMissing, PasswordNeeded, WrongPassword
from hctui.events import TableDone, VerifyDone, Warned
from hctui.model import Encryption, Level, Manifest
from hctui.operations import delete_backup, existing_backups, show
from hctui.plans import VerifyPlan

if TYPE_CHECKING:
    from conftest import Server


def rewrite(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Write a ZIP again with changed members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("encryption", [None, *Encryption])
async def test_a_good_backup_is_verified_and_recorded(server: Server, encryption: Encryption | None) -> None:
    password = server.password if encryption else None
    file = await server.backup("LOJA", "FABRICA", password=password, encryption=encryption)
    assert show(file, password).verified is None
    done, events = await server.run(VerifyPlan(file), password)
    assert isinstance(done, VerifyDone)
    assert [(each.alias, each.tables) for each in done.databases] == [("LOJA", 6), ("FABRICA", 4)]
    assert done.warnings == ()
    assert len([event for event in events if isinstance(event, TableDone)]) == 10
    assert show(file, password).verified is not None
    assert existing_backups(server.destination)[0].verified is not None
    os.utime(file, (1, 1))
    assert show(file, password).verified is None


async def test_unpacked_files_are_removed(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    server.configuration.staging = scratch
    file = await server.backup("LOJA", level=Level.NONE)
    await server.run(VerifyPlan(file))
    rewrite(file, lambda members: members.update({"LOJA/loja.db": bytes(len(members["LOJA/loja.db"]))}))
    with pytest.raises(DamagedArchive):
        await server.run(VerifyPlan(file))
    assert list(scratch.iterdir()) == []


async def test_any_changed_byte_of_a_part_is_found(server: Server) -> None:
    file = await server.backup("FABRICA")
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        member = archive.getinfo("FABRICA/maquinas.dbf")
    for offset in range(member.header_offset + 60, member.header_offset + member.compress_size, 101):
        content = bytearray(whole)
        content[offset] ^= 0x40
        file.write_bytes(content)
        with pytest.raises(ArchiveError):
            await server.run(VerifyPlan(file))
    file.write_bytes(whole)
    await server.run(VerifyPlan(file))


async def test_a_missing_part_is_named(server: Server) -> None:
    file = await server.backup("FABRICA")
    rewrite(file, lambda members: members.pop("FABRICA/maquinas.dbf"))
    with pytest.raises(PartMissing, match="maquinas"):
        await server.run(VerifyPlan(file))


async def test_a_part_with_other_bytes_of_the_same_size_is_found(server: Server) -> None:
    file = await server.backup("FABRICA")
    rewrite(file, lambda members: members.update({"FABRICA/maquinas.dbf": bytes(len(members["FABRICA/maquinas.dbf"]))}))
    with pytest.raises(DamagedArchive, match=r"maquinas.*BLAKE3"):
        await server.run(VerifyPlan(file))


async def test_a_member_that_is_not_in_the_manifest_is_a_warning(server: Server) -> None:
    file = await server.backup("LOJA")
    rewrite(file, lambda members: members.update({"LOJA/extra.txt": b"?"}))
    done, events = await server.run(VerifyPlan(file))
    assert "LOJA/extra.txt" in str(done.warnings[0])
    assert any(isinstance(event, Warned) for event in events)


async def test_a_database_that_differs_from_its_manifest_is_damaged(server: Server) -> None:
    file = await server.backup("LOJA")

    def spoil(members: dict[str, bytes]) -> None:
        manifest = codec.decode(members["manifest.json"], Manifest)
        database = manifest.databases[0]
        first, *others = database.tables
        changed = replace(database, tables=(replace(first, rows=12345), *others))
        members["manifest.json"] = codec.encode(replace(manifest, databases=(changed,)))

    rewrite(file, spoil)
    with pytest.raises(DatabaseDamaged):
        await server.run(VerifyPlan(file))


async def test_a_zip_without_manifest_is_read_and_opened(server: Server, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "velha.zip", "w") as archive:
        archive.write(server.sqlite, "LOJA/loja.db")
    done, _ = await server.run(VerifyPlan(tmp_path / "velha.zip"))
    assert [each.alias for each in done.databases] == ["LOJA"]
    assert "manifest" in str(done.warnings[0])


async def test_the_password_is_needed_and_checked(server: Server) -> None:
    file = await server.backup("LOJA", password=server.password, encryption=Encryption.AES256)
    with pytest.raises(PasswordNeeded):
        await server.run(VerifyPlan(file))
    with pytest.raises(WrongPassword):
        await server.run(VerifyPlan(file), "errada")


async def test_only_backups_can_be_deleted(server: Server) -> None:
    file = await server.backup("LOJA")
    other = shutil.copy(server.sqlite, server.destination / "loja.db")
    with pytest.raises(NotABackup):
        delete_backup(Path(other))
    delete_backup(file)
    assert [path.name for path in server.destination.iterdir()] == ["loja.db"]


async def test_unpacked_folders_are_shown(server: Server, tmp_path: Path) -> None:
    file = await server.backup("LOJA", "FABRICA")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "unpacked")
    contents = show(tmp_path / "unpacked", None, unpacked=True)
    assert [database.alias for database in contents.databases] == ["LOJA", "FABRICA"]
    assert not contents.inferred
    (tmp_path / "unpacked" / "manifest.json").unlink()
    contents = show(tmp_path / "unpacked", None, unpacked=True)
    assert sorted(database.alias for database in contents.databases) == ["FABRICA", "LOJA"]
    assert contents.inferred
