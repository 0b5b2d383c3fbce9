"""Figures for a slow line: start-up, first paint, bytes sent while idle and during a backup, key latency."""

from __future__ import annotations

import os
import pty
import random
import select
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import data
from benchmarks.contests import Bench, program
from hctui.config import Configuration

DOWN, UP = b"\x1b[B", b"\x1b[A"
RIGHT, LEFT = b"\x1b[C", b"\x1b[D"
START = b"\x1b[15~"
FOCUSED = b">["
"""The beginning of the focused action on the progress page."""
DONE = b"Verify now"
PATIENCE = 60.0


def print_terminal(bench: Bench, runs: int) -> None:
    """Print start-up and line costs of the installed program on a demo server."""
    print("### terminal\n\n| what | figure |\n|---|---|")
    print(f"| `hctui --help` | {statistics.median(_help() for _ in range(runs + 2)):.3f} s |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(Path(folder))
        first = []
        for _ in range(runs):
            with Screen(environment) as screen:
                first.append(screen.first_paint)
        print(f"| first paint | {statistics.median(first):.3f} s |", flush=True)
        with Screen(environment) as screen:
            screen.read_for(2)
            print(f"| sent while idle for 5 s | {len(screen.read_for(5))} bytes |", flush=True)
            waits = _median_and_worst(screen.latency((DOWN, UP)[number % 2]) for number in range(20))
            print(f"| key to its answer (Down and Up on the menu) | {waits} |", flush=True)
    for what, figure in _while_busy(bench):
        print(f"| {what} | {figure} |", flush=True)
    print()


def _while_busy(bench: Bench) -> Iterator[tuple[str, str]]:
    """Yield bytes sent and key latency while a backup at Máximo uses the whole machine."""
    database = data.sqlite_database(bench.folder, bench.size)
    bench.register([("TPCHSQL", "sqlite", database)])
    configuration = Configuration.load(Path(bench.environment["HCTUI_CONFIG"]))
    configuration.set_destination(bench.out)
    with configuration.path.open("a") as text:
        text.write('\n[backup]\nlevel = "max"\n')
    what = f"a backup of {database.stat().st_size / 1e6:.0f} MB at Máximo"
    with _running_backup(bench) as screen:
        began, sent = time.perf_counter(), 0
        while not screen.seen(DONE):
            sent = screen.received
            screen.wait_for_any()
        seconds = time.perf_counter() - began
        yield f"sent while {what} runs for {seconds:.0f} s", f"{sent / seconds:.0f} bytes/s"
    waits: list[float] = []
    with _running_backup(bench) as screen:
        while not screen.seen(DONE):
            waits.append(screen.latency((RIGHT, LEFT)[len(waits) % 2], FOCUSED))
    yield f"key to its answer meanwhile ({len(waits) - 1} keys)", _median_and_worst(waits[:-1])


@contextmanager
def _running_backup(bench: Bench) -> Iterator[Screen]:
    """Start a backup with keys, yield when its progress page is shown, and delete the backup at the end."""
    with Screen({**os.environ, **bench.environment, "HCTUI_LANG": "en", "TERM": "xterm-256color"}) as screen:
        screen.wait_for(b"Server")
        screen.send(b"1")
        screen.wait_for(b".bkb")
        screen.read_for(1)
        screen.forget()
        screen.send(START)
        screen.wait_for(b"the job goes on")
        screen.forget()
        yield screen
    for file in bench.out.glob("TPCHSQL_*.bkb"):
        file.unlink()


class Screen:
    """The program on a pseudo-terminal of 80x24."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.started = time.perf_counter()
        master, slave = pty.openpty()
        os.set_blocking(master, False)
        subprocess.run(["stty", "rows", "24", "cols", "80"], stdin=slave, check=True)
        self.process = subprocess.Popen(
            [program()], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.terminal = master
        self._all = b""
        while not self.seen(b"hctui") and time.perf_counter() - self.started < 10:
            self.read_for(0.01)
        self.first_paint = time.perf_counter() - self.started

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        os.close(self.terminal)

    def read_for(self, seconds: float) -> bytes:
        """Return the bytes that the program sends within `seconds`."""
        seen, end = b"", time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                seen += self._read()
        return seen

    def _read(self) -> bytes:
        data = os.read(self.terminal, 65536)
        self._all += data
        return data

    def send(self, keys: bytes) -> None:
        """Send keys to the program."""
        os.write(self.terminal, keys)

    @property
    def received(self) -> int:
        """The number of bytes received since `forget`."""
        return len(self._all)

    def forget(self) -> None:
        """Discard everything received so far."""
        self._all = b""

    def seen(self, text: bytes) -> bool:
        """Return whether `text` was received since `forget`."""
        return text in self._all

    def wait_for(self, text: bytes) -> None:
        """Read until `text` is received. Raises `TimeoutError`."""
        end = time.perf_counter() + PATIENCE
        while not self.seen(text):
            if time.perf_counter() > end:
                raise TimeoutError(text)
            self.read_for(0.02)

    def wait_for_any(self) -> None:
        """Read the next bytes. Raises `TimeoutError`: the progress page is never silent for so long."""
        if not select.select([self.terminal], [], [], PATIENCE)[0]:
            raise TimeoutError("the program sends nothing")
        self._read()

    def latency(self, key: bytes, answer: bytes = b"") -> float:
        """Return the seconds from a key until `answer`, or any byte, is received; then wait a random moment."""
        pressed, answered = time.perf_counter(), b""
        self.send(key)
        while not answered or (answer not in answered and not self.seen(DONE)):
            if not select.select([self.terminal], [], [], PATIENCE)[0]:
                raise TimeoutError(f"no answer to {key!r}")
            answered += self._read()
        waited = time.perf_counter() - pressed
        self.read_for(random.uniform(0.1, 0.3))
        return waited


def _median_and_worst(waits: Iterable[float]) -> str:
    """Return the median and the worst time as text."""
    times = [1000 * wait for wait in waits]
    return f"{statistics.median(times):.0f} ms, worst {max(times):.0f} ms" if times else "the job was too quick"


def _help() -> float:
    started = time.perf_counter()
    subprocess.run([program(), "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def _environment(folder: Path) -> dict[str, str]:
    demo = folder / "demo"
    subprocess.run([program(), "demo", "--headless", "--at", str(demo)], stdout=subprocess.DEVNULL, check=True)
    config = next(demo.rglob("*.toml"))
    return {
        **os.environ,
        "HCTUI_CONFIG": str(config),
        "HCTUI_STATE": str(folder / "state"),
        "TERM": "xterm-256color",
    }
