"""Manifests that are wrong, or made to attack."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hctui.archive import ArchiveReader
from hctui.errors import ArchiveError, DamagedArchive, HostileArchive, NewerFormat, PartMissing
from hctui.model import DatabaseManifest, Manifest, Part, PartKind, StoredFile

MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "created": "2026-11-22T00:00:00Z",
    "hctui_version": "1",
    "major": 1,
    "minor": 0,
    "databases": [{"alias": "DB", "engine": "folder", "parts": [{"path": "table.dbf", "kind": "data", "size": 100}]}],
    "files": [],
}


def _parts(*parts: dict[str, Any], alias: str = "DB") -> dict[str, Any]:
    return {"databases": [{"alias": alias, "engine": "folder", "parts": [{"kind": "data", **part} for part in parts]}]}


CASES: dict[str, tuple[type[ArchiveError], bytes | dict[str, Any]]] = {
    "nothing": (DamagedArchive, b""),
    "no JSON": (DamagedArchive, b"<xml/>"),
    "a list": (DamagedArchive, b"[]"),
    "invalid UTF-8": (DamagedArchive, b'{"major": 1, "hctui_version": "\xff\xfe"}'),
    "half of it": (DamagedArchive, json.dumps(GOOD).encode()[:80]),
    "depth": (DamagedArchive, b'{"major": 1, "databases": ' + b"[" * 200_000),
    "depth where anything goes": (
        DamagedArchive,
        json.dumps(GOOD).replace('"engine"', '"details": {"a": ' + "[" * 100_000 + "]" * 100_000 + '}, "engine"').encode(),
    ),
    "no version": (DamagedArchive, b"{}"),
    "a version in words": (DamagedArchive, {"major": "one"}),
    "a newer version": (NewerFormat, {"major": 2, "databases": "of another shape"}),
    "a huge version": (DamagedArchive, {"major": 10**400}),
    "another type": (DamagedArchive, {"databases": {}}),
    "a number too large": (DamagedArchive, _parts({"path": "table.dbf", "size": 1 << 70})),
    "a date that is none": (DamagedArchive, {"created": "yesterday"}),
    "a role that is none": (
        DamagedArchive,
        {"databases": [{"alias": "DB", "engine": "folder", "tables": [{"name": "t", "role": "king"}]}]},
    ),
    "a part that is missing": (PartMissing, _parts({"path": "other.dbf"})),
    "a part of another size": (DamagedArchive, _parts({"path": "table.dbf", "size": 99})),
    "a part named twice": (HostileArchive, _parts({"path": "table.dbf", "size": 100}, {"path": "table.dbf", "size": 100})),
    "a part that leaves": (HostileArchive, _parts({"path": "../table.dbf"})),
    "a part that is absolute": (HostileArchive, _parts({"path": "/etc/passwd"}, alias="DB")),
    "a part with control characters": (HostileArchive, _parts({"path": "a\u001b[2J"})),
    "an alias that leaves": (HostileArchive, _parts({"path": "table.dbf"}, alias="..")),
    "an alias that is a path": (HostileArchive, _parts({"path": "b/table.dbf"}, alias="DB/a")),
    "an alias of nothing": (HostileArchive, _parts({"path": "table.dbf"}, alias="")),
    "an alias twice": (HostileArchive, {"databases": [{"alias": "X", "engine": "folder"}] * 2}),
    "a file that leaves": (HostileArchive, {"files": [{"path": "../../.ssh/authorized_keys"}]}),
    "a link that leaves": (HostileArchive, {"files": [{"path": "../l", "link": "/etc"}]}),
    "a file that is missing": (PartMissing, {"files": [{"path": "gone"}]}),
}


@pytest.mark.parametrize("case", CASES)
def test_false_manifests(case: str, forge: Callable[..., bytes], forged: type, tmp_path: Path) -> None:
    kind, content = CASES[case]
    data = content if isinstance(content, bytes) else json.dumps(GOOD | content).encode()
    path = tmp_path / "false.bkb"
    path.write_bytes(forge(forged(), forged(name=b"manifest.json", data=data)))
    with ArchiveReader(path) as archive, pytest.raises(kind) as raised:
        archive.manifest()
    assert type(raised.value) is kind
    assert str(raised.value).isprintable()


def test_a_manifest_that_is_too_large(forge: Callable[..., bytes], forged: type, tmp_path: Path) -> None:
    path = tmp_path / "false.bkb"
    path.write_bytes(forge(forged(name=b"manifest.json", data=b" " * (65 << 20))))
    with ArchiveReader(path) as archive, pytest.raises(HostileArchive, match="large"):
        archive.manifest()


def test_a_valid_manifest_is_read(forge: Callable[..., bytes], forged: type, tmp_path: Path) -> None:
    path = tmp_path / "good.bkb"
    extra = json.dumps(GOOD | {"made_by": "a later minor version"}).encode()
    path.write_bytes(forge(forged(), forged(name=b"manifest.json", data=extra)))
    with ArchiveReader(path) as archive:
        manifest = archive.manifest()
    assert manifest == Manifest(
        created=MOMENT,
        hctui_version="1",
        databases=(DatabaseManifest(alias="DB", engine="folder", parts=(Part("table.dbf", PartKind.DATA, size=100),)),),
    )


@pytest.mark.parametrize("kind", ["part", "file"])
def test_bytes_whose_hash_is_not_that_of_the_manifest(
    kind: str, forge: Callable[..., bytes], forged: type, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(forge(forged()))
    hashed = {"size": 100, "blake3": "0" * 64}
    expected = Part("table.dbf", PartKind.DATA, **hashed) if kind == "part" else StoredFile("DB/table.dbf", **hashed)  # type: ignore[arg-type]
    with ArchiveReader(path) as archive, pytest.raises(DamagedArchive, match="BLAKE3"):
        archive.read("DB/table.dbf", io.BytesIO(), expected=expected)
