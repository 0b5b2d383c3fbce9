"""Working folders: private from the start, locked before they have their name, recognised when abandoned."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from hctui.disk import atomic_file, work_dirs
from hctui.disk.descriptors import open_private
from hctui.disk.work_dirs import is_abandoned, make_folder, make_private, make_working_folder, working_folders


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o377, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o770])
def test_a_folder_has_its_mode_whatever_the_umask(umask: int, mode: int, tmp_path: Path) -> None:
    make_folder(tmp_path / "a", mode)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_private_folders_are_private_up_to_the_first_that_exists(umask: int, tmp_path: Path) -> None:
    make_private(tmp_path / "a" / "b")
    make_private(tmp_path / "a" / "b")
    assert {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "a", tmp_path / "a" / "b")} == {0o700}
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        make_private(tmp_path / "file")


def test_a_working_folder_is_abandoned_when_its_lock_ends(tmp_path: Path) -> None:
    folder, descriptor = make_working_folder(tmp_path, "staging")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert working_folders(tmp_path, "staging") == [folder]
    assert not is_abandoned(folder)
    os.close(descriptor)
    assert is_abandoned(folder)


def test_a_folder_that_never_got_its_name_is_abandoned_with_its_process(tmp_path: Path) -> None:
    running, ended = tmp_path / f".hctui-begun-{os.getpid()}-a", tmp_path / ".hctui-begun-999999999-b"
    running.mkdir()
    ended.mkdir()
    assert not is_abandoned(running)
    assert is_abandoned(ended)
    os.utime(running, (0, 0))
    assert is_abandoned(running), "the number of the process is in use again"


def test_the_lock_file_of_version_0_1_still_counts(tmp_path: Path) -> None:
    folder = tmp_path / ".hctui-work-a"
    folder.mkdir()
    with (folder / "lock").open("wb") as held:
        work_dirs.lock(held.fileno())
        assert not is_abandoned(folder)
    assert is_abandoned(folder)


def test_links_are_no_working_folders(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".hctui-staging-a").symlink_to("elsewhere")
    assert working_folders(tmp_path, "staging") == []
    assert working_folders(tmp_path / "none", "staging") == []


@pytest.mark.parametrize("flags", [os.O_RDWR | os.O_EXCL, os.O_WRONLY])
def test_a_file_of_ours_is_0600_whatever_the_umask(umask: int, flags: int, tmp_path: Path) -> None:
    os.close(open_private(tmp_path / "a", flags))
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600


def test_files_written_under_any_umask_can_be_read_again(umask: int, tmp_path: Path) -> None:
    atomic_file.replace(tmp_path / "config.toml", b"a = 1")
    path = tmp_path / "a.bkb"
    file = atomic_file.create(path)
    atomic_file.publish(file, atomic_file.part_path(path), path)
    assert {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()} == {0o600}
