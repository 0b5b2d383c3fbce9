"""Somebody who comes, writes and leaves, again and again: `knocker.py sqlite|files PATH NAME PAUSE`, until a line is read.

In the end it says how often it was told that its write is done.
"""

from __future__ import annotations

import os
import select
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def knock_sqlite(path: str, name: str, number: int) -> bool:
    """Insert a row; tell whether that was committed."""
    try:
        with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
            connection.execute("INSERT INTO batidas VALUES (?, ?)", (name, number))
    except sqlite3.OperationalError:
        return False
    return True


def knock_files(path: str, name: str, number: int) -> bool:
    """Append a line; tell whether it was written."""
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
    """Knock until told to stop."""
    knock = {"sqlite": knock_sqlite, "files": knock_files}[style]
    done = int(knock(path, name, 1))
    print("knocking", flush=True)
    while not select.select([sys.stdin], [], [], float(pause))[0]:
        done += knock(path, name, done + 1)
    print(done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
