"""A program that writes to a database at full speed: `fast_writer.py sqlite|files PATH PAUSE`.

It prints `writing` after five transactions and ends when it reads a line. Then it prints the number of transactions, the
seconds of the longest one, and in an SQLite database the seconds of the longest read.
"""

from __future__ import annotations

import os
import random
import select
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path


def sqlite_unit(path: str, pause: float) -> Callable[[int], None]:
    """Return a function that transfers an amount between two accounts and records it in two more tables."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")

    def unit(number: int) -> None:
        amount, source, target = random.randint(1, 9), random.randint(1, 40), random.randint(1, 40)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE contas SET saldo = saldo - ? WHERE id = ?", (amount, source))
        connection.execute("INSERT INTO transferencias(de, para, valor) VALUES (?, ?, ?)", (source, target, amount))
        connection.execute("UPDATE lastro SET bytes = randomblob(3000) WHERE id = ?", (random.randint(1, 1500),))
        connection.execute("UPDATE contador SET valor = valor + 1")
        connection.execute("UPDATE contas SET saldo = saldo + ? WHERE id = ?", (amount, target))
        connection.execute("COMMIT")

    return unit


def reading(path: str) -> Callable[[], None]:
    """Return a function that reads all accounts over another connection and checks that they balance."""
    connection = sqlite3.connect(path, timeout=60)

    def read() -> None:
        total = connection.execute("SELECT sum(saldo) FROM contas").fetchone()
        assert total == (40 * 1000,), total

    return read


def files_unit(path: str, pause: float) -> Callable[[int], None]:
    """Return a function that appends a record to a journal and then to a ledger; each 400th call waits `pause` seconds."""
    first, second = (os.open(Path(path, name), os.O_WRONLY | os.O_APPEND) for name in ("diario.nx1", "razao.nx1"))

    def unit(number: int) -> None:
        for file in (first, second):
            os.write(file, b"%-31d\n" % number)
        if number % 400 == 0:
            select.select([sys.stdin], [], [], pause)

    return unit


def main(style: str, path: str, pause: str) -> None:
    """Write until a line comes on standard input."""
    unit = {"sqlite": sqlite_unit, "files": files_unit}[style](path, float(pause))
    number, longest, longest_read = 0, 0.0, 0.0
    read = reading(path) if style == "sqlite" else None
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        started = time.monotonic()
        unit(number)
        written = time.monotonic()
        if read is not None:
            longest = max(longest, written - started)
            if number % 10 == 0:
                read()
                longest_read = max(longest_read, time.monotonic() - written)
        if number == 5:
            print("writing", flush=True)
    print(number, longest, longest_read, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
