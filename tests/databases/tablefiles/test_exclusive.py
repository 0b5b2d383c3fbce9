"""A restore is refused, by name, while another program has the database open; one that opens it meanwhile loses nothing."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from waiting import PATIENCE, wait_until

from hctui.databases.engine import Engine, RestorationRequest
from hctui.databases.open_files import open_files
from hctui.databases.tablefiles import exclusive, swap_journal
from hctui.errors import DatabaseInUse

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Python 3.12 and later warn of any thread that another test may have left when a process is forked."""


@contextmanager
def another_program(work: Callable[..., None], *arguments: object) -> Iterator[int]:
    """Run `work(ready, *arguments)` in another process until the block ends; it begins once `ready` is set."""
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=work, args=(ready, *arguments), daemon=True)
    process.start()
    assert ready.wait(PATIENCE)
    assert process.pid is not None
    try:
        yield process.pid
    finally:
        process.kill()
        process.join()


def hold_open(ready: Any, path: Path) -> None:
    with path.open("r+b"):
        ready.set()
        threading.Event().wait()


def hold_mapped(ready: Any, path: Path) -> None:
    import mmap

    descriptor = os.open(path, os.O_RDWR)
    mapped = mmap.mmap(descriptor, 0)
    os.close(descriptor)
    ready.set()
    threading.Event().wait()
    mapped.close()


@pytest.mark.parametrize("work", [hold_open, hold_mapped])
def test_open_files_are_named(engine: Engine, books: Path, backup: Any, restore: Any, content: Any, work: Any) -> None:
    made = backup(engine)
    before = content(books)
    with another_program(work, books / "clientes.dbf") as process:
        (session,) = engine.sessions()
        assert (session.process, session.doing) == (process, str(books / "clientes.dbf"))
        assert session.program and session.user
        with pytest.raises(DatabaseInUse, match=rf"BOOKS is in use by .*{process}"):
            restore(engine, made)
    assert content(books) == before
    assert engine.sessions() == ()
    restore(engine, made)


def test_an_undo_is_refused_too(engine: Engine, books: Path, backup: Any, restore: Any, listener: Any) -> None:
    restore(engine, backup(engine))
    with another_program(hold_open, books / "leia.txt"), pytest.raises(DatabaseInUse):
        engine.undo(listener)
    engine.undo(listener)


def test_a_shell_in_the_folder_does_not_count(engine: Engine, books: Path) -> None:
    def open_folder(ready: Any) -> None:
        os.chdir(books)
        descriptor = os.open(books, os.O_RDONLY)
        ready.set()
        threading.Event().wait()
        os.close(descriptor)

    with another_program(open_folder):
        assert engine.sessions() == ()


def test_a_file_that_is_open_under_another_name_is_found(engine: Engine, books: Path, tmp_path: Path) -> None:
    """The other name is a hard link, or the same folder in a container."""
    os.link(books / "clientes.dbf", tmp_path / "elsewhere")
    with another_program(hold_open, tmp_path / "elsewhere") as process:
        (session,) = engine.sessions()
        assert (session.process, session.doing) == (process, str(books / "clientes.dbf"))


def test_other_files_do_not_count(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"x")
    with another_program(hold_open, tmp_path / "one") as process:
        assert [each.process for each in open_files([tmp_path / "one"])] == [process]
        assert open_files([tmp_path / "two"]) == ()


def test_programs_of_other_users_are_found_by_the_lease(
    engine: Engine, books: Path, backup: Any, restore: Any, content: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without root the open files of other users' programs are invisible, but the kernel refuses the lease."""
    made = backup(engine)
    before = content(books)
    monkeypatch.setattr(exclusive, "open_files", lambda places: ())
    unseen = pytest.raises(DatabaseInUse, match=r"a program that can't be seen, which opens config\.dbf")
    with another_program(hold_open, books / "config.dbf"), unseen:
        restore(engine, made)
    assert content(books) == before


def test_locks_are_respected_without_leases(
    engine: Engine, books: Path, backup: Any, restore: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hold_record_lock(ready: Any) -> None:
        with (books / "config.dbf").open("r+b") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX, 1, 1000)
            ready.set()
            threading.Event().wait()

    def hold_flock(ready: Any) -> None:
        with (books / "config.dbf").open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH)
            ready.set()
            threading.Event().wait()

    made = backup(engine)
    monkeypatch.setattr(exclusive, "open_files", lambda places: ())
    monkeypatch.setattr(exclusive, "lease", lambda descriptor: False)
    for work in (hold_record_lock, hold_flock):
        with another_program(work), pytest.raises(DatabaseInUse):
            restore(engine, made)
    restore(engine, made)


def test_a_program_that_opens_a_file_during_the_swap_loses_nothing(
    engine: Engine, books: Path, other_books: Any, backup: Any, restore: Any, content: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `open` found the old file and waits for the lease; the swap is rolled back, and the program writes to that file."""

    def append(ready: Any, path: Path) -> None:
        ready.set()
        with path.open("ab") as stream:
            stream.write(b"written in between")

    made = backup(engine)
    other_books(books)
    before = content(books)
    path = books / "produtos.dbf"
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    writer = context.Process(target=append, args=(ready, path), daemon=True)

    def interrupt(name: str) -> None:
        if name == "all kept" and writer.pid is None:
            writer.start()
            assert ready.wait(PATIENCE)
            wait_until_blocked(writer.pid)

    monkeypatch.setattr(swap_journal, "failpoint", interrupt)
    with pytest.raises(DatabaseInUse):
        restore(engine, made)
    writer.join(PATIENCE)
    assert writer.exitcode == 0
    assert content(books) == {**before, "produtos.dbf": before["produtos.dbf"] + b"written in between"}
    assert not [name for name in os.listdir(books) if name.startswith(".hctui")]


def wait_until_blocked(process: int | None) -> None:
    """Wait until a process waits in the kernel for the end of a lease."""
    if not Path("/proc/self/stack").exists():
        pytest.skip("the kernel does not show what a process waits for")
    wait_until(lambda: "break_lease" in Path(f"/proc/{process}/stack").read_text(), "the process waits for the lease")


def test_two_restores_at_once(engine: Engine, books: Path, backup: Any, restore: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = backup(engine)
    refused: list[str] = []
    with engine.restoration(RestorationRequest(made.manifest, (), whole=False)) as second:

        def interrupt(name: str) -> None:
            if name == "all kept":
                with pytest.raises(DatabaseInUse) as caught:
                    second.commit(Listener())
                refused.append(str(caught.value))

        monkeypatch.setattr(swap_journal, "failpoint", interrupt)
        restore(engine, made)
    assert refused == ["BOOKS is in use by another hctui. Nothing was changed. Close these programs and try again."]


class Listener:
    """A reporter that does nothing."""

    def advance(self, size: int) -> None: ...
