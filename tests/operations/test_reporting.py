"""The bridge between the worker thread and the generator."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from hctui.errors import Cancelled, NoSpace, ReadFailed, WriteFailed
from hctui.events import Event, Progress, RestoreDone, Started, Step, StepStarted, TableDone, TableStarted, Warned
from hctui.messages import message
from hctui.operations.progress import INTERVAL, WAITING, Bridge, events_of

DONE = RestoreDone("restore", (), 0.0)


class Work:
    """Work that goes on until it is cancelled, and tells whether it cleaned up."""

    def __init__(self) -> None:
        self.going = threading.Event()
        self.cleaned = False
        self.thread: threading.Thread | None = None

    def __call__(self, bridge: Bridge) -> RestoreDone:
        self.thread = threading.current_thread()
        bridge.start("restore", (), (), 0)
        try:
            while True:
                bridge.advance(1)
                self.going.set()
                time.sleep(0.001)
        finally:
            time.sleep(0.05)  # cleaning up takes a while, and must be waited for
            self.cleaned = True


async def collect(work: Callable[[Bridge], RestoreDone]) -> list[Event]:
    return [event async for event in events_of(work)]


async def test_events_come_in_order_and_the_result_last() -> None:
    def work(bridge: Bridge) -> RestoreDone:
        bridge.start("restore", ("A",), (("A", "t"),), 10)
        bridge.step("A", Step.STAGE)
        bridge.warn(message("careful"))
        bridge.warn(message("careful"))
        bridge.table_done("A", "t", 10)
        bridge.table_done("A", "t", 10)
        bridge.finish()
        return DONE

    assert await collect(work) == [
        Started("restore", ("A",), (("A", "t"),), 10),
        StepStarted("A", Step.STAGE),
        Warned(message("careful")),
        TableDone("A", "t", 10),
        Progress(10, 10),
        DONE,
    ]


async def test_progress_is_told_a_few_times_a_second_and_the_bar_is_honest() -> None:
    def work(bridge: Bridge) -> RestoreDone:
        bridge.start("restore", (), (), 300, passes=3)
        with bridge.phase(300):
            pass  # nothing was to be done here, and the bar does not jump
        with bridge.phase(300):
            for _ in range(3000):
                bridge.advance(1)  # ten times what was thought, and the bar waits at the end of the phase
                time.sleep(0.0001)
        with bridge.phase(300):
            time.sleep(0.11)
            bridge.advance(100)
        bridge.finish()
        return DONE

    begun = time.monotonic()
    progress = [event for event in await collect(work) if isinstance(event, Progress)]
    assert len(progress) <= (time.monotonic() - begun) / INTERVAL + 2
    assert {event.total for event in progress} == {300}
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert [event.done for event in progress[-3:]] == [150, 200, 300]


async def test_a_slow_reader_makes_the_worker_wait() -> None:
    told = 0

    def work(bridge: Bridge) -> RestoreDone:
        nonlocal told
        for number in range(3 * WAITING):
            bridge.table_done("A", str(number), 1)
            told += 1
        return DONE

    async with aclosing(events_of(work)) as events:
        await anext(events)
        await asyncio.sleep(0.1)
        assert told <= 2 * WAITING + 1
        assert len([event async for event in events]) == 3 * WAITING


async def test_closing_waits_for_the_clean_up() -> None:
    work = Work()
    events = events_of(work)
    await anext(events)
    await asyncio.to_thread(work.going.wait)
    await events.aclose()
    assert work.cleaned
    assert work.thread is not None
    work.thread.join(5)
    assert not work.thread.is_alive()


async def test_cancelling_the_task_however_often_waits_for_the_clean_up() -> None:
    work = Work()
    task = asyncio.create_task(collect(work))
    await asyncio.to_thread(work.going.wait)
    for _ in range(5):
        task.cancel()
        await asyncio.sleep(0.002)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cleaned


async def test_a_worker_that_waits_for_a_reader_is_woken_by_closing() -> None:
    def work(bridge: Bridge) -> RestoreDone:
        while True:
            bridge.warn(message(f"{time.monotonic_ns()}"))

    events = events_of(work)
    await anext(events)
    await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        await events.aclose()


async def test_after_the_commit_it_is_too_late_to_cancel_and_the_result_is_told() -> None:
    committed, cancelled = threading.Event(), threading.Event()

    def work(bridge: Bridge) -> RestoreDone:
        bridge.commit()
        committed.set()
        cancelled.wait(5)
        bridge.step("A", Step.SWAP)
        return DONE

    task = asyncio.create_task(collect(work))
    await asyncio.to_thread(committed.wait)
    task.cancel()
    await asyncio.sleep(0.01)
    cancelled.set()
    assert (await task)[-1] == DONE


async def test_nothing_is_committed_once_cancelled() -> None:
    going, cancelled, outcome = threading.Event(), threading.Event(), []

    def work(bridge: Bridge) -> RestoreDone:
        going.set()
        cancelled.wait(5)
        try:
            bridge.commit()
        except Cancelled:
            outcome.append("cancelled")
            raise
        return DONE

    task = asyncio.create_task(collect(work))
    await asyncio.to_thread(going.wait)
    task.cancel()
    await asyncio.sleep(0.01)
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outcome == ["cancelled"]


@pytest.mark.parametrize(("number", "kind"), [(28, NoSpace), (122, NoSpace), (5, WriteFailed)], ids=["ENOSPC", "EDQUOT", "EIO"])
async def test_what_a_disk_raises_becomes_one_sentence(number: int, kind: type[Exception]) -> None:
    def work(bridge: Bridge) -> RestoreDone:
        raise OSError(number, "whatever", "/tmp/table.dbf")

    with pytest.raises(kind) as caught:
        await collect(work)
    assert "/tmp" in str(caught.value)


async def test_errors_of_the_worker_are_those_of_the_generator() -> None:
    def work(bridge: Bridge) -> RestoreDone:
        raise ReadFailed(path="x", reason="y")

    with pytest.raises(ReadFailed):
        await collect(work)


async def test_the_loop_stays_responsive_while_the_worker_works() -> None:
    work, longest = Work(), 0.0
    task = asyncio.create_task(collect(work))
    await asyncio.to_thread(work.going.wait)
    for _ in range(50):
        before = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    task.cancel()
    await asyncio.wait({task})
    assert longest < 0.5


async def test_several_threads_tell_of_each_table_and_warning_once_and_lose_no_byte() -> None:
    tables = tuple(("A", str(number)) for number in range(2000))

    def tell(bridge: Bridge) -> None:
        for alias, table in tables:
            bridge.table_started(alias, table, 1)
            bridge.advance(1)
            bridge.warn(message("careful"))

    def work(bridge: Bridge) -> RestoreDone:
        bridge.start("restore", ("A",), tables, 3 * len(tables))
        with bridge.phase(3 * len(tables)):
            threads = [threading.Thread(target=tell, args=(bridge,)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        bridge.finish()
        return DONE

    events = await collect(work)
    started = [(event.alias, event.table) for event in events if isinstance(event, TableStarted)]
    assert sorted(started) == sorted(tables)
    assert len([event for event in events if isinstance(event, Warned)]) == 1
    assert events[-2:] == [Progress(3 * len(tables), 3 * len(tables)), DONE]


async def test_what_is_told_last_before_the_end_arrives_without_waiting_for_company() -> None:
    told = threading.Event()
    seen = threading.Event()

    def work(bridge: Bridge) -> RestoreDone:
        bridge.start("restore", ("A",), (), 10)
        told.set()
        assert seen.wait(30), "an event alone is handed on though nothing follows it"
        return DONE

    async for event in events_of(work):
        if isinstance(event, Started):
            assert told.is_set()
            seen.set()
