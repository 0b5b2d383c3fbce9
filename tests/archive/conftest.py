"""Archives for tests: made by our writer, or forged field by field."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hctui.archive import ArchiveReader, ArchiveWriter
from hctui.archive.deflate import CHUNK
from hctui.errors import HctuiError
from hctui.model import DatabaseManifest, Encryption, Level, Manifest, Part, PartKind

PASSWORD = "Câmbio, desligo 7"
ASCII_PASSWORD = "cambio desligo 7"
"""For programs that encode accents in a password differently."""


@dataclass
class ForgedMember:
    """One member, any field of which can be false. None stands for the true value."""

    name: bytes = b"DB/table.dbf"
    data: bytes = b"rows " * 20
    method: int = 8
    flags: int = 0
    local_name: bytes | None = None
    local_method: int | None = None
    local_flags: int | None = None
    local_size: int | None = None
    payload: bytes | None = None
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    offset: int | None = None
    system: int = 3
    mode: int = 0o100600
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    disk: int = 0


@dataclass
class ForgedArchive:
    """An archive, any field of which can be false. None stands for the true value."""

    members: list[ForgedMember] = field(default_factory=list)
    before: bytes = b""
    between: bytes = b""
    after: bytes = b""
    comment: bytes = b""
    count: int | None = None
    directory_size: int | None = None
    directory_offset: int | None = None
    disk: int = 0
    zip64: tuple[int, ...] | None = None

    def build(self) -> bytes:
        """Return the bytes of the archive."""
        body = bytearray(self.before)
        directory = bytearray()
        for member in self.members:
            offset = len(body)
            body += self._local(member)
            directory += self._central(member, offset)
        body += self.between
        count = len(self.members) if self.count is None else self.count
        size = len(directory) if self.directory_size is None else self.directory_size
        at = len(body) if self.directory_offset is None else self.directory_offset
        body += directory
        if self.zip64 is not None:
            end64 = len(body)
            body += struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, *self.zip64[:2], *self.zip64[2:6])
            body += struct.pack("<4sLQL", b"PK\x06\x07", 0, self.zip64[6] if len(self.zip64) > 6 else end64, 1)
        body += struct.pack(
            "<4s4H2LH", b"PK\x05\x06", self.disk, self.disk, count & 0xFFFF, count & 0xFFFF, size, at, len(self.comment)
        )
        return bytes(body + self.comment + self.after)

    @staticmethod
    def _compressed(member: ForgedMember) -> bytes:
        if member.payload is not None:
            return member.payload
        if member.method != 8:
            return member.data
        compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
        return compressor.compress(member.data) + compressor.flush()

    def _crc_and_sizes(self, member: ForgedMember) -> tuple[int, int, int]:
        packed = self._compressed(member)
        return (
            zlib.crc32(member.data) if member.crc is None else member.crc,
            len(packed) if member.packed_size is None else member.packed_size,
            len(member.data) if member.size is None else member.size,
        )

    def _local(self, member: ForgedMember) -> bytes:
        name = member.name if member.local_name is None else member.local_name
        method = member.method if member.local_method is None else member.local_method
        flags = member.flags if member.local_flags is None else member.local_flags
        crc, packed_size, size = self._crc_and_sizes(member)
        size = size if member.local_size is None else member.local_size
        head = struct.pack(
            "<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 0x5A76, crc, packed_size, size, len(name), len(member.local_extra)
        )
        return head + name + member.local_extra + self._compressed(member)

    def _central(self, member: ForgedMember, offset: int) -> bytes:
        crc, packed_size, size = self._crc_and_sizes(member)
        head = struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            member.system << 8 | 20,
            20,
            member.flags,
            member.method,
            0,
            0x5A76,
            crc,
            packed_size,
            size,
            len(member.name),
            len(member.extra),
            len(member.comment),
            member.disk,
            0,
            member.mode << 16,
            offset if member.offset is None else member.offset,
        )
        return head + member.name + member.extra + member.comment


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., tuple[Path, Manifest]]:
    """Return a function that writes a backup of one database, {part path: bytes}, with its manifest."""

    def make(
        parts: dict[str, bytes],
        *,
        level: Level = Level.MEDIUM,
        encryption: Encryption | None = None,
        password: str = PASSWORD,
        name: str = "backup.bkb",
    ) -> tuple[Path, Manifest]:
        path = tmp_path / name
        with ArchiveWriter(path, level=level, encryption=encryption, password=password if encryption else None) as archive:
            stored = {part: archive.add(f"DB/{part}", io.BytesIO(data)) for part, data in parts.items()}
            manifest = Manifest(
                created=datetime(2026, 11, 22, 19, 30, tzinfo=UTC),
                hctui_version="test",
                databases=(
                    DatabaseManifest(
                        alias="DB",
                        engine="folder",
                        parts=tuple(
                            Part(path=part, kind=PartKind.DATA, size=known.size, blake3=known.blake3)
                            for part, known in stored.items()
                        ),
                    ),
                ),
            )
            archive.finish(manifest)
        return path, manifest

    return make


@pytest.fixture
def read_all() -> Callable[..., dict[str, bytes]]:
    """Return a function that reads every member, and the manifest if there is one, as a restore does."""

    def read(path: Path, password: str | None = PASSWORD) -> dict[str, bytes]:
        with ArchiveReader(path, password=password) as archive:
            archive.check_password()
            manifest = archive.manifest()
            expected = {
                f"{database.alias}/{part.path}": part
                for database in (manifest.databases if manifest else ())
                for part in database.parts
            }
            contents = {}
            for member in archive.members():
                if not member.folder:
                    sink = io.BytesIO()
                    archive.read(member.name, sink, expected=expected.get(member.name))
                    contents[member.name] = sink.getvalue()
        return contents

    return read


@pytest.fixture
def refusal(tmp_path: Path, read_all: Callable[..., dict[str, bytes]]) -> Callable[[bytes], HctuiError | dict[str, bytes]]:
    """Return a function that reads bytes as an archive and returns the error, or the contents if there is none."""

    def attempt(archive: bytes, password: str | None = PASSWORD) -> HctuiError | dict[str, bytes]:
        path = tmp_path / "attempt.bkb"
        path.write_bytes(archive)
        try:
            return read_all(path, password)
        except HctuiError as error:
            return error

    return attempt


@pytest.fixture
def forge() -> Callable[..., bytes]:
    """Return a function that builds an archive of forged members."""

    def build(*members: ForgedMember, **fields: object) -> bytes:
        return ForgedArchive(list(members), **fields).build()  # type: ignore[arg-type]

    return build


@pytest.fixture
def forged() -> type[ForgedMember]:
    """Return the class of forged members."""
    return ForgedMember


def table(size: int) -> bytes:
    """Return `size` bytes of fixed-width rows."""
    rows = (
        b"%08d%-30b%12.2f" % (number, b"PRODUTO %d" % (number * 7919 % 1000), number * 31 % 9973 / 7) for number in range(size)
    )
    return _first_bytes(rows, size)


def _first_bytes(rows: Iterable[bytes], size: int) -> bytes:
    data = bytearray()
    for row in rows:
        if len(data) >= size:
            break
        data += row
    return bytes(data[:size])


@pytest.fixture
def tables() -> dict[str, bytes]:
    """Return parts of every kind: empty, small, exactly a chunk, several chunks, incompressible, accents in the name."""
    noise = random.Random(5).randbytes
    return {
        "vazio.dbf": b"",
        "um.dbf": b"1",
        "pequena.dbf": table(5_000),
        "exata.dbf": table(CHUNK),
        "grande.dbf": table(CHUNK + 500_000),
        "imagens/foto.png": noise(CHUNK + 200_000),
        "imagens/ícone ação.png": noise(40_000),
    }
