"""Waiting for the disk, on Linux and as macOS wants it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from hctui.disk import sync as module
from hctui.disk.sync import sync, sync_folder


@pytest.mark.parametrize(("number", "also_fsync"), [(None, False), (errno.ENOTSUP, True), (errno.EINVAL, True)])
def test_macos_empties_the_memory_of_the_drive(
    number: int | None, also_fsync: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def full_sync(descriptor: int, request: int) -> None:
        calls.append(f"fcntl {request}")
        if number is not None:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(module.sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", full_sync)
    monkeypatch.setattr(os, "fsync", lambda descriptor: calls.append("fsync"))
    sync(0)
    assert calls == ["fcntl 51", "fsync"][: 1 + also_fsync]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES])
def test_a_file_system_that_cannot_sync_folders_is_no_failure(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    sync_folder(tmp_path)


def test_a_disk_that_fails_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError) as caught:
        sync_folder(tmp_path)
    assert caught.value.filename == str(tmp_path)
