"""The promises of every destination (`hctui.destinations.base`)."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from hctui.destinations.base import CHUNK, LocalFile, RemoteFile
from hctui.errors import AlreadyExists, Cancelled, DestinationError, DestinationMissing, DiskFull, InvalidName, ReadFailed

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NAME = "LOJA_2026-11-22_19h30.bkb"
OLD = b"PK\x03\x04 another backup"
LARGE = os.urandom(3 * CHUNK + 17)
ODD_NAMES = (
    *("com espaço.bkb", " x .bkb", "maçã.bkb", "mac\u0327a\u0303.bkb", "-rf.bkb", "a#b?c&d=%41+e.bkb", "a'b\"c`d$e.bkb"),
    *("a\\b.bkb", "a:b*c|d<e>.bkb", ".oculta.bkb", "a\nb.bkb", "\U0001f4be.bkb", "x" * 246 + ".bkb", "é" * 123 + ".bkb", "sem"),
)
NO_NAMES = ("", ".", "..", "a/b.bkb", "../a.bkb", "/a.bkb", "a\0b.bkb", "a.bkb.part")


@pytest.mark.parametrize("size", [0, 1, 3, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_a_file_is_stored_whole(size, case, destination, local, recorder):
    content, reported = LARGE[:size], recorder()
    with destination:
        stored = destination.put(local(content), NAME, resume=False, reporter=reported)
        assert destination.stat(NAME) == stored
        assert list(destination.list()) == [stored]
        assert destination.read(NAME, 0, size + 1) == content
    assert (stored.name, stored.size) == (NAME, size)
    assert stored.modified is None or abs(datetime.now(UTC) - stored.modified) < timedelta(minutes=5)
    assert case.content(NAME) == content
    assert case.names() == {NAME}
    assert sum(reported.sizes) == size


def test_the_local_file_stays(destination, local):
    source = local(LARGE)
    with destination:
        destination.put(source, NAME, resume=True)
    assert source.read_bytes() == LARGE


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("content", [b"", OLD, LARGE])
def test_a_file_is_never_replaced(content, resume, case, destination, local):
    case.plant(NAME, OLD)
    with destination, pytest.raises(AlreadyExists):
        destination.put(local(content), NAME, resume=resume)
    assert case.content(NAME) == OLD
    assert case.names() == {NAME}


@pytest.mark.parametrize("call", [1, 3, 99])
def test_a_file_that_appears_meanwhile_is_never_replaced(call, case, destination, local, recorder):
    def act(number):
        if number >= call or sum(appearing.sizes) == len(LARGE):
            case.plant(NAME, OLD)

    appearing = recorder(act)
    with destination, pytest.raises(AlreadyExists):
        destination.put(local(LARGE), NAME, resume=False, reporter=appearing)
    assert case.content(NAME) == OLD


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names(name, case, destination, local):
    case.plant("other.bkb", OLD)
    with destination:
        stored = destination.put(local(b"odd"), name, resume=True)
        assert stored.name == name
        assert {file.name for file in destination.list()} == {name, "other.bkb"}
        assert destination.stat(name) == stored
        assert destination.read(name, 1, 9) == b"dd"
        destination.delete(name)
    assert case.names() == {"other.bkb"}


@pytest.mark.parametrize("name", NO_NAMES)
def test_names_that_are_none_are_refused(name, case, destination, local):
    source = local(b"x")
    with destination:
        for refused in (
            lambda: destination.put(source, name, resume=False),
            lambda: destination.stat(name),
            lambda: destination.read(name, 0, 1),
            lambda: destination.delete(name),
        ):
            with pytest.raises(InvalidName) as caught:
                refused()
            str(caught.value).encode()
    assert case.names() == set()


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 0), (0, 10), (7, 0), (7, 3), (CHUNK - 1, 2), (0, 2 * CHUNK), (len(LARGE) - 3, 10), (len(LARGE), 1), (2**40, 5)],
)
def test_ranges_are_read(offset, length, case, destination):
    case.plant(NAME, LARGE)
    with destination:
        assert destination.read(NAME, offset, length) == LARGE[offset : offset + length]


def test_what_is_not_there(destination):
    with destination:
        assert list(destination.list()) == []
        assert destination.stat(NAME) is None
        with pytest.raises(ReadFailed):
            destination.read(NAME, 0, 1)
        destination.delete(NAME)


def test_a_deleted_file_is_gone_and_its_name_is_free(case, destination, local):
    case.plant(NAME, OLD)
    case.plant("other.bkb", OLD)
    with destination:
        destination.delete(NAME)
        destination.delete(NAME)
        assert destination.stat(NAME) is None
        destination.put(local(b"new"), NAME, resume=False)
    assert (case.content(NAME), case.content("other.bkb")) == (b"new", OLD)


def test_ten_thousand_files_are_listed(case, destination):
    with case.small(64 << 20):  # in memory, where ten thousand files are made quickly
        for number in range(10_000):
            case.plant(f"{number}.bkb", b"x" * (number % 7))
        case.plant("on its way.bkb.part", b"")
        with destination:
            found = list(destination.list())
    assert len(found) == 10_000
    assert {(file.name, file.size) for file in found} == {(f"{number}.bkb", number % 7) for number in range(10_000)}


def test_a_listing_that_is_left_off(case, destination):
    for number in range(10):
        case.plant(f"{number}.bkb", b"")
    with destination:
        assert isinstance(next(destination.list()), RemoteFile)
        assert len(list(destination.list())) == 10


def test_a_cancelled_put_leaves_nothing_under_the_name(case, destination, local, recorder):
    source, calls = local(LARGE), recorder()
    with destination:
        destination.put(source, "counted.bkb", resume=False, reporter=calls)
        destination.delete("counted.bkb")
        for cancelled in range(1, len(calls.sizes) + 1):

            def act(number, at=cancelled):
                if number == at:
                    raise Cancelled()

            with pytest.raises(Cancelled):
                destination.put(source, NAME, resume=bool(cancelled % 2), reporter=recorder(act))
            assert NAME not in case.names()
            assert list(destination.list()) == []
        destination.put(source, NAME, resume=True)
    assert case.content(NAME) == LARGE


def test_a_local_file_that_can_not_be_read_is_named(case, destination, local):
    source = local(b"")
    source.unlink()
    with destination, pytest.raises(ReadFailed) as caught:
        destination.put(source, NAME, resume=False)
    assert caught.value.message.values["path"] == str(source)
    assert case.names() == set()


@pytest.mark.parametrize("size", [0, CHUNK, len(LARGE) + CHUNK])
def test_a_local_file_that_changes_meanwhile_is_not_stored(size, case, destination, local, recorder):
    source = local(LARGE)
    with destination, pytest.raises(ReadFailed):
        destination.put(source, NAME, resume=False, reporter=recorder(lambda number: os.truncate(source, size)))
    assert NAME not in case.names()


@pytest.fixture
def killed(case, local, recorder, child):
    """Return a function that kills a process at call number `call` of its reporter while it stores LARGE."""
    source = local(LARGE)

    def kill(call):
        def act(number):
            if number == call:
                os.kill(os.getpid(), signal.SIGKILL)

        def work():
            with case.destination() as destination:
                destination.put(source, NAME, resume=True, reporter=recorder(act))

        return child(work)

    return kill


@pytest.mark.parametrize("resume", [False, True])
def test_a_killed_put_leaves_nothing_that_looks_whole(resume, case, destination, local, killed):
    source, call = local(LARGE), 1
    while killed(call) == signal.SIGKILL:
        assert NAME not in case.names()
        with destination:
            assert list(destination.list()) == []
            assert destination.stat(NAME) is None
        call += 1
    assert call > 2, "nothing was killed"
    assert case.content(NAME) == LARGE
    with destination:
        destination.delete(NAME)
        killed(call - 1)
        destination.put(source, NAME, resume=resume)
    assert case.content(NAME) == LARGE
    assert case.names() == {NAME}


def test_what_a_killed_put_left_is_continued(case, destination, local, recorder, killed):
    source, reported = local(LARGE), recorder()
    hashed = sum(size == 0 for size in _calls(destination, source, recorder))
    assert killed(hashed + 3) == signal.SIGKILL
    with destination:
        destination.put(source, NAME, resume=True, reporter=reported)
    sent = [size for size in reported.sizes if size]
    assert sum(sent) == len(LARGE)
    assert (sent[0] > CHUNK) == destination.features.resumes, "the first report is of the bytes that were there"
    assert case.content(NAME) == LARGE
    assert case.names() == {NAME}


def test_what_a_killed_put_left_is_not_trusted(case, destination, local, recorder, killed):
    source = local(LARGE)
    hashed = sum(size == 0 for size in _calls(destination, source, recorder))
    assert killed(hashed + 3) == signal.SIGKILL
    for part in case.names():
        case.damage(part, len(case.content(part)) - 1)
    with destination:
        destination.put(source, NAME, resume=True)
    assert case.content(NAME) == LARGE
    assert case.names() == {NAME}


def _calls(destination, source, recorder):
    """Return the sizes that a whole put reports."""
    calls = recorder()
    with destination:
        destination.put(source, "counted.bkb", resume=False, reporter=calls)
        destination.delete("counted.bkb")
    return calls.sizes


def test_the_parts_of_others_stay(case, destination, local):
    source = local(LARGE)
    with LocalFile(source, None) as same:
        others = {f"{NAME}.part", f"{NAME}.00000000.part", "x.bkb.part", same.part_name("y.bkb")}
    for name in others:
        case.plant(name, OLD)
    with destination:
        destination.put(source, NAME, resume=True)
        assert [file.name for file in destination.list()] == [NAME]
    assert case.names() == {NAME, *others}
    assert {case.content(name) for name in others} == {OLD}
    assert case.content(NAME) == LARGE


@pytest.mark.parametrize("resume", [False, True])
def test_a_full_disk(resume, case, destination, local):
    with case.small(2 * CHUNK), destination:
        with pytest.raises(DiskFull):
            destination.put(local(LARGE), NAME, resume=resume)
        assert NAME not in case.names()
        destination.put(local(LARGE[:CHUNK]), NAME, resume=resume)
        assert case.content(NAME) == LARGE[:CHUNK]


def test_free_space(case, destination):
    with destination:
        free = destination.free()
    assert (free is not None) == destination.features.free_space
    assert free is None or free > 0
    if destination.features.free_space:
        with case.small(1 << 20), destination:
            assert destination.free() is not None


def test_a_folder_that_is_gone(case, destination, local):
    source = local(b"x")
    with destination:
        destination.put(source, NAME, resume=False)
        with case.vanish():
            for refused in (
                lambda: destination.put(source, "b.bkb", resume=False),
                lambda: destination.stat(NAME),
                lambda: destination.read(NAME, 0, 1),
                lambda: destination.delete(NAME),
                lambda: list(destination.list()),
            ):
                with pytest.raises(DestinationError):
                    refused()
    with case.vanish(), pytest.raises(DestinationMissing), destination:
        pass
    with destination:
        assert destination.read(NAME, 0, 1) == b"x"


def test_methods_may_be_called_again_after_any_error(case, destination, local):
    for _ in range(2):
        with destination:
            with suppress(DestinationError):
                destination.read(NAME, 0, 1)
            destination.put(local(b"x"), NAME, resume=False)
            with pytest.raises(AlreadyExists):
                destination.put(local(b"y"), NAME, resume=True)
            destination.delete(NAME)
    assert case.names() == set()


def test_the_address_can_be_shown_and_opens_the_same_place(case, destination, local):
    with destination:
        destination.put(local(b"x"), NAME, resume=False)
    destination.address.encode()
    assert case.destination().address == destination.address
