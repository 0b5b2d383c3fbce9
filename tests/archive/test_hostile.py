"""Archives made to attack: each is refused with an error that names the member, or gives exactly its bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from hctui.archive import ArchiveReader, ArchiveWriter
from hctui.errors import ArchiveError, DamagedArchive, HctuiError, HostileArchive, InvalidName, NotABackup, UnsupportedMember
from hctui.model import Level, Part, PartKind

Refusal = Callable[..., "HctuiError | dict[str, bytes]"]

NAMES = [
    b"../evil",
    b"DB/../../evil",
    b"DB/..",
    b"..",
    b".",
    b"DB/./evil",
    b"DB//evil",
    b"/etc/passwd",
    b"//server/share/evil",
    b"\\\\server\\share\\evil",
    b"..\\evil",
    b"DB\\..\\..\\evil",
    b"C:evil",
    b"C:\\evil",
    b"c:/evil",
    b"DB/...",
    b"DB/.. /evil",
    b"DB/ ./evil",
    b"DB/evil\0.dbf",
    b"\0",
    b"DB/evil\n.dbf",
    b"DB/\x1b[2Jevil",
    b"DB/\x7fevil",
    b"",
    b"CON",
    b"DB/nul",
    b"DB/Aux ",
    b"DB/COM1",
    b"DB/lpt9.",
    b"DB/PRN:",
    b"DB/" + b"x" * 256,
    b"x/" * 2100 + b"x",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_must_not_be_unpacked(name: bytes, forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    error = refusal(forge(forged(name=b"DB/good.dbf"), forged(name=name)))
    assert isinstance(error, HostileArchive)
    assert all(character.isprintable() for character in str(error))


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "C:evil", "a\\b", "CON", "a\nb", "", "manifest.json", "leia-me.txt", "a\udcff"]
)
def test_the_writer_refuses_what_the_reader_would(name: str, tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive, pytest.raises(InvalidName):
        archive.add(name, io.BytesIO(b"rows"))


def test_names_that_only_look_bad_are_read(forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    names = [b"DB/aux.dbf", b"DB/..a", b"DB/a..b", b"DB/console", b"DB/a b.dbf", "DB/ação.dbf".encode(), b"ab:c"]
    contents = refusal(forge(*(forged(name=name) for name in names)))
    assert contents == {name.decode(): b"rows " * 20 for name in names}


@pytest.mark.parametrize(
    "names",
    [
        (b"DB/a", b"DB/a"),
        (b"DB/a", b"DB/A"),
        ("DB/a\u00e7\u00e3o".encode(), "DB/ac\u0327a\u0303o".encode()),
        (b"DB/a", b"DB/a/"),
        (b"DB/a", b"DB/a/b"),
        (b"DB", b"DB/a/b"),
        ("DB/straße".encode(), b"DB/STRASSE"),
    ],
)
def test_two_members_for_one_place(
    names: tuple[bytes, ...], forge: Callable[..., bytes], forged: type, refusal: Refusal
) -> None:
    members = [forged(name=name, flags=1 << 11, data=b"" if name.endswith(b"/") else b"rows", method=0) for name in names]
    assert isinstance(refusal(forge(*members)), HostileArchive)


def test_a_link_where_a_table_should_be(forge: Callable[..., bytes], forged: type, tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    path.write_bytes(forge(forged(data=b"/etc/passwd", method=0, mode=0o120777)))
    with ArchiveReader(path) as archive:
        assert [member.link for member in archive.members()] == [True]
        with pytest.raises(HostileArchive):
            archive.read("DB/table.dbf", io.BytesIO(), expected=Part(path="table.dbf", kind=PartKind.DATA))


FALSE_FIELDS: dict[str, tuple[type[ArchiveError], dict[str, object]]] = {
    "a device": (HostileArchive, {"mode": 0o020600}),
    "a block device": (HostileArchive, {"mode": 0o060600}),
    "a folder with content": (HostileArchive, {"name": b"DB/sub/"}),
    "a folder that is a link": (HostileArchive, {"name": b"DB/sub/", "data": b"", "method": 0, "mode": 0o120777}),
    "size larger than its bytes": (DamagedArchive, {"size": 101}),
    "size smaller than its bytes": (DamagedArchive, {"size": 99}),
    "size no deflate can reach": (HostileArchive, {"size": 1 << 30}),
    "stored with other sizes": (DamagedArchive, {"method": 0, "size": 50}),
    "packed size beyond the file": (DamagedArchive, {"packed_size": 1 << 20}),
    "packed size into the directory": (DamagedArchive, {"packed_size": 60}),
    "a wrong CRC": (DamagedArchive, {"crc": 1}),
    "garbage for deflate": (DamagedArchive, {"payload": b"\xff" * 50}),
    "deflate cut off": (DamagedArchive, {"payload": zlib.compress(b"rows " * 20, 9, -15)[:-2]}),
    "bytes behind deflate": (DamagedArchive, {"payload": zlib.compress(b"rows " * 20, 9, -15) + b"more"}),
    "another name inside": (DamagedArchive, {"local_name": b"DB/other.dbf"}),
    "another method inside": (DamagedArchive, {"local_method": 0}),
    "another size inside": (DamagedArchive, {"local_size": 7}),
    "encrypted outside only": (DamagedArchive, {"flags": 1, "local_flags": 0}),
    "encrypted inside only": (DamagedArchive, {"local_flags": 1}),
    "encrypted but too short": (DamagedArchive, {"flags": 1, "payload": b"short"}),
    "an offset beyond the file": (DamagedArchive, {"offset": 1 << 30}),
    "an offset into nothing": (DamagedArchive, {"offset": 3}),
    "AES without its field": (UnsupportedMember, {"method": 99}),
    "AES field of the wrong length": (DamagedArchive, {"method": 99, "extra": struct.pack("<2HH", 0x9901, 2, 2)}),
    "AES of no strength": (
        DamagedArchive,
        {"method": 99, "flags": 1, "payload": b"x" * 50, "extra": struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 9, 8)},
    ),
    "AES not encrypted": (DamagedArchive, {"method": 99, "extra": struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 8)}),
    "AES inside AES": (
        UnsupportedMember,
        {"method": 99, "flags": 1, "payload": b"x" * 50, "extra": struct.pack("<2HH2sBH", 0x9901, 7, 2, b"AE", 3, 99)},
    ),
    "an extra field cut off": (DamagedArchive, {"extra": struct.pack("<2H", 1, 500)}),
    "Zip64 field of the wrong length": (DamagedArchive, {"extra": struct.pack("<2H5s", 1, 5, b"12345")}),
    "Zip64 field that is missing": (HostileArchive, {"size": 0xFFFFFFFF}),
    "Zip64 field too short": (DamagedArchive, {"size": 0xFFFFFFFF, "extra": struct.pack("<2H", 1, 0)}),
    "Zip64 size of exabytes": (HostileArchive, {"size": 0xFFFFFFFF, "extra": struct.pack("<2HQ", 1, 8, 1 << 62)}),
    "Zip64 offset of exabytes": (DamagedArchive, {"offset": 0xFFFFFFFF, "extra": struct.pack("<2HQ", 1, 8, (1 << 64) - 1)}),
    "a time field cut off": (DamagedArchive, {"extra": struct.pack("<2H", 0x5455, 200)}),
    "a name in UTF-8 that is none": (DamagedArchive, {"name": b"DB/\xff\xfe", "flags": 1 << 11}),
    "a Unicode name that leaves": (
        HostileArchive,
        {"extra": struct.pack("<2HBL", 0x7075, 12, 1, zlib.crc32(b"DB/table.dbf")) + b"../evil"},
    ),
    "a patch": (UnsupportedMember, {"flags": 1 << 5}),
    "strong encryption": (UnsupportedMember, {"flags": 1 | 1 << 6, "payload": b"x" * 50}),
    "an encrypted directory": (UnsupportedMember, {"flags": 1 | 1 << 13, "payload": b"x" * 50}),
} | {
    f"method {method}": (UnsupportedMember, {"method": method}) for method in (1, 6, 9, 12, 14, 93, 95, 97, 98, 1234)
}  # fmt: skip


@pytest.mark.parametrize("case", FALSE_FIELDS)
def test_members_with_false_fields(case: str, forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    kind, fields = FALSE_FIELDS[case]
    error = refusal(forge(forged(**fields)))
    assert type(error) is kind, error
    assert "DB/" in str(error) or "UTF-8" in case


FALSE_ENDS: dict[str, tuple[type[ArchiveError], dict[str, object]]] = {
    "more members than there are": (DamagedArchive, {"count": 3}),
    "fewer members than there are": (DamagedArchive, {"count": 0}),
    "a directory too long": (DamagedArchive, {"directory_size": 1 << 30}),
    "a directory too short": (DamagedArchive, {"directory_size": 20}),
    "a directory elsewhere": (DamagedArchive, {"directory_offset": 5}),
    "a directory beyond": (DamagedArchive, {"directory_offset": 1 << 31}),
    "something before it": (DamagedArchive, {"before": b"#!/bin/sh\n", "directory_offset": 150}),
    "something behind it": (DamagedArchive, {"after": b"evil"}),
    "a comment longer than it says": (DamagedArchive, {"comment": b"hello", "after": b" world"}),
    "several volumes": (UnsupportedMember, {"disk": 1}),
    "a false Zip64 record": (DamagedArchive, {"zip64": (0, 0, 9, 9, 9, 9)}),
    "a Zip64 record of exabytes": (DamagedArchive, {"zip64": (0, 0, 1, 1, (1 << 64) - 1, (1 << 64) - 1)}),
    "a Zip64 record of billions": (DamagedArchive, {"zip64": (0, 0, 1 << 40, 1 << 40, 58, 58)}),
    "a false Zip64 locator": (DamagedArchive, {"zip64": (0, 0, 1, 1, 58, 58, 5)}),
    "Zip64 volumes": (UnsupportedMember, {"zip64": (1, 1, 1, 1, 58, 58)}),
}


@pytest.mark.parametrize("case", FALSE_ENDS)
def test_false_end_records(case: str, forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    kind, fields = FALSE_ENDS[case]
    assert type(refusal(forge(forged(), **fields))) is kind


def test_valid_forged_archives_are_read(forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    contents = {"DB/table.dbf": b"rows " * 20}
    assert refusal(forge(forged())) == contents
    assert refusal(forge(forged(), comment=b"x" * 65535)) == contents
    assert refusal(forge(forged(comment=b"y" * 60000), after=b"\0" * 5000)) == contents
    assert refusal(forge(forged(), between=b"a hole")) == contents
    assert refusal(forge()) == {}


def test_members_that_share_bytes(forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    """A bomb that unpacks the same bytes under many names (Fifield, 2019)."""
    assert isinstance(refusal(forge(forged(name=b"DB/a"), forged(name=b"DB/b", offset=0, local_name=b"DB/b"))), ArchiveError)
    quoted = forged(name=b"DB/a", method=0, data=forge(forged(name=b"DB/b"))[:200])
    inner = forged(name=b"DB/b", offset=34)
    error = refusal(forge(quoted, inner))
    assert isinstance(error, HostileArchive) and "overlaps" in str(error)


def test_zeros_at_the_best_ratio_of_deflate_are_no_bomb(forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    zeros = bytes(50_000_000)
    assert refusal(forge(forged(data=zeros))) == {"DB/table.dbf": zeros}


def test_an_archive_in_an_archive_is_read_as_bytes(forge: Callable[..., bytes], forged: type, refusal: Refusal) -> None:
    inner = forge(forged())
    for _ in range(20):
        inner = forge(forged(name=b"DB/inner.zip", method=0, data=inner))
    contents = refusal(inner)
    assert isinstance(contents, dict) and zipfile.is_zipfile(io.BytesIO(contents["DB/inner.zip"]))


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.7", b"\0" * 100_000, b"Rar!\x1a\x07\x00" * 50])
def test_files_that_are_no_archive(data: bytes, refusal: Refusal) -> None:
    assert isinstance(refusal(data), NotABackup)


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", tmp_path / "missing" / "deeper"):
        with pytest.raises(HctuiError):
            ArchiveReader(path)
