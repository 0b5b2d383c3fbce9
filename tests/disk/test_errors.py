"""One error of the system is one error of ours, whichever part of hctui met it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from hctui.disk.errors import reading, reason, writing
from hctui.errors import DestinationError, DestinationMissing, DiskFull, NotWritable, ReadFailed, WriteFailed


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, WriteFailed),
        (errno.EACCES, NotWritable),
        (errno.EPERM, NotWritable),
        (errno.EROFS, NotWritable),
        (errno.EIO, WriteFailed),
        (errno.ENOENT, WriteFailed),
    ],
)
def test_each_error_number_has_its_leaf(number: int, kind: type[DestinationError], tmp_path: Path) -> None:
    with pytest.raises(kind) as caught, writing(tmp_path / "a"):
        raise OSError(number, os.strerror(number))
    assert type(caught.value) is kind
    assert caught.value.message.values["path"] == str(tmp_path / "a")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DestinationMissing) as caught, writing(tmp_path / "none" / "a"):
        (tmp_path / "none" / "a").write_bytes(b"")
    assert caught.value.message.values["path"] == str(tmp_path / "none")


def test_the_file_that_the_system_names_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadFailed) as caught, reading(tmp_path):
        (tmp_path / "b").read_bytes()
    assert caught.value.message.values["path"] == str(tmp_path / "b")


def test_a_file_that_is_too_large_is_not_called_a_full_disk() -> None:
    assert "full" not in reason(OSError(errno.EFBIG, "File too large"))
    assert reason(OSError("no number")) == "no number."
