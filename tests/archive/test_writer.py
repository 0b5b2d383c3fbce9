"""The promises of the writer: a whole file or none, private and durable."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hctui.archive import ArchiveReader, ArchiveWriter
from hctui.disk import atomic_file
from hctui.errors import (
    AlreadyExists,
    Cancelled,
    DestinationMissing,
    DiskFull,
    InvalidName,
    NotWritable,
    PasswordNeeded,
    ReadFailed,
)
from hctui.messages import Message
from hctui.model import Encryption, Level, Manifest

MANIFEST = Manifest(created=datetime(2026, 11, 22, tzinfo=UTC), hctui_version="test")
LARGE = b"%099d\n" * 40_000 % tuple(range(40_000))


class Counting:
    """A reporter that counts bytes, and cancels above a limit."""

    def __init__(self, limit: int | None = None) -> None:
        self.done = 0
        self.limit = limit

    def advance(self, size: int) -> None:
        self.done += size
        if self.limit is not None and self.done > self.limit:
            raise Cancelled

    def step(self, alias: str, step: object) -> None: ...
    def table_started(self, alias: str, table: str, size: int) -> None: ...
    def table_done(self, alias: str, table: str, size: int, rows: int | None = None) -> None: ...
    def warn(self, message: Message) -> None: ...
    def advise(self, message: Message) -> None: ...


class Failing(io.RawIOBase):
    """A table on a disk that fails after all of `data` is read."""

    def __init__(self, data: bytes, error: OSError) -> None:
        self._data = io.BytesIO(data)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        data = self._data.read(size)
        if not data:
            raise self._error
        return data


def test_the_name_appears_only_with_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    with ArchiveWriter(path, level=Level.MIN) as archive:
        archive.add("DB/a", io.BytesIO(LARGE))
        assert [file.name for file in tmp_path.iterdir()] == ["a.bkb.part"]
        assert stat.S_IMODE((tmp_path / "a.bkb.part").stat().st_mode) == 0o600
        size = archive.finish(MANIFEST)
    assert [file.name for file in tmp_path.iterdir()] == ["a.bkb"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == size


@pytest.mark.parametrize("leave", ["error", "no finish", "abort"])
def test_leaving_early_removes_the_part_file(leave: str, tmp_path: Path) -> None:
    try:
        with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
            archive.add("DB/a", io.BytesIO(LARGE))
            if leave == "error":
                raise Cancelled
            if leave == "abort":
                archive.abort()
                archive.abort()
    except Cancelled:
        assert leave == "error"
    assert list(tmp_path.iterdir()) == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("pack", "write"))]


def test_order_of_making_it_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def spy(name: str, what: Callable[..., object]) -> Callable[..., object]:
        def call(*words: object) -> object:
            kind = "folder" if name == "fsync" and stat.S_ISDIR(os.fstat(words[0]).st_mode) else ""  # type: ignore[arg-type]
            calls.append(f"{name} {kind}".strip())
            return what(*words)

        return call

    for name in ("fsync", "rename"):
        monkeypatch.setattr(os, name, spy(name, getattr(os, name)))
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        archive.finish(MANIFEST)
    assert calls == ["fsync", "rename", "fsync folder"]


def test_an_existing_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    path.write_bytes(b"old")
    with pytest.raises(AlreadyExists):
        ArchiveWriter(path, level=Level.MIN)
    path.unlink()
    with ArchiveWriter(path, level=Level.MIN) as archive:
        with pytest.raises(AlreadyExists):
            ArchiveWriter(path, level=Level.MIN)
        path.write_bytes(b"made meanwhile")
        with pytest.raises(AlreadyExists):
            archive.finish(MANIFEST)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a.bkb": b"made meanwhile"}


def test_the_part_file_of_an_ended_process_is_replaced(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib; from hctui.disk import atomic_file as f; f.create(pathlib.Path(sys.argv[1])); os._exit(9)"
    )
    path = tmp_path / "a.bkb"
    subprocess.run([sys.executable, "-c", script, path], check=False)
    assert atomic_file.part_path(path).exists()
    with ArchiveWriter(path, level=Level.MIN) as archive:
        archive.finish(MANIFEST)
    assert [file.name for file in tmp_path.iterdir()] == ["a.bkb"]


def test_paths_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, kind in (("missing", DestinationMissing), ("file", DestinationMissing)):
        with pytest.raises(kind):
            ArchiveWriter(tmp_path / folder / "a.bkb", level=Level.MIN)
    with pytest.raises(NotWritable):
        ArchiveWriter(tmp_path / ("x" * 300), level=Level.MIN)
    with pytest.raises(PasswordNeeded):
        ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN, encryption=Encryption.AES256, password="")


@pytest.mark.parametrize("size", [100, 3_000_000])
def test_a_table_that_cannot_be_read_is_left_out(size: int, tmp_path: Path, read_all: Callable[..., dict[str, bytes]]) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        archive.add("DB/before", io.BytesIO(LARGE))
        with pytest.raises(ReadFailed, match="DB/bad"):
            archive.add("DB/bad", Failing(LARGE[:size], OSError(5, "Input/output error")))  # type: ignore[arg-type]
        archive.add("DB/after", io.BytesIO(LARGE))
        archive.finish(MANIFEST)
    contents = read_all(tmp_path / "a.bkb")
    assert sorted(contents) == ["DB/after", "DB/before", "LEIA-ME.txt", "manifest.json"]
    assert contents["DB/after"] == LARGE


def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.NONE) as archive, pytest.raises(DiskFull, match="full"):
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, archive._file.fileno())
        os.close(full)
        for number in range(100):
            archive.add(f"DB/{number}", io.BytesIO(LARGE))
        archive.finish(MANIFEST)


def test_progress_is_reported_and_can_cancel(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        reporter = Counting()
        archive.add("DB/a", io.BytesIO(LARGE), reporter=reporter)
        assert reporter.done == len(LARGE)
        with pytest.raises(Cancelled):
            archive.add("DB/b", io.BytesIO(LARGE), reporter=Counting(2_000_000))


@pytest.mark.parametrize("encryption", [None, *Encryption], ids=str)
def test_a_member_added_again_replaces_the_first(
    encryption: Encryption | None, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    path = tmp_path / "a.bkb"
    last = {"DB/a": b"again", "DB/b": LARGE[:1_500_000], "DB/c": b"short"}
    with ArchiveWriter(path, level=Level.MIN, encryption=encryption, password="pw") as archive:
        for name, data in (("DB/a", LARGE), ("DB/b", b"x"), ("DB/a", last["DB/a"]), ("DB/c", LARGE), ("DB/c", last["DB/c"])):
            archive.add(name, io.BytesIO(data))
        archive.add("DB/b", io.BytesIO(last["DB/b"]))
        archive.finish(MANIFEST)
    with ArchiveReader(path, password="pw") as archive:
        assert len(archive.members()) == 5
        assert {name: archive.read_bytes(name, 1 << 22) for name in last} == last
    commands = [[tool("7zz"), "t", "-ppw", path], [tool("bsdtar"), "--passphrase", "pw", "-xOf", path]]
    if encryption in (None, Encryption.ZIPCRYPTO):
        commands.append([tool("unzip"), "-tq", "-P", "pw", path])
    for command in commands:
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0 and b"arning" not in done.stdout + done.stderr, done
    if encryption is None:
        assert zipfile.ZipFile(path).testzip() is None


@pytest.mark.parametrize("encryption", [None, Encryption.AES256])
def test_a_discarded_member_is_left_out_unless_it_is_added_again(
    encryption: Encryption | None, tmp_path: Path, read_all: Callable[..., dict[str, bytes]], tool: Callable[[str], str]
) -> None:
    path = tmp_path / "a.bkb"
    password = "segredo" if encryption else None
    with ArchiveWriter(path, level=Level.MEDIUM, encryption=encryption, password=password) as writer:
        for name, data in (("X/gone", LARGE), ("X/stays", b"stays"), ("X/back", b"old"), ("X/ação", b"last")):
            writer.add(name, io.BytesIO(data))
        for name in ("X/gone", "X/back", "X/ac\u0327a\u0303o"):
            writer.discard(name)
        writer.add("X/back", io.BytesIO(b"new"))
        writer.finish(MANIFEST)
    found = read_all(path, password)
    assert {name: data for name, data in found.items() if "/" in name} == {"X/stays": b"stays", "X/back": b"new"}
    subprocess.run([tool("7zz"), "t", f"-p{password or ''}", path], check=True, capture_output=True)


def test_two_spellings_of_one_name_are_refused(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        archive.add("DB/a\u00e7\u00e3o", io.BytesIO(b"1"))
        with pytest.raises(InvalidName):
            archive.add("DB/ac\u0327a\u0303o", io.BytesIO(b"2"))


@pytest.mark.parametrize("year", [1, 1969, 1979, 1980, 2026, 2037, 2038, 2107, 2108, 9998])
def test_any_date(year: int, tmp_path: Path) -> None:
    moment = datetime(year, 6, 15, 12, 30, 21, tzinfo=UTC)
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        archive.add("DB/a", io.BytesIO(b"rows"), modified=moment)
        archive.finish(MANIFEST)
    with ArchiveReader(tmp_path / "a.bkb") as archive:
        modified = archive.members()[0].modified
    assert modified is not None
    if 1902 < year < 2038:
        assert modified == moment
    elif 1980 <= year < 2107:
        assert abs((modified - moment).total_seconds()) <= 2


def test_links_folders_and_modes(tmp_path: Path, tool: Callable[[str], str]) -> None:
    with ArchiveWriter(tmp_path / "a.bkb", level=Level.MIN) as archive:
        archive.add("files/empty/", io.BytesIO(), mode=0o750)
        archive.add("files/tool", io.BytesIO(b"#!/bin/sh"), mode=0o755)
        archive.add("files/link", io.BytesIO(b"tool"), mode=0o777, link=True)
        archive.finish(MANIFEST)
    with ArchiveReader(tmp_path / "a.bkb") as archive:
        found = {member.name: (member.folder, member.link, member.mode) for member in archive.members()}
    assert found["files/empty/"] == (True, False, 0o750)
    assert found["files/tool"] == (False, False, 0o755)
    assert found["files/link"] == (False, True, 0o777)
    subprocess.run([tool("unzip"), "-q", tmp_path / "a.bkb", "-d", tmp_path / "out"], check=True)
    assert os.readlink(tmp_path / "out" / "files" / "link") == "tool"
    assert stat.S_IMODE((tmp_path / "out" / "files" / "tool").stat().st_mode) == 0o755


@pytest.mark.slow
def test_many_members(tmp_path: Path, read_all: Callable[..., dict[str, bytes]], tool: Callable[[str], str]) -> None:
    """More than 65,535 members need Zip64."""
    path = tmp_path / "many.bkb"
    with ArchiveWriter(path, level=Level.MIN) as archive:
        for number in range(66_000):
            archive.add(f"DB/{number}", io.BytesIO(b"%d" % number))
        archive.finish(MANIFEST)
    with ArchiveReader(path) as archive:
        assert len(archive.members()) == 66_002
        assert archive.read_bytes("DB/65999", 10) == b"65999"
    assert b"65999" in subprocess.run([tool("unzip"), "-p", path, "DB/65999"], capture_output=True, check=True).stdout
