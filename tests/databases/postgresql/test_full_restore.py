"""A full restore over several connections: tables are loaded at once, indexes and keys created as soon as possible."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace
from waiting import PATIENCE, wait_until

from hctui.databases.engine import RestorationRequest
from hctui.errors import DatabaseError, ForeignKeysBroken

_SHOP = """
CREATE TABLE clientes (id int PRIMARY KEY, nome text, chefe int, ultimo int);
CREATE INDEX clientes_nome ON clientes (lower(nome));
CREATE TABLE pedidos (id int PRIMARY KEY, cliente int NOT NULL);
CREATE TABLE "Itens de ""pedido"".velhos" (pedido int, "nú mero" int, UNIQUE (pedido, "nú mero"));
INSERT INTO clientes SELECT n, repeat('c', 100) || n, nullif(n / 2, 0), n % 100 + 1 FROM generate_series(1, 2000) n;
INSERT INTO pedidos SELECT n, n FROM generate_series(1, 300) n;
INSERT INTO "Itens de ""pedido"".velhos" SELECT n, 1 FROM generate_series(1, 200) n;
ALTER TABLE clientes ADD FOREIGN KEY (chefe) REFERENCES clientes, ADD FOREIGN KEY (ultimo) REFERENCES pedidos;
ALTER TABLE pedidos ADD FOREIGN KEY (cliente) REFERENCES clientes;
ALTER TABLE "Itens de ""pedido"".velhos" ADD CONSTRAINT "do pedido" FOREIGN KEY (pedido) REFERENCES pedidos;
CREATE TABLE medidas (dia int, valor int, PRIMARY KEY (dia, valor)) PARTITION BY RANGE (dia);
CREATE TABLE medidas_1 PARTITION OF medidas FOR VALUES FROM (0) TO (100);
CREATE TABLE medidas_2 PARTITION OF medidas FOR VALUES FROM (100) TO (200);
CREATE INDEX medidas_valor ON medidas (valor);
INSERT INTO medidas SELECT n, n + 1 FROM generate_series(0, 199) n;
ALTER TABLE medidas ADD FOREIGN KEY (valor) REFERENCES clientes;
"""


@pytest.fixture
def shop(company, newest):
    """Provide a database whose tables refer to each other, and to themselves."""
    return company(newest, _SHOP)


def _into(backup, restoration, path):
    with restoration.receive(next(part for part in backup.manifest.parts if part.path == path)) as sink:
        sink.write(backup.parts[path])


def test_indexes_are_created_before_the_rows_of_other_tables_are_loaded(company, newest, shop, backing_up, recorder):
    copy, backup = company(newest, empty=True), backing_up(shop.engine)
    request = RestorationRequest(backup.manifest, backup.names(), whole=True)
    with copy.engine.restoration(request) as restoration:
        wanted = [part.path for part in restoration.wanted()]
        rows = [path for path in wanted if path.startswith("2-data/")]
        assert rows[0] == "2-data/clientes.sql", "the largest first"
        for path in [path for path in wanted if path not in rows] + rows[:1]:
            _into(backup, restoration, path)
        with newest.connected(f"{copy.name}__hctui_new") as connection:
            made = "SELECT count(*) = 2 FROM pg_index WHERE indrelid = 'clientes'::regclass AND indisvalid"
            keys = "SELECT count(*) = 1 FROM pg_constraint WHERE conrelid = 'clientes'::regclass AND contype = 'f'"
            for question in (made, keys):
                wait_until(lambda question=question: connection.execute(question).fetchone()[0], question, 0.002)
        for path in rows[1:]:
            _into(backup, restoration, path)
        restoration.prepare(recorder())
        restoration.commit(recorder())
    assert copy.dump() == shop.dump()


def test_rows_of_several_tables_are_loaded_at_once(company, server, backing_up, recorder):
    shop, copy = company(server, _SHOP), company(server, empty=True)
    backup = backing_up(shop.engine)
    request = RestorationRequest(backup.manifest, backup.names(), whole=True)
    together = threading.Barrier(2, timeout=PATIENCE)
    with copy.engine.restoration(request) as restoration:
        assert restoration.any_order
        parts = restoration.wanted()
        for part in parts:
            if not part.table:
                _into(backup, restoration, part.path)

        def deliver(part):
            content = backup.parts[part.path]
            with restoration.receive(part) as sink:
                sink.write(content[: len(content) // 2])
                if part.table in ("clientes", "pedidos"):
                    together.wait()
                sink.write(content[len(content) // 2 :])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(deliver, sorted((part for part in parts if part.table), key=lambda part: part.table)))
        restoration.prepare(recorder())
        restoration.commit(recorder())
    assert (copy.dump(), copy.hashes()) == (shop.dump(), shop.hashes())


@pytest.mark.parametrize(("wrong", "kind", "expected"), [
    (b"300\t300\n300\t300\n", DatabaseError, "pedidos_pkey.*duplicate"),
    (b"300\t300\n301\t9999\n", ForeignKeysBroken, "pedidos.*9999"),
])  # fmt: skip
def test_rows_that_break_a_key_are_named(company, newest, shop, backing_up, restoring, wrong, kind, expected):
    copy, backup = company(newest, "CREATE TABLE minha (a int)"), backing_up(shop.engine)
    parts = {**backup.parts, "2-data/pedidos.sql": backup.parts["2-data/pedidos.sql"].replace(b"300\t300\n", wrong)}
    tables = tuple(replace(table, rows=301) if table.name == "pedidos" else table for table in backup.manifest.tables)
    damaged = type(backup)(replace(backup.manifest, tables=tables), parts)
    with pytest.raises(kind, match=expected):
        restoring(copy.engine, damaged, backup.names())
    assert (copy.beside(), copy.hashes()) == ([], {"minha": None})
