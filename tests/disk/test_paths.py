"""Paths as text, and the file system that a path is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.disk import paths
from hctui.disk.paths import existing, printable, refuse_address
from hctui.errors import UnknownDestination


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("maçã", "maçã"),
        (b"ma\xc3\xa7\xc3\xa3", "maçã"),
        (b"ma\xe7", "ma\ufffd"),
        ("ma\udce7", "ma\ufffd"),
        (Path("a/b"), "a/b"),
    ],
)
def test_any_name_can_be_shown(name: str | bytes | Path, shown: str) -> None:
    assert printable(name) == shown


@pytest.mark.parametrize(
    ("address", "scheme", "shown"),
    [
        ("sftp://host/x", "sftp", "sftp://host/x"),
        (Path("sftp://host/x"), "sftp", "sftp://host/x"),
        ("S3:/bucket", "S3", "S3://bucket"),
        ("svn+ssh:///x", "svn+ssh", "svn+ssh://x"),
        ("sftp://ana:secret@host/x", "sftp", "sftp://ana:***@host/x"),
        ("c:/backups", "c", "c://backups"),
    ],
)
def test_an_address_is_refused_by_name_and_without_its_password(address: str | Path, scheme: str, shown: str) -> None:
    with pytest.raises(UnknownDestination) as caught:
        refuse_address(address)
    assert caught.value.message.values == {"address": shown, "scheme": scheme}


def test_a_folder_is_no_address_whatever_its_name(tmp_path: Path) -> None:
    for folder in ("/mnt/a", "~/a", "a", "x:y", "x:y/z", "../a:/b", "1:/b", tmp_path / "sftp:" / "host", ""):
        refuse_address(folder)
    (tmp_path / "sftp:").mkdir()
    refuse_address("sftp:/host", tmp_path)


def test_the_nearest_folder_that_exists(tmp_path: Path) -> None:
    assert existing(tmp_path / "a" / "b") == tmp_path


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/a / ext4 rw 0 0\n/dev/b /srv xfs rw 0 0\n/dev/c /srv/a\\040b btrfs rw 0 0\n/dev/d /srv zfs rw 0 0\n"
    )
    monkeypatch.setattr(paths, "_MOUNTS", mounts)
    found = {name: paths.file_system(Path(name)) for name in ("/", "/srvx", "/srv", "/srv/a", "/srv/a b/data")}
    assert found == {"/": "ext4", "/srvx": "ext4", "/srv": "zfs", "/srv/a": "zfs", "/srv/a b/data": "btrfs"}
    monkeypatch.setattr(paths, "_MOUNTS", tmp_path / "none")
    assert paths.file_system(tmp_path) == ""
