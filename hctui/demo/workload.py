"""The work in the demo companies: each unit of work is one transaction and depends on its number alone.

So the first state of a database and the number of units done since determine its content: the content of a hot backup can be
compared, row by row, with a copy of the first state on which the same number of units was done again.

`python -m hctui.demo.workload LOCATION...` is the background writer, a separate process like the programs of a company. It
writes to each location in turn until its standard input closes, so that it never runs longer than the process that started it,
and prints a line after its first rounds.
"""

from __future__ import annotations

import select
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import dbflib

from hctui.child_process import clean_environment, worker_command
from hctui.demo.companies import EPOCH, STOCK, WAREHOUSES
from hctui.demo.dbase_company import LOGBOOK

UNITS_DONE = "SELECT coalesce(max(numero), 0) FROM movimentos"
_NEW_PRICE = (
    "UPDATE produtos SET preco_venda = round(preco_venda * 1.03, 2), alterado_em = ?, alterado_por = ? WHERE codigo = ?"
)
INVARIANTS = {
    "stock": f"SELECT count(*) FROM (SELECT sum(quantidade) AS stock FROM estoques GROUP BY produto) "
    f"WHERE stock <> {STOCK * len(WAREHOUSES)}",
    "orders": "SELECT count(*) FROM pedidos p WHERE round(p.total, 2) <> "
    "(SELECT round(sum(i.total), 2) FROM pedidos_itens i WHERE i.pedido = p.numero)",
    "movements": "SELECT count(*) - coalesce(max(numero), 0) FROM movimentos",
}
"""Queries that return 0 if every transaction is whole: no goods are lost, and an order is the sum of its items."""
PAUSE = 0.01
"""Seconds between two rounds."""
LOGBOOK_EVERY = 40
"""Rounds between two records in a dBase logbook."""
FIRST_ROUNDS = 10
READY = "writing"


def open_company(path: Path, *, patience: float = 30.0) -> sqlite3.Connection:
    """Open a company's database as its own programs do; wait up to `patience` seconds for a lock."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def do_unit(connection: sqlite3.Connection, number: int) -> None:
    """Do unit `number`, the next one: move goods, add an order, and change a price in every fifth unit."""
    random = Random(number)
    moment = (EPOCH + timedelta(days=320, seconds=40 * number)).isoformat(sep=" ", timespec="seconds")
    ((products, clients),) = connection.execute("SELECT (SELECT max(codigo) FROM produtos), (SELECT max(codigo) FROM clientes)")
    product, quantity = random.randint(1, products), random.randint(1, 9)
    source, target = random.sample(WAREHOUSES, 2)
    items = [(line, random.randint(1, products), random.randint(1, 20), random.randint(100, 9000) / 100) for line in (1, 2, 3)]
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        for warehouse, change in ((source, -quantity), (target, quantity)):
            connection.execute("UPDATE estoques SET quantidade = quantidade + ? WHERE produto = ? AND deposito = ?",
                               (change, product, warehouse))  # fmt: skip
        connection.execute("INSERT INTO movimentos VALUES (?, ?, ?, ?, ?, ?)",
                           (number, product, source, target, quantity, moment))  # fmt: skip
        order = connection.execute("INSERT INTO pedidos(cliente, emissao, situacao, total) VALUES (?, ?, 'aberto', ?)",
                                   (random.randint(1, clients), moment[:10], _total(items))).lastrowid  # fmt: skip
        connection.executemany("INSERT INTO pedidos_itens VALUES (?, ?, ?, ?, ?)", ((order, *item) for item in items))
        if number % 5 == 0:
            connection.execute(_NEW_PRICE, (moment, f"usuario{random.randint(1, 9)}", product))


def _total(items: list[tuple[int, int, int, float]]) -> float:
    return round(sum(round(quantity * price, 2) for _, _, quantity, price in items), 2)


def units_done(path: Path) -> int:
    """Return the number of units done in a database."""
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute(UNITS_DONE).fetchone()[0]
    return number


def broken_invariants(path: Path) -> tuple[str, ...]:
    """Return the names of the invariants that do not hold in a database."""
    with closing(sqlite3.connect(path)) as connection:
        return tuple(name for name, query in INVARIANTS.items() if connection.execute(query).fetchone()[0])


def log_unit(folder: Path, number: int) -> None:
    """Append record `number`, the next one, to the logbook, with a memo."""
    pieces = [Random(each).randint(1, 40) for each in range(1, number + 1)]
    record = {
        "numero": number,
        "produto": Random(number).randint(1, 40),
        "pecas": pieces[-1],
        "acumulado": sum(pieces),
        "turno": "manhã" if number % 2 else "tarde",
        "ocorrencia": f"Lote nº {number}: sem ocorrências. " * 3,
    }
    with dbflib.open_dbf_table(str(folder / f"{LOGBOOK}.dbf")) as table:
        table.append(record)


def units_logged(folder: Path) -> int:
    """Return the number of records in the logbook."""
    with dbflib.open_dbf_table(str(folder / f"{LOGBOOK}.dbf")) as table:
        return table.record_count


@contextmanager
def background_writes(locations: Sequence[Path]) -> Iterator[None]:
    """Run the background writer on all locations during the block, which begins after its first rounds."""
    command = worker_command(*map(str, locations), module="hctui.demo.workload")
    pipe, environment = subprocess.PIPE, clean_environment()
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True, env=environment) as process:
        assert process.stdin and process.stdout
        if process.stdout.readline().strip() != READY:
            raise subprocess.CalledProcessError(process.wait(), command)
        yield
        process.stdin.close()
        process.wait()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def write(locations: Sequence[Path]) -> None:
    """Write to all locations until standard input closes."""
    databases = [(open_company(path), units_done(path)) for path in locations if path.is_file()]
    folders = [(path, units_logged(path)) for path in locations if path.is_dir()]
    done = 0
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        for connection, before in databases:
            do_unit(connection, before + done + 1)
        if done % LOGBOOK_EVERY == 0:
            for folder, before in folders:
                log_unit(folder, before + done // LOGBOOK_EVERY + 1)
        done += 1
        if done == FIRST_ROUNDS:
            print(READY, flush=True)
    for connection, _ in databases:
        connection.close()


def main(arguments: Sequence[str]) -> int:
    """Write to the databases at these locations; return the exit code."""
    write([Path(location) for location in arguments])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
