"""The data of the benchmarks, generated once and kept between runs.

TPC-H tables come from `tpchgen-cli` (PyPI) and are written as dBase tables and as one SQLite database. The other sets are like
other data of small companies: product images, thousands of small tables, one huge sparse table.
"""

from __future__ import annotations

import os
import random
import sqlite3
import struct
import subprocess
import sysconfig
import zlib
from pathlib import Path

BYTES_AT_SCALE_ONE = 1_480_000_000
"""The size of the dBase tables of TPC-H at scale factor 1."""

FIELDS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "lineitem": (
        ("ORDERKEY", "N", 10), ("PARTKEY", "N", 8), ("SUPPKEY", "N", 7), ("LINENO", "N", 2), ("QUANTITY", "N", 3),
        ("EXTPRICE", "N", 11), ("DISCOUNT", "N", 5), ("TAX", "N", 5), ("RETFLAG", "C", 1), ("STATUS", "C", 1),
        ("SHIPDATE", "C", 10), ("COMMDATE", "C", 10), ("RECPDATE", "C", 10), ("INSTRUCT", "C", 25), ("SHIPMODE", "C", 10),
        ("COMMENT", "C", 44),
    ),
    "orders": (
        ("ORDERKEY", "N", 10), ("CUSTKEY", "N", 8), ("STATUS", "C", 1), ("TOTAL", "N", 11), ("ORDERDATE", "C", 10),
        ("PRIORITY", "C", 15), ("CLERK", "C", 15), ("SHIPPRIO", "N", 1), ("COMMENT", "C", 79),
    ),
    "partsupp": (("PARTKEY", "N", 8), ("SUPPKEY", "N", 7), ("QTY", "N", 5), ("COST", "N", 8), ("COMMENT", "C", 199)),
    "part": (
        ("PARTKEY", "N", 8), ("NAME", "C", 55), ("MFGR", "C", 25), ("BRAND", "C", 10), ("TYPE", "C", 25), ("SIZE", "N", 3),
        ("CONTAINER", "C", 10), ("PRICE", "N", 8), ("COMMENT", "C", 23),
    ),
    "customer": (
        ("CUSTKEY", "N", 8), ("NAME", "C", 25), ("ADDRESS", "C", 40), ("NATION", "N", 3), ("PHONE", "C", 15),
        ("BALANCE", "N", 9), ("SEGMENT", "C", 10), ("COMMENT", "C", 117),
    ),
    "supplier": (
        ("SUPPKEY", "N", 7), ("NAME", "C", 25), ("ADDRESS", "C", 40), ("NATION", "N", 3), ("PHONE", "C", 15),
        ("BALANCE", "N", 9), ("COMMENT", "C", 101),
    ),
    "nation": (("NATION", "N", 3), ("NAME", "C", 25), ("REGION", "N", 2), ("COMMENT", "C", 152)),
    "region": (("REGION", "N", 2), ("NAME", "C", 25), ("COMMENT", "C", 152)),
}  # fmt: skip


def tpch_text(folder: Path, size: int) -> Path:
    """Make TPC-H's tables as text, as many as give about `size` bytes of dBase tables; return their folder."""
    target = folder / f"text-{size}"
    if not target.exists():
        program = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
        subprocess.run([program, "-s", f"{size / BYTES_AT_SCALE_ONE:.4f}", "--output-dir", target], check=True)
    return target


def dbase_tables(folder: Path, size: int) -> Path:
    """Make TPC-H's tables as dBase tables of about `size` bytes in all; return their folder."""
    target = folder / f"dbase-{size}"
    if not target.exists():
        staged = target.with_suffix(".making")
        staged.mkdir(parents=True, exist_ok=True)
        text = tpch_text(folder, size)
        for table in FIELDS:
            _write_dbase(staged / f"{table.upper()}.DBF", FIELDS[table], text / f"{table}.tbl")
        staged.rename(target)
    return target


