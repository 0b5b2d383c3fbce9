"""Paths as text, and the file system that a path is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hctui.disk import paths
from hctui.disk.paths import existing, printable


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
