"""Measurement of commands that run in turn: wall time, peak memory of all their processes, size of their output."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil
from msgspec import Struct, field


class Run(Struct, frozen=True):
    """One run of one command."""

    seconds: float
    peak: int
    """The largest resident memory of its processes together, in bytes, sampled 10 times a second: more would disturb."""
    written: int
    """Bytes in its output."""


class Contestant(Struct, frozen=True):
    """A command that does the task, and its output."""

    name: str
    command: Sequence[str]
    output: Path
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[int, ...] = (0,)
    """Exit codes that mean the work was done."""


class Figure(Struct, frozen=True):
    """The median of a contestant's runs."""

    name: str
    seconds: float
    spread: float
    """The difference between the slowest and the fastest run, in seconds."""
    peak: int
    written: int


def contest(contestants: Sequence[Contestant], runs: int) -> list[Figure]:
    """Run all contestants in turn, `runs` times, and return their medians in the same order."""
    results: dict[str, list[Run]] = {contestant.name: [] for contestant in contestants}
    for _ in range(runs):
        for contestant in contestants:
            results[contestant.name].append(_run(contestant))
    return [_figure(contestant.name, results[contestant.name]) for contestant in contestants]


def clear(path: Path) -> None:
    """Remove an output of an earlier run."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
    return path.stat().st_size if path.exists() else 0


def _run(contestant: Contestant) -> Run:
    clear(contestant.output)
    os.sync()
    started = time.perf_counter()
    process = subprocess.Popen(
        contestant.command,
        cwd=contestant.folder,
        env={**os.environ, **contestant.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    sampler = _MemorySampler(process.pid)
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode not in contestant.accepted:
        raise SystemExit(f"{contestant.name} failed with {process.returncode}: {errors.decode(errors='replace')[-500:]}")
    return Run(seconds, sampler.stop(), size_of(contestant.output))


def _figure(name: str, runs: Sequence[Run]) -> Figure:
    seconds = [run.seconds for run in runs]
    return Figure(
        name, statistics.median(seconds), max(seconds) - min(seconds), max(run.peak for run in runs), runs[-1].written
    )


class _MemorySampler:
    """Samples the memory of a process and its descendants until it is stopped."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._peak = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stopping.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        try:
            root = psutil.Process(self._process)
            while not self._stopping.wait(0.1):
                family = [root, *root.children(recursive=True)]
                self._peak = max(self._peak, sum(_resident(member) for member in family))
        except psutil.NoSuchProcess:
            return


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
