"""The least time that each row of the table can take on this machine with the available libraries.

The first table shows the speed of every available compressor and the size of its output. The second adds up the processor
time of the stages of a row, each measured alone on a core, and divides the sum by the speed of two threads relative to one.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import subprocess
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blake3 import blake3
from isal import isal_zlib
from msgspec import Struct
from zlib_ng import zlib_ng

from benchmarks import data
from benchmarks.contests import Bench
from benchmarks.measure import Contestant, contest
from hctui.archive import deflate
from hctui.archive.ciphers import counter_mode
from hctui.model import Level

CHUNK = deflate.CHUNK
SAMPLE_DISTANCE = 12 * CHUNK
"""The distance between the samples of a table: one chunk in twelve."""
THREADS = 2
SMALL = 5000
_ROUNDS = 3
_SYNC_FLUSH = 2
Chunks = Sequence[tuple[bytes, bytes]]
"""Chunks of data, each with the window before it."""


class Floor(Struct, frozen=True):
    """The stages of a row, and the peer that it is compared with."""

    work: str
    stages: tuple[str, ...]
    peer: Contestant
    wanted: float


def print_floors(bench: Bench, runs: int) -> None:
    """Print both tables."""
    tables = data.dbase_tables(bench.folder, bench.size)
    sample = _sample(tables)
    _print_levels(bench, sample)
    speeds = _stage_speeds(bench, sample)
    gain = _gain(sample)
    start = _start(bench, runs)
    print(f"\nTwo threads do {gain:.2f} times the work of one; a command with one row to back up takes {start:.2f} s.\n")
    print("| work | processor time of its stages, ms | at least | wanted |\n|---|---|---|---|")
    for floor in _floors(bench, tables):
        peer = contest([floor.peer], runs)[0].seconds
        parts = {stage: bench.size / 1e6 / speeds[stage] for stage in floor.stages}
        listed = ", ".join(f"{stage} {1000 * seconds:.0f}" for stage, seconds in parts.items())
        least = sum(parts.values()) / gain + start
        print(f"| {floor.work} | {listed} | {least:.2f} s | {peer / floor.wanted:.2f} s |", flush=True)
    _print_small(bench, runs, start)


def _print_small(bench: Bench, runs: int, start: float) -> None:
    """Print the time for thousands of almost empty tables, which is the cost of Python for each table."""
    tiny, small = data.small_tables(bench.folder, SMALL, 1), data.small_tables(bench.folder, SMALL, 100_000_000)
    bench.register([("TINY", "folder", tiny)])
    ours, peer = contest([bench.hctui("TINY", "min"), bench.seven_zip(small, 1)], runs)
    each = (ours.seconds - start) / SMALL * 1e6
    print(f"\n{SMALL} tables of one row take {ours.seconds:.2f} s, {each:.0f} µs each of Python and the system;", end=" ")
    print(f"as many of 20 KB were wanted in {peer.seconds / 2:.2f} s.\n")


def _floors(bench: Bench, tables: Path) -> tuple[Floor, ...]:
    reading = ("read", "BLAKE3", "CRC-32")
    made = bench.hctui("TPCH", "medium").output
    if not made.exists():
        bench.register([("TPCH", "folder", tables)])
        contest([bench.hctui("TPCH", "medium")], 1)
    unpacked = bench.out / "unpacked"
    unzip = Contestant("unzip", ["unzip", "-q", str(made), "-d", str(unpacked)], unpacked)
    return (
        Floor("Mínimo, 5 times zip -1", (*reading, "deflate, Mínimo", "write a quarter"), bench.zip(tables, 1), 5),
        Floor("Médio, 5 times zip -6", (*reading, "deflate, Médio", "write a quarter"), bench.zip(tables, 6), 5),
        Floor(
            "Não compactar, AES-256, 1.5 times 7zz -mx0",
            (*reading, "AES-256", "HMAC-SHA1", "write"),
            bench.seven_zip(tables, 0, "AES256"),
            1.5,
        ),
        Floor("restore, 3.5 times unzip", ("read a quarter", "inflate", "CRC-32", "BLAKE3", "write"), unzip, 3.5),
    )


def _print_levels(bench: Bench, sample: Chunks) -> None:
    """Print speed and size of each compressor for the sample, relative to the programs of the peers."""
    file = bench.out / "sample"
    file.write_bytes(b"".join(chunk for chunk, _ in sample))
    size = file.stat().st_size
    peers = {
        "zip -1": ("zip", "-q", "-1"),
        "zip -6": ("zip", "-q", "-6"),
        "7zz -mx1": ("7zz", "a", "-tzip", "-mx1", "-bso0", "-bsp0"),
    }
    sizes = {}
    for name, command in peers.items():
        packed = bench.out / "sample.zip"
        packed.unlink(missing_ok=True)
        subprocess.run([*command, str(packed), str(file)], check=True)
        sizes[name] = packed.stat().st_size
    print(f"### floors\n\n| compressor | MB/s on one core | {' | '.join(f'size against {name}' for name in peers)} |")
    print("|---|---|---|---|---|")
    for name, make in _compressors().items():
        seconds, written = _deflated(sample, make)
        against = " | ".join(f"{written / sizes[peer]:.3f}" for peer in peers)
        print(f"| {name} | {size / 1e6 / seconds:.0f} | {against} |", flush=True)


def _compressors() -> dict[str, Callable[[bytes], deflate._Compressor]]:
    made: dict[str, Callable[[bytes], deflate._Compressor]] = {}
    for level in (1, 2, 3):
        made[f"ISA-L {level}"] = lambda window, level=level: isal_zlib.compressobj(level, isal_zlib.DEFLATED, -15, 5, 0, window)
    for level in range(1, 9):
        made[f"zlib-ng {level}"] = lambda window, level=level: zlib_ng.compressobj(level, zlib_ng.DEFLATED, -15, 8, 0, window)
    for level in (1, 6):
        made[f"zlib {level}"] = lambda window, level=level: zlib.compressobj(level, zlib.DEFLATED, -15, 8, 0, window)
    return made


def _deflated(sample: Chunks, make: Callable[[bytes], deflate._Compressor]) -> tuple[float, int]:
    started, written = time.thread_time(), 0
    for chunk, window in sample:
        compressor = make(window)
        written += len(compressor.compress(chunk)) + len(compressor.flush(_SYNC_FLUSH))
    return time.thread_time() - started, written


def _stage_speeds(bench: Bench, sample: Chunks) -> dict[str, float]:
    """Return the speed of each stage alone on a core, in megabytes of data a second."""
    packed = [(piece, deflate.compress_chunk(piece, b"", Level.MEDIUM).data) for piece, _ in sample]
    hashed, authenticated, cipher = blake3(), hmac.new(b"key", digestmod=hashlib.sha1), counter_mode(bytes(32))
    target = bench.out / "written"
    stages: dict[str, Callable[[bytes, bytes], object]] = {
        "BLAKE3": lambda piece, small: hashed.update(piece),
        "CRC-32": lambda piece, small: zlib_ng.crc32(piece),
        "HMAC-SHA1": lambda piece, small: authenticated.update(piece),
        "AES-256": lambda piece, small: cipher(piece),
        "deflate, Mínimo": lambda piece, small: deflate.compress_chunk(piece, b"", Level.MIN),
        "deflate, Médio": lambda piece, small: deflate.compress_chunk(piece, b"", Level.MEDIUM),
        "inflate": lambda piece, small: isal_zlib.decompressobj(-15).decompress(small),
    }
    speeds = {name: _speed(packed, stage) for name, stage in stages.items()}
    with target.open("w+b", buffering=0) as file:
        speeds["write"] = _speed(packed, lambda piece, small: file.write(piece), file)
        speeds["read"] = _speed(packed, lambda piece, small: file.read(CHUNK), file)
    target.unlink()
    speeds["write a quarter"], speeds["read a quarter"] = 4 * speeds["write"], 4 * speeds["read"]
    return speeds


def _speed(
    packed: Sequence[tuple[bytes, bytes]], stage: Callable[[bytes, bytes], object], file: io.FileIO | None = None
) -> float:
    """Return the best speed of several rounds; the first one is slower because its memory is allocated."""
    taken = []
    for _ in range(_ROUNDS):
        if file is not None:
            file.seek(0)
        started = time.thread_time()
        for piece, small in packed:
            stage(piece, small)
        taken.append(time.thread_time() - started)
    return sum(len(piece) for piece, _ in packed) / 1e6 / min(taken)


def _gain(sample: Chunks) -> float:
    """Return the speed of two threads that compress, relative to one thread."""

    def work() -> None:
        _deflated(sample, _compressors()["ISA-L 2"])

    def seconds(threads: int) -> float:
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(work) for _ in range(threads)]:
                future.result()
        return time.perf_counter() - started

    work()
    return THREADS * seconds(1) / seconds(THREADS)


def _start(bench: Bench, runs: int) -> float:
    """Return the seconds of a backup of one small table."""
    bench.register([("ONE", "folder", data.small_tables(bench.folder, 1, 100))])
    seconds = contest([bench.hctui("ONE", "min")], runs)[0].seconds
    bench.register([("TPCH", "folder", data.dbase_tables(bench.folder, bench.size))])
    return seconds


def _sample(tables: Path) -> Chunks:
    chunks: list[tuple[bytes, bytes]] = []
    for table in sorted(tables.iterdir()):
        content = table.read_bytes()
        for start in range(0, len(content) - CHUNK, SAMPLE_DISTANCE):
            chunks.append((content[start : start + CHUNK], content[max(0, start - deflate.WINDOW) : start]))
    return chunks
