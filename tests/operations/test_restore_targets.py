"""Tests of restores under another name, from unpacked folders and from foreign archives."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hctui.config import Configuration
from hctui.errors import (
    AliasTaken,
    DamagedArchive,
    EngineMismatch,
    HostileArchive,
    NotRegistered,
    PartMissing,
    WriteFailed,
)
from hctui.model import Database
from hctui.plans import RestorePlan

if TYPE_CHECKING:
    from conftest import Server

KEPT = {"auditoria", "usuarios", "config"}


async def test_into_makes_a_new_database_and_keeps_the_original(server: Server, fingerprint: Callable[[Path], object]) -> None:
    file = await server.backup("LOJA", "FABRICA")
    server.spoil()
    before = fingerprint(server.sqlite.parent)
    for alias, made in (("LOJA", "ONTEM.db"), ("FABRICA", "ANTES")):
        done, _ = await server.run(RestorePlan(file, databases=(alias,), into=Path(made).stem))
        assert done.databases[0].alias == Path(made).stem
        assert server.configuration.database(Path(made).stem).location == str(server.sqlite.with_name(made))
    connection = sqlite3.connect(server.sqlite.with_name("ONTEM.db"))
    assert connection.execute("SELECT count(*), (SELECT senha FROM usuarios) FROM produtos").fetchone() == (
        500,
        "segredo-velho",
    )
    connection.close()
    now = fingerprint(server.sqlite.parent)
    assert isinstance(now, dict) and isinstance(before, dict)
    assert {name: now[name] for name in before} == before
    with pytest.raises(AliasTaken):
        await server.run(RestorePlan(file, databases=("LOJA",), into="ontem"))


async def test_into_that_fails_registers_nothing_and_leaves_no_file(
    server: Server, fingerprint: Callable[[Path], object]
) -> None:
    file = await server.backup("LOJA")
    content = bytearray(file.read_bytes())
    content[3000] ^= 1
    file.write_bytes(content)
    before = fingerprint(server.sqlite.parent)
    with pytest.raises(DamagedArchive):
        await server.run(RestorePlan(file, into="ONTEM"))
    assert [database.alias for database in server.configuration.databases] == ["LOJA", "FABRICA"]
    assert fingerprint(server.sqlite.parent) == before


@pytest.mark.parametrize("alias", ["LOJA", "FABRICA"])
async def test_into_that_can_not_be_registered_is_removed(server: Server, monkeypatch: pytest.MonkeyPatch, alias: str) -> None:
    file = await server.backup(alias)

    def full(self: Configuration, database: Database) -> None:
        raise WriteFailed(path="config.toml", reason="the disk is full.")

    monkeypatch.setattr(Configuration, "add", full)
    with pytest.raises(WriteFailed):
        await server.run(RestorePlan(file, into="ONTEM"))
    assert not [path for path in server.sqlite.parent.iterdir() if path.name.startswith("ONTEM")]


async def test_a_backup_of_a_database_that_is_not_registered(server: Server) -> None:
    file = await server.backup("LOJA")
    server.configuration.remove("LOJA")
    with pytest.raises(NotRegistered):
        await server.run(RestorePlan(file))
    await server.run(RestorePlan(file, into="NOVA"))
    location = Path(server.configuration.database("NOVA").location)
    assert location.exists()
    server.configuration.add(Database("LOJA", "folder", str(server.folder)))
    with pytest.raises(EngineMismatch):
        await server.run(RestorePlan(file))


@pytest.mark.parametrize("subfolder", ["", "LOJA"])
async def test_unpacked_backups_are_checked_against_their_manifest(server: Server, tmp_path: Path, subfolder: str) -> None:
    file = await server.backup("LOJA")
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    server.spoil()
    done, _ = await server.run(RestorePlan(folder / subfolder, unpacked=True))
    assert server.counts() == (500, 6)
    assert set(done.databases[0].kept) == KEPT
    copy = folder / "LOJA" / "loja.db"
    content = bytearray(copy.read_bytes())
    content[-1] ^= 1
    copy.write_bytes(content)
    with pytest.raises(DamagedArchive):
        await server.run(RestorePlan(folder, unpacked=True))


async def test_unpacked_links_are_not_followed(server: Server, tmp_path: Path) -> None:
    file = await server.backup("LOJA")
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    shutil.move(folder / "LOJA" / "loja.db", tmp_path / "elsewhere.db")
    (folder / "LOJA" / "loja.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(HostileArchive):
        await server.run(RestorePlan(folder, unpacked=True))
    (folder / "LOJA" / "loja.db").unlink()
    with pytest.raises(PartMissing):
        await server.run(RestorePlan(folder, unpacked=True))


@pytest.mark.parametrize("inside", ["", "LOJA/", "qualquer coisa/"])
async def test_a_foreign_zip_goes_to_the_current_database(server: Server, tmp_path: Path, inside: str) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(server.sqlite, copy)
    server.spoil()
    with zipfile.ZipFile(tmp_path / "velha.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(copy, f"{inside}loja.db")
    await server.run(RestorePlan(tmp_path / "velha.zip"))
    assert server.counts() == (500, 6)
    assert server.query("SELECT senha FROM usuarios") == [("segredo-novo",)]


async def test_a_foreign_zip_of_table_files(server: Server, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in server.folder.iterdir()}
    with zipfile.ZipFile(tmp_path / "velha.zip", "w") as archive:
        for path in server.folder.iterdir():
            archive.write(path, path.name)
    (server.folder / "maquinas.dbf").write_bytes(b"broken")
    await server.run(RestorePlan(tmp_path / "velha.zip", databases=("FABRICA",)))
    assert server.files() == before


async def test_a_backup_on_read_only_media_restores(server: Server, tmp_path: Path) -> None:
    file = await server.backup("LOJA")
    media = tmp_path / "media"
    media.mkdir()
    shutil.move(file, media / "copia.bkb")
    mounted = subprocess.run(["mount", "--bind", media, media], capture_output=True).returncode == 0
    if not mounted or subprocess.run(["mount", "-o", "remount,ro,bind", media], capture_output=True).returncode:
        pytest.skip("mounting takes root")
    try:
        with pytest.raises(OSError):
            os.mkdir(media / "x")
        server.spoil()
        await server.run(RestorePlan(media / "copia.bkb"))
    finally:
        subprocess.run(["umount", media], check=True)
    assert server.counts() == (500, 6)
