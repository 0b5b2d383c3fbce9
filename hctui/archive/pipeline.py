"""Threads in a row, with a bounded number of bytes between them: the shape of writing.

    caller         reads, hashes with BLAKE3, submits chunks
    pool           compresses chunks, CRC; whole small members also enciphered  (any order, all cores)
    cipher thread  waits for each chunk in its turn, enciphers it               (in order)
    HMAC thread    hashes the ciphertext                                        (in order)
    output thread  writes it, completes headers                                 (in order)

A turn is a function run in the cipher thread; what it returns is run in the HMAC thread, and what that returns in the output
thread. Where chunks are compressed or not enciphered the output thread runs all three: the pool has more to do than it, and
to hand things on costs all threads time.

Where one fails, the failure is raised to the caller at its next step, and nothing more is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Condition
from typing import Any, TypeVar

from hctui.archive.errors import writing

T = TypeVar("T")
Output = Callable[[], None]
Hashing = Callable[[], Output]
Turn = Callable[[], Hashing]
_Queue = SimpleQueue[tuple[Callable[[], Any], int] | None]
"""Functions and the bytes they are about; None ends it."""

MOST_WORKERS = 16
"""More compress faster than one thread can encipher and write."""


def cores() -> int:
    """Return how many cores this process may use, `MOST_WORKERS` at the most."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, MOST_WORKERS)


class Pipeline:
    """The threads, and what is under way between them."""

    def __init__(self, path: Path, unit: int, *, apart: bool) -> None:
        """Start writing what ends up at `path`; a unit for each core, and four more, may be under way.

        `apart` tells whether cipher and HMAC get threads of their own.
        """
        workers = cores()
        self._apart = apart
        self._path = path
        self._limit = (workers + 4) * unit
        self._pool = ThreadPoolExecutor(workers, "pack")
        self._outputs: _Queue = SimpleQueue()
        self._turns: _Queue = SimpleQueue() if apart else self._outputs
        self._room = Condition()
        self._under_way = 0
        self._stopped = False
        self._threads = ThreadPoolExecutor(3, "write")
        self._stages = [self._threads.submit(self._put_out)]
        if apart:
            hashings: _Queue = SimpleQueue()
            self._stages += [
                self._threads.submit(self._hand_on, hashings, self._outputs),
                self._threads.submit(self._hand_on, self._turns, hashings),
            ]

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Run `work` on any core."""
        return self._pool.submit(work, *arguments)

    def put(self, turn: Turn, size: int) -> None:
        """Queue a turn on `size` bytes, waiting for room; raises what an earlier one failed with."""
        with self._room:
            self._room.wait_for(lambda: self._stopped or self._under_way == 0 or self._under_way + size <= self._limit)
            self._under_way += size
            stopped = self._stopped
        if stopped:
            self.finish()
        self._turns.put((turn if self._apart else lambda: turn()()(), size))

    def finish(self) -> None:
        """Wait until everything is put out; raises what failed."""
        self._turns.put(None)
        for stage in self._stages:
            stage.result()
        self._close()

    def abort(self) -> None:
        """Stop as soon as what runs just now is done."""
        self._stop()
        self._turns.put(None)
        self._close()

    def _close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._threads.shutdown()

    def _stop(self) -> None:
        with self._room:
            self._stopped = True
            self._room.notify_all()

    def _hand_on(self, source: _Queue, sink: _Queue) -> None:
        """Run what comes and hand on what it returns."""
        try:
            while (item := source.get()) is not None:
                if not self._stopped:
                    sink.put((item[0](), item[1]))
        finally:
            sink.put(None)

    def _put_out(self) -> None:
        try:
            with writing(self._path):
                self._run_outputs()
        finally:
            self._stop()

    def _run_outputs(self) -> None:
        while (output := self._outputs.get()) is not None:
            if not self._stopped:
                output[0]()
            with self._room:
                self._under_way -= output[1]
                self._room.notify_all()
