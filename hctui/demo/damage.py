"""Damage to databases, done on purpose."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

from hctui.demo.workload import open_company

DROPPED = "produtos_formula"
OVERWRITTEN = "clientes"
CUT_OFF = "pedidos"
WITHOUT_INDEX = "produtos"


def drop_and_overwrite(database: Path) -> int:
    """Drop a table and overwrite all rows of another, as an UPDATE without WHERE does; return the number of rows."""
    with closing(open_company(database)) as connection:
        connection.execute(f"DROP TABLE {DROPPED}")
        return connection.execute(f"UPDATE {OVERWRITTEN} SET nome = 'TESTE', limite_credito = 0").rowcount


def write_garbage(database: Path) -> int:
    """Overwrite the beginning of a file with noise; return the number of bytes."""
    noise = Random(0).randbytes(256 * 1024)
    with database.open("r+b") as file:
        return file.write(noise)


def open_error(database: Path) -> str:
    """Return the error of SQLite for a database; empty where it can be read."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return ""


def cut_and_delete(folder: Path) -> tuple[Path, Path]:
    """Cut a table file in half and delete an index file; return both paths."""
    table, index = folder / f"{CUT_OFF}.dbf", folder / f"{WITHOUT_INDEX}.cdx"
    with table.open("r+b") as file:
        file.truncate(table.stat().st_size // 2)
    index.unlink()
    return table, index
