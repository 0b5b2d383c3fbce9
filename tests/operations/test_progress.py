"""Tests of the reporter and of running an operation's work in a thread."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest
from waiting import PATIENCE

from hctui.errors import Cancelled, NoSpace, ReadFailed, WriteFailed
from hctui.events import Event, Progress, RestoreDone, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.messages import message
from hctui.operations.progress import MAX_QUEUED, PROGRESS_SECONDS, OperationReporter, run_in_thread

DONE = RestoreDone((), operation="restore", seconds=0.0)


class Work:
    """Work that continues until it is cancelled; `cleaned` is true after it has cleaned up."""

    def __init__(self) -> None:
        self.going = threading.Event()
        self.cleaned = False
        self.thread: threading.Thread | None = None

    def __call__(self, reporter: OperationReporter) -> RestoreDone:
        self.thread = threading.current_thread()
        reporter.start("restore", (), (), 0)
        try:
            while True:
                reporter.advance(1)
                self.going.set()
                time.sleep(0.001)
        finally:
            time.sleep(0.05)  # the generator must wait for the clean-up
            self.cleaned = True


async def collect(work: Callable[[OperationReporter], RestoreDone]) -> list[Event]:
    return [event async for event in run_in_thread(work)]


async def test_events_come_in_order_and_the_result_last() -> None:
    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.start("restore", ("A",), (("A", "t"),), 10)
        reporter.step("A", Step.STAGE)
        reporter.warn(message("careful"))
        reporter.warn(message("careful"))
        reporter.table_done("A", "t", 10)
        reporter.table_done("A", "t", 10)
        reporter.finish()
        return DONE

    assert await collect(work) == [
        Started("restore", ("A",), (("A", "t"),), 10),
        StepStarted("A", Step.STAGE),
        Warned(message("careful")),
        TableDone("A", "t", 10),
        Progress(10, 10),
        DONE,
    ]


async def test_progress_comes_a_few_times_a_second_and_is_never_beyond_its_phase() -> None:
    at_the_end = threading.Event()

    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.start("restore", (), (), 300, passes=3)
        with reporter.phase(300):
            pass  # this phase has nothing to do, and the bar must not jump
        with reporter.phase(300):
            for _ in range(3000):
                reporter.advance(1)  # ten times the estimate: the bar waits at the end of the phase
                time.sleep(0.0001)
        with reporter.phase(300):
            assert at_the_end.wait(PATIENCE)
            time.sleep(PROGRESS_SECONDS)
            reporter.advance(100)
        reporter.finish()
        return DONE

    started = time.monotonic()
    progress = []
    async for event in run_in_thread(work):
        if isinstance(event, Progress):
            progress.append(event)
            if event.done == 150:
                at_the_end.set()
    assert len(progress) <= (time.monotonic() - started) / PROGRESS_SECONDS + 2
    assert {event.total for event in progress} == {300}
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert [event.done for event in progress[-3:]] == [150, 200, 300]


async def test_a_slow_reader_makes_the_worker_wait() -> None:
    reported = 0

    def work(reporter: OperationReporter) -> RestoreDone:
        nonlocal reported
        for number in range(3 * MAX_QUEUED):
            reporter.table_done("A", str(number), 1)
            reported += 1
        return DONE

    async with aclosing(run_in_thread(work)) as events:
        await anext(events)
        await asyncio.sleep(0.1)
        assert reported <= 2 * MAX_QUEUED + 1
        assert len([event async for event in events]) == 3 * MAX_QUEUED


async def test_closing_the_generator_waits_for_the_clean_up() -> None:
    work = Work()
    events = run_in_thread(work)
    await anext(events)
    assert await asyncio.to_thread(work.going.wait, PATIENCE)
    await events.aclose()
    assert work.cleaned
    assert work.thread is not None
    work.thread.join(PATIENCE)
    assert not work.thread.is_alive()


async def test_cancelling_the_task_twice_waits_for_the_clean_up() -> None:
    work = Work()
    task = asyncio.create_task(collect(work))
    assert await asyncio.to_thread(work.going.wait, PATIENCE)
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0.002)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cleaned


async def test_closing_wakes_a_worker_that_waits_for_the_reader() -> None:
    def work(reporter: OperationReporter) -> RestoreDone:
        while True:
            reporter.warn(message(f"{time.monotonic_ns()}"))

    events = run_in_thread(work)
    await anext(events)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        await events.aclose()


async def test_a_cancellation_after_the_commit_is_too_late_and_the_result_is_yielded() -> None:
    committed, cancelled = threading.Event(), threading.Event()

    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.commit()
        committed.set()
        assert cancelled.wait(PATIENCE)
        reporter.step("A", Step.SWAP)
        return DONE

    task = asyncio.create_task(collect(work))
    assert await asyncio.to_thread(committed.wait, PATIENCE)
    task.cancel()
    await asyncio.sleep(0.01)
    cancelled.set()
    assert (await task)[-1] == DONE


async def test_a_cancelled_operation_can_not_commit() -> None:
    going, cancelled, outcome = threading.Event(), threading.Event(), []

    def work(reporter: OperationReporter) -> RestoreDone:
        going.set()
        assert cancelled.wait(PATIENCE)
        try:
            reporter.commit()
        except Cancelled:
            outcome.append("cancelled")
            raise
        return DONE

    task = asyncio.create_task(collect(work))
    assert await asyncio.to_thread(going.wait, PATIENCE)
    task.cancel()
    await asyncio.sleep(0.01)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcome == ["cancelled"]


@pytest.mark.parametrize(("number", "kind"), [(28, NoSpace), (122, NoSpace), (5, WriteFailed)], ids=["ENOSPC", "EDQUOT", "EIO"])
async def test_an_unmapped_os_error_becomes_one_of_ours(number: int, kind: type[Exception]) -> None:
    def work(reporter: OperationReporter) -> RestoreDone:
        raise OSError(number, "whatever", "/tmp/table.dbf")

    with pytest.raises(kind) as caught:
        await collect(work)
    assert "/tmp" in str(caught.value)


async def test_the_generator_raises_the_error_of_the_worker() -> None:
    def work(reporter: OperationReporter) -> RestoreDone:
        raise ReadFailed(path="x", reason="y")

    with pytest.raises(ReadFailed):
        await collect(work)


async def test_the_loop_answers_while_the_worker_works() -> None:
    loop = asyncio.get_running_loop()

    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.start("restore", (), (), 0)
        for _ in range(50):
            answered = threading.Event()
            loop.call_soon_threadsafe(answered.set)
            reporter.advance(1)
            assert answered.wait(PATIENCE)
        return DONE

    assert (await collect(work))[-1] == DONE


async def test_several_threads_report_each_table_and_warning_once_and_lose_no_byte() -> None:
    tables = tuple(("A", str(number)) for number in range(2000))

    def report(reporter: OperationReporter) -> None:
        for alias, table in tables:
            reporter.table_started(alias, table, 1)
            reporter.advance(1)
            reporter.warn(message("careful"))

    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.start("restore", ("A",), tables, 3 * len(tables))
        with reporter.phase(3 * len(tables)):
            threads = [threading.Thread(target=report, args=(reporter,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        reporter.finish()
        return DONE

    events = await collect(work)
    started = [(event.alias, event.table) for event in events if isinstance(event, TableStarted)]
    assert sorted(started) == sorted(tables)
    assert len([event for event in events if isinstance(event, Warned)]) == 1
    assert events[-2:] == [Progress(3 * len(tables), 3 * len(tables)), DONE]


async def test_a_single_event_is_yielded_though_none_follows() -> None:
    reported = threading.Event()
    seen = threading.Event()

    def work(reporter: OperationReporter) -> RestoreDone:
        reporter.start("restore", ("A",), (), 10)
        reported.set()
        assert seen.wait(PATIENCE), "a single event is yielded though none follows it"
        return DONE

    async for event in run_in_thread(work):
        if isinstance(event, Started):
            assert reported.is_set()
            seen.set()
