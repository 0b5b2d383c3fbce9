"""What a person at a slow line feels: start-up, first paint, bytes sent while idle and while a backup runs, key latency."""

from __future__ import annotations

import os
import pty
import select
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.contests import program

DOWN = b"\x1b[B"


def print_terminal(runs: int) -> None:
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
            print(f"| key to its answer (Down on the menu) | {screen.key_latency(DOWN) * 1000:.0f} ms |", flush=True)
    print()


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
        seen = b""
        while b"hctui" not in seen and time.perf_counter() - self.started < 10:
            seen += self.read_for(0.01)
        self.first_paint = time.perf_counter() - self.started

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        os.close(self.terminal)

    def read_for(self, seconds: float) -> bytes:
        """Return what the program sends within `seconds`."""
        seen, end = b"", time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                seen += os.read(self.terminal, 65536)
        return seen

    def key_latency(self, key: bytes) -> float:
        """Return the median seconds from a key to the first byte of its answer."""
        waits = []
        for _ in range(9):
            os.write(self.terminal, key)
            pressed = time.perf_counter()
            select.select([self.terminal], [], [], 5)
            waits.append(time.perf_counter() - pressed)
            self.read_for(0.2)
        return statistics.median(waits)


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
