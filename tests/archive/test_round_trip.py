"""Every level and cipher, read back by our reader and by other programs."""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.archive import ArchiveReader
from hctui.errors import PasswordNeeded, WrongPassword
from hctui.model import MANIFEST_NAME, README_NAME, Encryption, Level, Manifest

PASSWORD = "cambio desligo 7"
CIPHERS = [None, *Encryption]
Write = Callable[..., tuple[Path, Manifest]]


@pytest.mark.parametrize("encryption", CIPHERS, ids=str)
@pytest.mark.parametrize("level", list(Level))
def test_what_is_written_is_read(
    level: Level,
    encryption: Encryption | None,
    write: Write,
    tables: dict[str, bytes],
    read_all: Callable[..., dict[str, bytes]],
) -> None:
    path, manifest = write(tables, level=level, encryption=encryption)
    contents = read_all(path)
    assert {name.removeprefix("DB/"): data for name, data in contents.items() if name.startswith("DB/")} == tables
    with ArchiveReader(path, password="Câmbio, desligo 7") as archive:
        assert archive.manifest() == manifest
        assert archive.encryption is encryption
        assert archive.needs_password is (encryption is not None)
        assert {member.name for member in archive.members() if not member.encrypted} >= {README_NAME}


@pytest.mark.parametrize("encryption", CIPHERS, ids=str)
@pytest.mark.parametrize("level", list(Level))
def test_other_programs_read_it(
    level: Level,
    encryption: Encryption | None,
    write: Write,
    tables: dict[str, bytes],
    tool: Callable[[str], str],
    tmp_path: Path,
) -> None:
    path, _ = write(tables, level=level, encryption=encryption, password=PASSWORD)
    commands = {
        "7zz": [tool("7zz"), "x", "-bso0", "-bsp0", f"-p{PASSWORD}", f"-o{tmp_path / '7zz'}", path],
        "bsdtar": [tool("bsdtar"), "--passphrase", PASSWORD, "-C", tmp_path / "bsdtar", "-xf", path],
    }
    if encryption in (None, Encryption.ZIPCRYPTO):
        commands["unzip"] = [tool("unzip"), "-q", "-P", PASSWORD, path, "-d", tmp_path / "unzip"]
    for name, command in commands.items():
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
        assert (done.returncode, done.stderr) == (0, b""), (name, done.stdout)
        _assert_unpacked(folder, tables)
    if encryption is None:
        with zipfile.ZipFile(path) as archive:
            assert {name: archive.read(f"DB/{name}") for name in tables} == tables


def test_zipfile_reads_zipcrypto(write: Write) -> None:
    parts = {"a.dbf": b"rows " * 50, "b.dbf": b""}
    path, _ = write(parts, encryption=Encryption.ZIPCRYPTO, password=PASSWORD)
    with zipfile.ZipFile(path) as archive:
        archive.setpassword(PASSWORD.encode())
        assert {name: archive.read(f"DB/{name}") for name in parts} == parts


@pytest.mark.parametrize("encryption", list(Encryption))
def test_a_wrong_password_is_one_error(encryption: Encryption, write: Write) -> None:
    path, _ = write({"a.dbf": b"rows " * 50}, encryption=encryption)
    with ArchiveReader(path) as archive, pytest.raises(PasswordNeeded):
        archive.check_password()
    for attempt in range(40 if encryption is Encryption.ZIPCRYPTO else 2):
        with ArchiveReader(path, password=f"wrong {attempt}") as archive, pytest.raises(WrongPassword):
            archive.check_password()


def test_many_wrong_zipcrypto_passwords_are_all_refused(write: Write) -> None:
    path, _ = write({"a.dbf": b"rows"}, encryption=Encryption.ZIPCRYPTO)
    for attempt in range(1500):  # each of two members accepts one in 256
        with ArchiveReader(path, password=f"{attempt}") as archive, pytest.raises(WrongPassword):
            archive.check_password()


def test_an_encrypted_backup_shows_no_names(write: Write) -> None:
    path, _ = write({"segredo.dbf": b"rows"}, encryption=Encryption.AES256)
    with ArchiveReader(path) as archive:
        readme = archive.read_bytes(README_NAME, 100_000).decode()
        assert "COMO RESTAURAR" in readme and "7zz x" in readme and "PASTA DE TABELAS" in readme
        assert "segredo" not in readme and "DB/" not in readme
        with pytest.raises(PasswordNeeded):
            archive.read_bytes(MANIFEST_NAME, 100_000)


def _assert_unpacked(folder: Path, tables: dict[str, bytes]) -> None:
    unpacked = {
        str(file.relative_to(folder / "DB")): file.read_bytes() for file in (folder / "DB").rglob("*") if file.is_file()
    }
    assert unpacked == tables
    assert (folder / README_NAME).is_file() and (folder / MANIFEST_NAME).is_file()
