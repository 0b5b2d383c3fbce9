"""Reading of archives that other programs made."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.archive import ArchiveReader
from hctui.errors import UnsupportedMember, WrongPassword
from hctui.model import Encryption

PASSWORD = "cambio desligo 7"
Read = Callable[..., dict[str, bytes]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for other programs to archive."""
    base = tmp_path / "source"
    (base / "DB" / "sub").mkdir(parents=True)
    for name, data in {
        "produtos.dbf": b"linha de produto %d\n" * 9000 % tuple(range(9000)),
        "vazio.dbf": b"",
        "sub/ruido.bin": os.urandom(300_000),
        "ação ñ.txt": b"x" * 10,
    }.items():
        (base / "DB" / name).write_bytes(data)
    return base


SEVEN_ZIP = ["a", "-tzip", "-bso0", "-bsp0"]
SECRET = [f"-p{PASSWORD}"]
COMMANDS: dict[str, tuple[str, list[str], Encryption | None]] = {
    "7zz": ("7zz", SEVEN_ZIP, None),
    "7zz stored": ("7zz", [*SEVEN_ZIP, "-mx0"], None),
    "7zz best": ("7zz", [*SEVEN_ZIP, "-mx9"], None),
    "7zz ZipCrypto": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=ZipCrypto"], Encryption.ZIPCRYPTO),
    "7zz ZipCrypto stored": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=ZipCrypto", "-mx0"], Encryption.ZIPCRYPTO),
    "7zz AES-128": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=AES128"], Encryption.AES128),
    "7zz AES-192": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=AES192"], Encryption.AES192),
    "7zz AES-256": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=AES256"], Encryption.AES256),
    "7zz AES-256 stored": ("7zz", [*SEVEN_ZIP, *SECRET, "-mem=AES256", "-mx0"], Encryption.AES256),
    "zip": ("zip", ["-q", "-r"], None),
    "zip with descriptors": ("zip", ["-q", "-r", "-fd"], None),
    "zip with Zip64": ("zip", ["-q", "-r", "-fz"], None),
    "zip ZipCrypto": ("zip", ["-q", "-r", "-P", PASSWORD], Encryption.ZIPCRYPTO),
    "zip ZipCrypto stored": ("zip", ["-q", "-r", "-0", "-P", PASSWORD], Encryption.ZIPCRYPTO),
    "bsdtar": ("bsdtar", ["--format", "zip", "-cf"], None),
    "bsdtar AES-256": (
        "bsdtar",
        ["--format", "zip", "--options", "zip:encryption=aes256", "--passphrase", PASSWORD, "-cf"],
        Encryption.AES256,
    ),
}


@pytest.mark.parametrize("program", COMMANDS)
def test_archives_of_other_programs(program: str, folder: Path, tool: Callable[[str], str], read_all: Read) -> None:
    name, words, encryption = COMMANDS[program]
    path = folder / "theirs.zip"
    subprocess.run([tool(name), *words, path, "DB"], cwd=folder, check=True, capture_output=True)
    expected = {str(file.relative_to(folder)): file.read_bytes() for file in (folder / "DB").rglob("*") if file.is_file()}
    assert read_all(path, PASSWORD) == expected
    with ArchiveReader(path, password="another") as archive:
        assert archive.encryption is encryption
        assert archive.manifest() is None
        modified = {member.name: member.modified for member in archive.members()}["DB/produtos.dbf"]
        assert modified is not None
        assert abs(modified.timestamp() - (folder / "DB" / "produtos.dbf").stat().st_mtime) <= 2
        if encryption:
            with pytest.raises(WrongPassword):
                archive.check_password()


@pytest.mark.parametrize("words", [["-"], ["-fz-", "-"]], ids=["zip", "zip without Zip64"])
@pytest.mark.parametrize("secret", [[], ["-P", PASSWORD]], ids=["plain", "ZipCrypto"])
def test_streamed_archives(
    words: list[str], secret: list[str], folder: Path, tool: Callable[[str], str], read_all: Read
) -> None:
    path = folder / "streamed.zip"
    with path.open("wb") as output:
        source = subprocess.Popen(["cat", folder / "DB" / "produtos.dbf"], stdout=subprocess.PIPE)
        subprocess.run([tool("zip"), "-q", *secret, *words, "-"], stdin=source.stdout, stdout=output, check=True)
        source.communicate()
    assert read_all(path, PASSWORD) == {"-": (folder / "DB" / "produtos.dbf").read_bytes()}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850"])
def test_passwords_with_accents_of_other_systems(
    encoding: str, tmp_path: Path, tool: Callable[[str], str], read_all: Read
) -> None:
    (tmp_path / "a.txt").write_bytes(b"rows")
    secret = "ação à noite".encode(encoding)
    subprocess.run([tool("zip").encode(), b"-q", b"-P", secret, b"a.zip", b"a.txt"], cwd=tmp_path, check=True)
    assert read_all(tmp_path / "a.zip", "ação à noite") == {"a.txt": b"rows"}


@pytest.mark.parametrize("method", ["BZip2", "LZMA", "Deflate64", "PPMd"])
def test_unsupported_methods_are_named(method: str, folder: Path, tool: Callable[[str], str], read_all: Read) -> None:
    path = folder / "theirs.zip"
    subprocess.run([tool("7zz"), *SEVEN_ZIP, f"-mm={method}", path, "DB"], cwd=folder, check=True)
    with pytest.raises(UnsupportedMember, match=f"(?i)DB/.*{method}"):
        read_all(path)


def test_zipfile_with_zip64_forced(tmp_path: Path, read_all: Read) -> None:
    path = tmp_path / "python.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("DB/a.dbf", "w", force_zip64=True) as member:
        member.write(b"rows" * 1000)
    assert read_all(path) == {"DB/a.dbf": b"rows" * 1000}
