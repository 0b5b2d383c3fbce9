"""Tests that hostile archives are refused by name, and that nothing is changed."""

from __future__ import annotations

import json
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hctui.errors import HctuiError
from hctui.operations import preview_restore, show
from hctui.plans import FilesRestorePlan, RestorePlan, VerifyPlan

if TYPE_CHECKING:
    from conftest import Server

Members = list[tuple[zipfile.ZipInfo, bytes]]


def members_of(file: Path) -> Members:
    with zipfile.ZipFile(file) as archive:
        return [(info, archive.read(info)) for info in archive.infolist()]


def write(file: Path, members: Members) -> None:
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in members:
            archive.writestr(info, content)


def renamed(old: str, new: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        for info, _ in members:
            if info.filename == old:
                info.filename = new

    return change


def added(name: str, content: bytes = b"x", mode: int = stat.S_IFREG | 0o600) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, mode << 16
        members.append((info, content))

    return change


def manifest(change: Callable[[dict[str, object]], object]) -> Callable[[Members], None]:
    def rewrite(members: Members) -> None:
        for number, (info, content) in enumerate(members):
            if info.filename == "manifest.json":
                manifest = json.loads(content)
                change(manifest)
                members[number] = (info, json.dumps(manifest).encode())

    return rewrite


def part(key: str, value: object) -> Callable[[Members], None]:
    return manifest(lambda content: content["databases"][0]["parts"][0].update({key: value}))  # type: ignore[index]


ZOO: dict[str, Callable[[Members], None]] = {
    "a member above": added("../fora"),
    "a member above, deep": added("LOJA/../../fora"),
    "an absolute member": added("/tmp/fora"),
    "a drive": added("C:/fora"),
    "a backslash": added("LOJA\\..\\fora"),
    "a control sign": added("LOJA/\x1b[2Jx"),
    "the database twice": added("LOJA/loja.db"),
    "the database is a link": lambda members: (
        [setattr(info, "external_attr", (stat.S_IFLNK | 0o777) << 16) for info, _ in members if info.filename == "LOJA/loja.db"]
        and None
    ),
    "the database is gone": renamed("LOJA/loja.db", "LOJA/outra.db"),
    "a part above": part("path", "../../fora"),
    "an absolute part": part("path", "/tmp/fora"),
    "a part that is the manifest": part("path", "../manifest.json"),
    "a lying size": part("size", 10),
    "an absurd size": part("size", 1 << 60),
    "a negative size": part("size", -1),
    "another hash": part("blake3", "0" * 64),
    "an alias above": manifest(lambda content: content["databases"][0].update(alias="..")),  # type: ignore[index]
    "an alias with folders": manifest(lambda content: content["databases"][0].update(alias="a/b")),  # type: ignore[index]
    "the same database twice": manifest(lambda content: content["databases"].append(content["databases"][0])),  # type: ignore[attr-defined]
    "the same database in other capitals": manifest(
        lambda content: content["databases"].append({**content["databases"][0], "alias": "loja"})  # type: ignore[attr-defined,index]
    ),
    "a newer format": manifest(lambda content: content.update(major=2)),
    "no list of databases": manifest(lambda content: content.update(databases="all")),
    "tables that are not there": manifest(
        lambda content: content["databases"][0]["tables"].append({"name": "nada", "rows": 5})  # type: ignore[index]
    ),
    "no JSON": lambda members: members.__setitem__(-1, (members[-1][0], b"{" * 100_000)),
}


@pytest.mark.parametrize("change", ZOO.values(), ids=ZOO)
async def test_a_hostile_backup_is_refused_and_changes_nothing(
    server: Server, tmp_path: Path, fingerprint: Callable[[Path], object], change: Callable[[Members], None]
) -> None:
    file = await server.backup("LOJA")
    members = members_of(file)
    change(members)
    write(file, members)
    (tmp_path / "back").mkdir()
    before = fingerprint(tmp_path)
    for plan in (RestorePlan(file), RestorePlan(file, into="NOVA"), FilesRestorePlan(file, tmp_path / "back")):
        with pytest.raises(HctuiError) as caught:
            await server.run(plan)
        assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value)
    with pytest.raises(HctuiError):
        await server.run(VerifyPlan(file))
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"<html>", b"PK\x03\x04" + bytes(100)])
async def test_a_file_that_is_no_backup_is_refused(server: Server, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.bkb"
    file.write_bytes(content)
    for attempt in (lambda: show(file, None), lambda: preview_restore(RestorePlan(file), server.configuration, None)):
        try:
            found = attempt()
        except HctuiError as error:
            assert str(file) in str(error) or "recognised" in str(error)
        else:
            assert content.startswith(b"PK\x05\x06") and found is not None
    with pytest.raises(HctuiError):
        await server.run(RestorePlan(file))
    with pytest.raises(HctuiError):
        show(tmp_path, None)
