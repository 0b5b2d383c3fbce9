"""What is promised of a folder beyond the contract: no step leaves half a file, and what others put there stays."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import time
from pathlib import Path

import pytest

from hctui.destinations import FolderDestination
from hctui.destinations.base import CHUNK, LocalFile
from hctui.disk import atomic_file
from hctui.disk.locks import lock
from hctui.errors import (
    AlreadyExists,
    DestinationError,
    DestinationMissing,
    NotWritable,
    ReadFailed,
    UnknownDestination,
    WriteFailed,
)

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NAME = "LOJA.bkb"
CONTENT = b"PK\x03\x04" + os.urandom(CHUNK + 100)
CALLS = ("fsync", "rename", "pread")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    place.mkdir()
    return place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "local.bkb"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def part(folder: Path, source: Path) -> Path:
    """Give the path of the part of `source`."""
    with LocalFile(source, None) as original:
        return folder / original.part_name(NAME)


def store(folder, source, resume=True):
    with FolderDestination(folder) as destination:
        return destination.put(source, NAME, resume=resume)


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 4096, CHUNK - 1, CHUNK, CHUNK + 1, len(CONTENT) - 1])
def test_a_kill_at_any_byte_leaves_a_part_that_is_continued(size, resume, folder, source, part, child):
    def killed():
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # ends the process without a chance to clean up
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        store(folder, source, resume)

    assert child(killed) == signal.SIGXFSZ
    assert names(folder) == {part.name}
    assert part.read_bytes() == CONTENT[:size]
    store(folder, source, resume)
    assert names(folder) == {NAME}
    assert (folder / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_any_step_leaves_a_whole_file_or_none(call, after, folder, source, part, child):
    ends, number = [], 0
    while not ends or ends[-1] == signal.SIGKILL:
        number += 1

        def killed(wanted=number):
            real, seen = getattr(os, call), 0

            def step(*arguments, **options):
                nonlocal seen
                seen += 1
                if seen == wanted and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                result = real(*arguments, **options)
                if seen == wanted:
                    os.kill(os.getpid(), signal.SIGKILL)
                return result

            setattr(os, call, step)
            store(folder, source)

        ends.append(child(killed))
        assert names(folder) <= {NAME, part.name}
        if (folder / NAME).exists():
            assert (folder / NAME).read_bytes() == CONTENT
            (folder / NAME).unlink()
    assert len(ends) > 1, "nothing was killed"


@pytest.mark.parametrize("size", [0, 5, CHUNK])
def test_after_an_error_nothing_is_left(size, folder, source, child):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(WriteFailed):
            store(folder, source)
        os.kill(os.getpid(), signal.SIGUSR1)

    assert child(limited) == signal.SIGUSR1
    assert names(folder) == set()


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("call", ["sync", "sync_folder"])
def test_a_disk_that_fails_in_the_end_has_no_file(call, number, folder, source, monkeypatch):
    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic_file, call, fail)
    with pytest.raises(DestinationError):
        store(folder, source)
    assert names(folder) == set()


def test_a_stored_file_is_private(folder, source):
    store(folder, source)
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["link", "broken link", "hard link", "fifo", "folder"])
def test_what_has_the_name_of_the_part_and_is_no_file_stays(kind, folder, source, part):
    (folder / "target").write_bytes(b"precious")
    match kind:
        case "link":
            part.symlink_to("target")
        case "broken link":
            part.symlink_to("nowhere")
        case "hard link":
            os.link(folder / "target", part)
        case "fifo":
            os.mkfifo(part)
        case _:
            part.mkdir()
    with pytest.raises(AlreadyExists) as caught:
        store(folder, source)
    assert caught.value.message.values["path"] == str(part)
    assert names(folder) == {"target", part.name}
    assert (folder / "target").read_bytes() == b"precious"


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file to another user")
def test_the_part_of_another_user_stays(folder, source, part):
    part.write_bytes(CONTENT[:9])
    os.chown(part, 65534, 65534)
    with pytest.raises(AlreadyExists):
        store(folder, source)
    assert part.read_bytes() == CONTENT[:9]


def test_a_part_that_a_running_process_writes_stays(folder, source, part):
    part.write_bytes(CONTENT[:9])
    with part.open("rb") as held:
        lock(held.fileno())
        with pytest.raises(AlreadyExists):
            store(folder, source)
    assert part.read_bytes() == CONTENT[:9]


def test_a_part_longer_than_the_file_starts_again(folder, source, part):
    part.write_bytes(CONTENT + b"more")
    store(folder, source)
    assert (folder / NAME).read_bytes() == CONTENT


def test_two_long_names_with_the_same_bytes(folder, source):
    with FolderDestination(folder) as destination:
        for last in "ab":
            destination.put(source, "é" * 125 + last + ".bkb", resume=True)
    assert len(names(folder)) == 2


def test_only_files_are_listed(folder):
    (folder / "a.bkb").write_bytes(b"abc")
    (folder / "link.bkb").symlink_to("a.bkb")
    (folder / "broken.bkb").symlink_to("nowhere")
    (folder / "loop.bkb").symlink_to("loop.bkb")
    (folder / "folder.bkb").mkdir()
    os.mkfifo(folder / "fifo.bkb")
    with FolderDestination(folder) as destination:
        assert {(file.name, file.size) for file in destination.list()} == {("a.bkb", 3), ("link.bkb", 3)}
        assert destination.stat("folder.bkb") is destination.stat("fifo.bkb") is destination.stat("broken.bkb") is None
        for name in ("folder.bkb", "fifo.bkb", "broken.bkb", "loop.bkb"):
            with pytest.raises(ReadFailed):
                destination.read(name, 0, 1)


def test_a_time_that_no_calendar_holds(folder):
    (folder / NAME).touch()
    try:
        os.utime(folder / NAME, (2**38, 2**38))
    except OSError:
        pytest.skip("the file system has no such times")
    with FolderDestination(folder) as destination:
        found = destination.stat(NAME)
    assert found is not None
    assert (found.modified is None) == (os.stat(folder / NAME).st_mtime > 2**37)


def test_a_deleted_link_leaves_what_it_leads_to(folder):
    (folder / "a").write_bytes(b"abc")
    (folder / "b").symlink_to("a")
    with FolderDestination(folder) as destination:
        destination.delete("b")
        (folder / "sub").mkdir()
        with pytest.raises((NotWritable, WriteFailed)):
            destination.delete("sub")
    assert names(folder) == {"a", "sub"}


def test_names_that_are_taken(folder):
    destination = FolderDestination(folder)
    (folder / "a.bkb").symlink_to("nowhere")
    (folder / "b.bkb.part").touch()
    assert [destination.is_taken(name) for name in ("a.bkb", "b.bkb", "c.bkb")] == [True, True, False]
    destination.refuse_taken("b.bkb")
    with pytest.raises(AlreadyExists):
        destination.refuse_taken("a.bkb")


def test_abandoned_parts_of_ours_are_removed(folder):
    week = time.time() - 8 * 24 * 3600
    for name, mode, age in (
        ("ours.bkb.part", 0o600, 0),
        ("theirs.bkb.part", 0o644, week),
        ("copy.bkb.0123abcd.part", 0o600, 0),
        ("old copy.bkb.0123abcd.part", 0o600, week),
        ("their copy.bkb.0123abcd.part", 0o644, week),
        ("a.bkb", 0o600, week),
    ):
        (folder / name).write_bytes(b"PK\x03\x04")
        (folder / name).chmod(mode)
        if age:
            os.utime(folder / name, (age, age))
    FolderDestination(folder).remove_abandoned()
    assert names(folder) == {"theirs.bkb.part", "copy.bkb.0123abcd.part", "their copy.bkb.0123abcd.part", "a.bkb"}


def test_where_a_folder_is(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    inside = FolderDestination(tmp_path / "link" / "below")
    assert inside.is_inside(folder) and FolderDestination(folder).is_inside(folder)
    assert not FolderDestination(tmp_path).is_inside(folder)
    assert inside.shares_disk([Path("/proc"), folder])
    assert not inside.shares_disk([Path("/proc")])
    assert inside.real_folder() == folder / "below"


def test_a_folder_that_can_not_be_written_to(folder, tmp_path):
    FolderDestination(folder).check()
    assert names(folder) == set()
    (tmp_path / "file").touch()
    for path, error in (
        (folder / "none", DestinationMissing),
        (tmp_path / "file" / "below", DestinationMissing),
        (tmp_path / "file", NotWritable),
        (Path("sftp:/host/x"), UnknownDestination),
        (Path("/proc"), (NotWritable, WriteFailed, DestinationMissing)),
    ):
        with pytest.raises(error):
            FolderDestination(path).check()
