"""A file is whole under its name or not there, and the files of others stay."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from hctui.disk import atomic_file
from hctui.disk.locks import lock
from hctui.errors import AlreadyExists


def part_with(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Make the `.part` of `path`."""
    part = atomic_file.part_path(path)
    part.write_bytes(content)
    part.chmod(mode)
    return part


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04half a backup"])
def test_an_abandoned_part_of_ours_is_replaced(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    part_with(path, content)
    file = atomic_file.create(path)
    file.write(b"new")
    assert atomic_file.publish(file, atomic_file.part_path(path), path) == 3
    assert [each.name for each in tmp_path.iterdir()] == ["a.bkb"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "mode"), [(b"<html>a download</html>", 0o600), (b"PK\x03\x04somebody's ZIP", 0o644), (b"", 0o644)]
)
def test_a_part_that_is_not_ours_stays_and_is_named(content: bytes, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    part = part_with(path, content, mode)
    with pytest.raises(AlreadyExists) as caught:
        atomic_file.create(path)
    assert caught.value.message.values["path"] == str(part)
    assert part.read_bytes() == content


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to another user")
def test_the_part_of_another_user_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    part = part_with(path, b"PK\x03\x04")
    os.chown(part, 65534, 65534)
    with pytest.raises(AlreadyExists):
        atomic_file.create(path)
    atomic_file.remove_all_abandoned(tmp_path, ".bkb")
    assert part.read_bytes() == b"PK\x03\x04"


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_file_stays(kind: str, tmp_path: Path) -> None:
    path, part = tmp_path / "a.bkb", tmp_path / "a.bkb.part"
    (tmp_path / "target").write_bytes(b"PK\x03\x04")
    (tmp_path / "target").chmod(0o600)
    match kind:
        case "link":
            part.symlink_to("target")
        case "fifo":
            os.mkfifo(part, 0o600)
        case _:
            part.mkdir()
    with pytest.raises(AlreadyExists):
        atomic_file.create(path)
    assert part.is_symlink() or part.exists()
    assert (tmp_path / "target").exists()


def test_a_part_that_a_running_process_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.bkb"
    part = part_with(path, b"PK\x03\x04")
    with part.open("rb") as held:
        lock(held.fileno())
        with pytest.raises(AlreadyExists):
            atomic_file.create(path)
    assert part.exists()


def test_replace_keeps_the_old_content_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        raise OSError(5, "I/O error")

    monkeypatch.setattr(atomic_file, "sync", fail)
    with pytest.raises(OSError):
        atomic_file.replace(path, b"new")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"config.toml": b"old"}


def test_replace_follows_a_link_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    atomic_file.replace(tmp_path / "link", b"new", follow_links=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
