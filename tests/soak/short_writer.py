"""A program that opens a database, writes and closes it, again and again: `short_writer.py sqlite|files PATH NAME PAUSE`.

It prints `writing` after its first write, ends when it reads a line, and then prints how many writes succeeded.
"""

from __future__ import annotations

import os
import select
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def insert_row(path: str, name: str, number: int) -> bool:
    """Insert a row; return whether it was committed."""
    try:
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
            connection.execute("INSERT INTO batidas VALUES (?, ?)", (name, number))
    except sqlite3.OperationalError:
        return False
    return True


def append_line(path: str, name: str, number: int) -> bool:
    """Append a line to a file; return whether it was written."""
    try:
        file = os.open(Path(path, "batidas.nx1"), os.O_WRONLY | os.O_APPEND)
    except OSError:
        return False
    try:
        line = f"{name} {number}\n".encode()
        return os.write(file, line) == len(line)
    finally:
        os.close(file)


def main(style: str, path: str, name: str, pause: str) -> None:
    """Write until a line comes on standard input."""
    write = {"sqlite": insert_row, "files": append_line}[style]
    done = int(write(path, name, 1))
    print("writing", flush=True)
    while not select.select([sys.stdin], [], [], float(pause))[0]:
        done += write(path, name, done + 1)
    print(done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
