"""SIGKILL at every step of a restore and of an undo: afterwards the database is the old one or the new one, whole."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import pytest

from hctui.errors import HctuiError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nobody_else")]

STEPS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.rmtree", "sqlite3.connect")
"""Audit events, which Python raises before it does something; each is a step, and so is each call of the reporter. Files below
/proc do not count: they change nothing, and their number depends on the processes of the machine."""
SCHEMA = """
CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT); CREATE INDEX ax ON a(x); CREATE TABLE b (y TEXT); CREATE TABLE users (z);
"""
OLD = """
INSERT INTO a(x) SELECT hex(randomblob(100)) FROM (SELECT 1 FROM pragma_compile_options LIMIT 40); INSERT INTO b VALUES (1)
"""
NEW = """
DELETE FROM a WHERE id % 3 = 0; UPDATE a SET x = 'other ' || id; INSERT INTO b VALUES (2), (3); INSERT INTO users VALUES (7)
"""


def killed_at(step: int, work: Callable[[Callable[[], None]], None]) -> bool:
    """Run `work` in a process that is killed at its step number `step`; return whether it came that far."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.addaudithook(lambda event, about: count() if event in STEPS and not str(about[0]).startswith("/proc/") else None)
        work(count)
        os._exit(0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


@pytest.fixture
def kill_everywhere(monkeypatch, recorder):
    """Run `work` on a new database again and again, killed one step later each time, and recover and check the database."""
    monkeypatch.setattr("hctui.databases.sqlite.connection.PAGES_AT_ONCE", 7)

    class Counting(recorder):
        def __init__(self, count):
            super().__init__()
            self._call = count

    def run(make, work, seen):
        step = 0
        outcomes = set()
        while True:
            step += 1
            made = make()
            if not killed_at(step, lambda count, made=made: work(made, Counting(count))):
                break
            made.engine.recover()
            assert made.engine.recover() is None
            outcomes.add(seen(made))
            assert {name for name in made.beside() if name.startswith(".")} <= {".hctui-undo-empresa.db"}
        print(f"{step - 1} kills: {outcomes}")
        return step - 1, outcomes

    return run


@pytest.mark.parametrize(
    ("mode", "tables", "whole", "undo"),
    [
        ("delete", ["a", "b"], True, False),
        ("wal", ["a", "b"], True, False),
        ("delete", ["a", "b"], False, False),
        ("wal", ["a", "b"], False, False),
        ("delete", ["b"], False, False),  # no index is made again: nothing but rows changes
        ("delete", ["a", "b"], False, True),
        ("wal", ["a", "b"], True, True),
    ],
)
def test_restore_or_undo_killed_at_every_step(
    company, backing_up, restoring, recorder, kill_everywhere, mode, tables, whole, undo
):
    first = company(SCHEMA + OLD, f"PRAGMA page_size=512; PRAGMA journal_mode={mode}")
    backup, content = backing_up(first.engine), first.path.read_bytes()
    first.run(NEW)
    changed, expected = first.path.read_bytes(), first.dump()
    restoring(first.engine, backup, tables, whole=whole)
    restored = first.dump()
    assert content != changed and restored != expected

    def make():
        made = company()
        made.path.write_bytes(changed)
        if undo:
            restoring(made.engine, backup, tables, whole=whole)
        return made

    def work(made, reporter):
        if undo:
            made.engine.undo(reporter)
        else:
            restoring(made.engine, backup, tables, whole=whole, reporter=reporter)

    def seen(made):
        assert made.whole()
        assert made.ask("PRAGMA journal_mode") == [(mode,)]
        now = made.dump()
        assert now in (expected, restored)
        if made.engine.undo_kept() is not None:
            made.engine.undo(recorder())
            assert made.dump() == (restored if now == expected else expected)
        else:
            assert now == expected and not undo
        return "old" if now == expected else "new"

    kills, outcomes = kill_everywhere(make, work, seen)
    assert kills > 20
    assert outcomes == {"old", "new"}


@pytest.mark.parametrize(
    ("before", "undo"), [("missing", False), ("garbage and log", False), ("missing", True), ("garbage and log", True)]
)
def test_restore_over_a_missing_or_damaged_file_killed_at_every_step(
    company, backing_up, restoring, recorder, kill_everywhere, before, undo
):
    first = company(SCHEMA + OLD, "PRAGMA page_size=512")
    backup, expected = backing_up(first.engine), first.dump()

    def make():
        made = company()
        if before == "missing":
            made.path.unlink()
        else:
            made.path.write_bytes(b"garbage" * 99)
        if "log" in before:
            made.path.with_name("empresa.db-wal").write_bytes(b"log")
        if undo:
            restoring(made.engine, backup, ["a", "b", "users"])
        return made

    def work(made, reporter):
        if undo:
            made.engine.undo(reporter)
        else:
            restoring(made.engine, backup, ["a", "b", "users"], reporter=reporter)

    def state(made):
        log = made.path.with_name("empresa.db-wal")
        if not made.path.exists():
            assert before == "missing"
            return "old"
        if made.path.read_bytes() == b"garbage" * 99:
            assert not log.exists() or log.read_bytes() == b"log"  # SQLite itself deletes a log that holds nothing
            return "old"
        assert not log.exists()
        assert made.dump() == expected
        return "new"

    def seen(made):
        now = state(made)
        if made.engine.undo_kept() is not None:
            made.engine.undo(recorder())
            assert {now, state(made)} == {"old", "new"}
        else:
            assert now == "old" and not undo
        return now

    kills, outcomes = kill_everywhere(make, work, seen)
    assert kills > 15
    assert outcomes == {"old", "new"}


def test_backup_killed_at_every_step(company, backing_up, kill_everywhere):
    def make():
        return company(SCHEMA + OLD, "PRAGMA page_size=512; PRAGMA journal_mode=wal")

    first = make()
    expected = len(first.dump())

    def seen(made):
        assert len(made.dump()) == expected
        backing_up(made.engine)
        return "whole"

    kills, outcomes = kill_everywhere(make, lambda made, reporter: backing_up(made.engine, reporter=reporter), seen)
    assert kills > 15
    assert outcomes == {"whole"}


def test_recovery_itself_killed_at_every_step(company, backing_up, restoring, recorder, kill_everywhere):
    first = company(SCHEMA + OLD, "PRAGMA page_size=512")
    backup = backing_up(first.engine)
    first.run(NEW)
    changed, expected = first.path.read_bytes(), first.dump()

    def interrupted(step):
        made = company()
        made.path.write_bytes(changed)
        killed = killed_at(step, lambda count: restoring(made.engine, backup, ["a", "b"], reporter=counting(recorder, count)))
        return made if killed else None

    def seen(made):
        now = made.dump()
        if made.engine.undo_kept() is None:
            return "old" if now == expected else pytest.fail("neither old nor new")
        made.engine.undo(recorder())
        assert made.dump() == expected
        return "new"

    steps = next(step for step in range(1, 1000) if interrupted(step) is None)
    outcomes = set()
    for step in (steps // 2, steps - 3):
        work = lambda made, reporter: made.engine.recover()  # noqa: E731
        outcomes |= kill_everywhere(lambda step=step: interrupted(step), work, seen)[1]
    assert outcomes == {"old", "new"}


def counting(recorder, count):
    """Return a reporter whose calls are steps."""
    reporter = recorder()
    reporter._call = count
    return reporter


def test_pending_undo_of_a_running_process_is_left_alone(company, backing_up, restoring, recorder):
    made = company(SCHEMA + OLD)
    backup = backing_up(made.engine)
    made.run(NEW)

    class Recovering(recorder):
        def advance(self, size):
            super().advance(size)
            try:
                assert made.engine.recover() is None
            except HctuiError as error:
                raise AssertionError from error

    restoring(made.engine, backup, ["a", "b"], reporter=Recovering())
    assert made.engine.undo_kept() is not None
