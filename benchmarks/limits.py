"""The speed of the disk and of each stage alone, which limits the speed of a backup."""

from __future__ import annotations

import hashlib
import hmac
import os
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from blake3 import blake3
from isal import isal_zlib

from benchmarks import data
from benchmarks.contests import Bench
from benchmarks.measure import Contestant, contest
from hctui.archive import deflate
from hctui.archive.ciphers import ZipCryptoEncrypter, counter_mode
from hctui.model import Level

CHUNK = 1 << 20


def print_limit(bench: Bench, runs: int) -> None:
    """Print the speed of `cp`, `dd` and backups for the same data, then the speed of each stage on one core."""
    tables = data.dbase_tables(bench.folder, bench.size)
    bench.register([("TPCH", "folder", tables)])
    copy = bench.out / "copy"
    everything = " ".join(f"'{entry}'" for entry in sorted(tables.iterdir()))
    into = f"mkdir -p '{copy}' && cp {everything} '{copy}' && sync '{copy}'/*"
    through = f"mkdir -p '{copy}' && cat {everything} | dd of='{copy}/all' bs=1M conv=fsync status=none"
    peers = [Contestant("cp and sync", ["sh", "-c", into], copy), Contestant("dd conv=fsync", ["sh", "-c", through], copy)]
    ours = [bench.hctui("TPCH", level) for level in ("none", "min", "medium")]
    print("### limit\n\n| command | seconds | MB/s of data |\n|---|---|---|")
    for figure in contest([*peers, *ours], runs):
        print(f"| {figure.name} | {figure.seconds:.2f} | {bench.size / 1e6 / figure.seconds:.0f} |", flush=True)
    print("\n| stage, page cache warm | MB/s of processor time on one core |\n|---|---|")
    for name, speed in _stages(max(tables.iterdir(), key=lambda entry: entry.stat().st_size)):
        print(f"| {name} | {speed:.0f} |", flush=True)
    print()


def _stages(file: Path) -> list[tuple[str, float]]:
    with file.open("rb") as stream:
        block = stream.read(64 << 20)
    pieces = [block[start : start + CHUNK] for start in range(0, len(block), CHUNK)]
    hashed, authenticated = blake3(), hmac.new(b"key", digestmod=hashlib.sha1)
    work: dict[str, Callable[[bytes], object]] = {
        "BLAKE3": hashed.update,
        "CRC-32 (isal)": lambda piece: isal_zlib.crc32(piece),
        "CRC-32 (zlib)": lambda piece: zlib.crc32(piece),
        "HMAC-SHA1": authenticated.update,
        "AES-256": counter_mode(bytes(32)),
        "ZipCrypto": ZipCryptoEncrypter(b"key", 0).encrypt,
        "deflate, Mínimo": lambda piece: deflate.compress_chunk(piece, b"", Level.MIN),
        "deflate, Médio": lambda piece: deflate.compress_chunk(piece, b"", Level.MEDIUM),
        "deflate, zlib 6": lambda piece: zlib.compress(piece, 6),
    }
    speeds = [("read", _read_speed(file))]
    for name, function in work.items():
        started = time.thread_time()
        for piece in pieces:
            function(piece)
        speeds.append((name, len(block) / 1e6 / (time.thread_time() - started)))
    return speeds


def _read_speed(file: Path) -> float:
    started, size = time.thread_time(), 0
    descriptor = os.open(file, os.O_RDONLY)
    while piece := os.read(descriptor, CHUNK):
        size += len(piece)
    os.close(descriptor)
    return size / 1e6 / (time.thread_time() - started)