def sqlite_database(folder: Path, size: int) -> Path:
    """Make one SQLite database of TPC-H's tables with the usual indexes; return its file."""
    target = folder / f"sqlite-{size}" / "tpch.db"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = target.with_suffix(".making")
        staged.unlink(missing_ok=True)
        text = tpch_text(folder, size)
        with sqlite3.connect(staged) as connection:
            for table, fields in FIELDS.items():
                columns = ", ".join(f"{name.lower()} {'NUMERIC' if kind == 'N' else 'TEXT'}" for name, kind, _ in fields)
                connection.execute(f"CREATE TABLE {table} ({columns})")
                with (text / f"{table}.tbl").open(encoding="ascii") as lines:
                    rows = (line.rstrip("\n").split("|")[: len(fields)] for line in lines)
                    connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(fields))})", rows)
                connection.execute(f"CREATE INDEX {table}_key ON {table} ({fields[0][0].lower()})")
        connection.close()
        staged.rename(target)
    return target


def images(folder: Path, size: int) -> Path:
    """Make product images (PNG of noise over a gradient, so already compressed) of `size` bytes in all."""
    target = folder / f"images-{size}"
    if not target.exists():
        staged = target.with_suffix(".making")
        staged.mkdir(parents=True, exist_ok=True)
        source = random.Random(7)
        written = number = 0
        while written < size:
            picture = _picture(source)
            (staged / f"PRODUTO{number:05}.PNG").write_bytes(picture)
            written, number = written + len(picture), number + 1
        staged.rename(target)
    return target


def small_tables(folder: Path, count: int, size: int) -> Path:
    """Make `count` dBase tables of `size` bytes in all, cut from TPC-H's orders."""
    target = folder / f"small-{count}-{size}"
    if not target.exists():
        staged = target.with_suffix(".making")
        staged.mkdir(parents=True, exist_ok=True)
        fields = FIELDS["orders"]
        lines = (tpch_text(folder, max(size * 6, 60_000_000)) / "orders.tbl").read_text(encoding="ascii").splitlines()
        rows_each = max(1, size // count // _record_size(fields))
        for number in range(count):
            start = number * rows_each % max(1, len(lines) - rows_each)
            _write_rows(staged / f"T{number:05}.DBF", fields, lines[start : start + rows_each])
        staged.rename(target)
    return target


def sparse_table(folder: Path, size: int) -> Path:
    """Make one table of `size` bytes, a few megabytes of it text and the rest a hole."""
    target = folder / f"sparse-{size}"
    if not target.exists():
        staged = target.with_suffix(".making")
        staged.mkdir(parents=True, exist_ok=True)
        with (staged / "HISTORICO.DBF").open("wb") as stream:
            stream.write(_header(FIELDS["orders"], (size - 1024) // _record_size(FIELDS["orders"])))
            stream.write(os.urandom(4_000_000))
            stream.truncate(size)
        staged.rename(target)
    return target


def _picture(source: random.Random) -> bytes:
    width = height = 160

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + source.randbytes(width * 2) + bytes(width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _record_size(fields: tuple[tuple[str, str, int], ...]) -> int:
    return 1 + sum(width for _, _, width in fields)


def _header(fields: tuple[tuple[str, str, int], ...], rows: int) -> bytes:
    """Return a dBase III header (dBase III file structure: 32 bytes, 32 for each field, 0x0D)."""
    size = 33 + 32 * len(fields)
    header = struct.pack("<BBBBIHH20x", 3, 126, 11, 22, rows, size, _record_size(fields))
    for name, kind, width in fields:
        header += struct.pack("<11sc4xBB14x", name.encode("ascii"), kind.encode("ascii"), width, 0)
    return header + b"\r"


def _write_dbase(path: Path, fields: tuple[tuple[str, str, int], ...], text: Path) -> None:
    with text.open(encoding="ascii") as lines:
        _write_rows(path, fields, lines.read().splitlines())


def _write_rows(path: Path, fields: tuple[tuple[str, str, int], ...], lines: list[str]) -> None:
    layout = " " + "".join(f"%{width}.{width}s" if kind == "N" else f"%-{width}.{width}s" for _, kind, width in fields)
    with path.open("w", encoding="ascii", newline="") as stream:
        stream.buffer.write(_header(fields, len(lines)))
        stream.writelines(layout % tuple(line.split("|")[: len(fields)]) for line in lines)
        stream.write("\x1a")
