"""The threads that write an archive, with a bounded number of bytes between them.

    caller         reads, hashes with BLAKE3, submits chunks
    pool           compresses chunks, CRC; also encrypts small members  (any order, all cores)
    cipher thread  waits for each chunk in its turn, encrypts it        (in order)
    HMAC thread    hashes the ciphertext                                (in order)
    writer thread  writes it, completes headers                         (in order)

A step is a function that runs in the cipher thread; it returns the step for the HMAC thread, which returns the step for the
writer thread. If chunks are compressed, or are not encrypted, the writer thread runs all three: the pool is then slower than
the writer thread, and handing work over costs every thread time.

If a step fails, its error is raised to the caller at the next call, and no other step is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Condition
from typing import TypeVar

from hctui.disk.errors import writing

T = TypeVar("T")
WriteStep = Callable[[], None]
HashStep = Callable[[], WriteStep]
CipherStep = Callable[[], HashStep]
_Queue = SimpleQueue[tuple[T, int] | None]
"""Steps, each with the number of bytes it handles; None is the end."""

MAX_WORKERS = 16
"""More than this compress faster than one thread can encrypt and write."""


def cores() -> int:
    """Return how many cores this process may use, at most `MAX_WORKERS`."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, MAX_WORKERS)


class Pipeline:
    """The threads and the queues between them."""

    def __init__(self, path: Path, chunk: int, *, separate: bool) -> None:
        """Start threads that write the file at `path`; they may hold a chunk of `chunk` bytes for each core and four more.

        `separate` gives the cipher and the HMAC a thread each.
        """
        workers = cores()
        self._path = path
        self._limit = (workers + 4) * chunk
        self._pool = ThreadPoolExecutor(workers, "pack")
        self._threads = ThreadPoolExecutor(3, "write")
        self._room = Condition()
        self._held = 0
        self._stopped = False
        self._writes: _Queue[WriteStep] = SimpleQueue()
        self._ciphers: _Queue[CipherStep] | None = SimpleQueue() if separate else None
        self._running = [self._threads.submit(self._write)]
        if self._ciphers:
            hashes: _Queue[HashStep] = SimpleQueue()
            self._running += [
                self._threads.submit(self._run, hashes, self._writes),
                self._threads.submit(self._run, self._ciphers, hashes),
            ]

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Run `work` on any core."""
        return self._pool.submit(work, *arguments)

    def put(self, step: CipherStep, size: int) -> None:
        """Queue a step on `size` bytes; wait until there is room. Raises the error of an earlier step."""
        with self._room:
            self._room.wait_for(lambda: self._stopped or self._held == 0 or self._held + size <= self._limit)
            self._held += size
            stopped = self._stopped
        if stopped:
            self.finish()
        if self._ciphers:
            self._ciphers.put((step, size))
        else:
            self._writes.put((lambda: step()()(), size))

    def finish(self) -> None:
        """Wait until every step has run. Raises the error of the step that failed."""
        self._end_queue()
        for thread in self._running:
            thread.result()
        self._close()

    def abort(self) -> None:
        """Stop as soon as the running steps are done."""
        self._stop()
        self._end_queue()
        self._close()

    def _end_queue(self) -> None:
        (self._ciphers or self._writes).put(None)

    def _close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._threads.shutdown()

    def _stop(self) -> None:
        with self._room:
            self._stopped = True
            self._room.notify_all()

    def _run(self, source: _Queue[Callable[[], T]], sink: _Queue[T]) -> None:
        """Run the steps of `source` and put the step that each returns into `sink`."""
        try:
            while (item := source.get()) is not None:
                if not self._stopped:
                    sink.put((item[0](), item[1]))
        finally:
            sink.put(None)

    def _write(self) -> None:
        try:
            with writing(self._path):
                self._run_writes()
        finally:
            self._stop()

    def _run_writes(self) -> None:
        while (item := self._writes.get()) is not None:
            if not self._stopped:
                item[0]()
            with self._room:
                self._held -= item[1]
                self._room.notify_all()
