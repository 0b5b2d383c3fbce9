"""Other sessions: they are reported, ended on request, and can't write between the check and the swap."""

from __future__ import annotations

import itertools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from waiting import wait_until

from hctui.databases.engine import RestorationRequest
from hctui.databases.postgresql import open_database
from hctui.errors import DatabaseInUse, MissingRights
from hctui.model import Database
from hctui.operations.restore_targets import describe_sessions

_SHOP = """
CREATE TABLE clientes (id int PRIMARY KEY, nome text);
INSERT INTO clientes SELECT n, 'c' || n FROM generate_series(1, 200) n;
CREATE TABLE pedidos (cliente int REFERENCES clientes); INSERT INTO pedidos SELECT n FROM generate_series(1, 200) n;
"""


@pytest.fixture
def shop(company, server):
    """Provide a database."""
    return company(server, _SHOP)


class Crowd:
    """Applications that connect again and again, and write whenever they can."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1000)
        self._stop = threading.Event()
        self.written: list[int] = []
        """Numbers of the rows that the server committed."""
        self.refused = threading.Event()

    def _connect_and_write(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._url, application_name="insistente", autocommit=True) as connection:
                    while not self._stop.is_set():
                        number = next(self._numbers)
                        connection.execute("INSERT INTO clientes VALUES (%s, 'novo')", (number,))
                        self.written.append(number)
            except psycopg.Error:
                self.refused.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._connect_and_write) for _ in range(4)]
        for each in threads:
            each.start()
        try:
            wait_until(lambda: len(self.written) >= 20, "20 rows", 0.001)
            yield
            already = len(self.written)
            wait_until(lambda: len(self.written) >= already + 20, "20 rows more", 0.001)
        finally:
            self._stop.set()
            for each in threads:
                each.join()


def kept_numbers(shop: Any, *, whole: bool) -> set[int]:
    """Return the rows that the undo holds."""
    undo = f"{shop.name}__hctui_undo"
    if whole:
        shop.server.run("postgres", f'ALTER DATABASE "{undo}" ALLOW_CONNECTIONS true')
    return {int(number) for (number,) in shop.server.ask(undo, "SELECT id FROM clientes WHERE id::int >= 1000")}


@pytest.mark.parametrize("whole", [True, False])
def test_no_row_is_lost_between_the_check_and_the_swap(shop, backing_up, recorder, whole):
    backup, crowd = backing_up(shop.engine), Crowd(shop.url)
    tables = ("clientes", "pedidos") if whole else ("clientes",)
    request = RestorationRequest(backup.manifest, tables, whole, disconnect=True)
    with crowd.running(), shop.engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(recorder())
        restoration.commit(recorder())
    assert crowd.refused.is_set()
    now = {number for (number,) in shop.ask("SELECT id FROM clientes WHERE id >= 1000")}
    kept = kept_numbers(shop, whole=whole)
    assert not now & kept
    assert set(crowd.written) <= now | kept
    assert shop.value("SELECT count(*) FROM clientes WHERE id < 1000") == 200
    assert shop.value(f"SELECT datallowconn FROM pg_database WHERE datname = '{shop.name}'")
    assert shop.beside() == [f"{shop.name}__hctui_undo"]


def test_sessions_are_reported_with_all_that_is_known(shop, server):
    server.run("postgres", "DROP ROLE IF EXISTS maria; CREATE ROLE maria LOGIN")
    slow = "SELECT pg_sleep(600) /* relatório */"
    with psycopg.connect(server.url(shop.name, "maria"), application_name="planilha") as busy:

        def ask() -> None:
            with pytest.raises(psycopg.Error):
                busy.execute(slow)

        asking = threading.Thread(target=ask)
        asking.start()
        server.until(f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%relat%' AND datname = '{shop.name}')")
        (session,) = shop.engine.sessions()
        assert (session.user, session.program, session.doing) == ("maria", "planilha", slow)
        assert session.process == busy.info.backend_pid
        assert describe_sessions([session], doing=True) == f"planilha (maria, {session.process}, {slow})"
        server.run("postgres", f"SELECT pg_terminate_backend({session.process})")
        asking.join()
    server.until(f"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {session.process})")
    server.run("postgres", "DROP ROLE maria")


@pytest.fixture
def owned(shop, server):
    """Provide the engine of a role that owns the database and may create others, and nothing more."""
    server.run("postgres", "DROP ROLE IF EXISTS dona; CREATE ROLE dona LOGIN CREATEDB")
    server.run("postgres", f'ALTER DATABASE "{shop.name}" OWNER TO dona')
    shop.run("ALTER TABLE clientes OWNER TO dona; ALTER TABLE pedidos OWNER TO dona")
    yield open_database(Database("EMPRESA", "postgresql", server.url(shop.name, "dona")))
    for name in server.databases(shop.name):
        server.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
    server.run("postgres", "DROP ROLE dona")


def test_an_owner_restores_and_undoes_without_being_superuser(shop, owned, backing_up, restoring, recorder):
    backup, before, rows = backing_up(owned), shop.dump(), shop.hashes()
    for whole in (True, False):
        shop.run("DELETE FROM pedidos; UPDATE clientes SET nome = 'x'")
        reported = recorder()
        restoring(owned, backup, backup.names(), whole=whole, reporter=reported)
        assert (shop.dump(), shop.hashes(), reported.warnings) == (before, rows, [])
        owned.undo(recorder())
        assert shop.value("SELECT count(*) FROM pedidos") == 0
        owned.undo(recorder())
        assert (shop.dump(), shop.hashes()) == (before, rows)


def test_missing_right_to_end_a_session_is_reported_and_the_database_is_opened(shop, owned, server, backing_up, recorder):
    backup, rows = backing_up(owned), shop.hashes()
    for whole in (True, False):
        request = RestorationRequest(backup.manifest, ("clientes", "pedidos"), whole, disconnect=True)
        refused = pytest.raises(MissingRights, match=r"dona.*terminate")
        with server.connected(shop.name), refused, owned.restoration(request) as restoration:
            for part in restoration.wanted():
                with restoration.receive(part) as sink:
                    sink.write(backup.parts[part.path])
            restoration.prepare(recorder())
            restoration.commit(recorder())
        assert (shop.hashes(), shop.beside()) == (rows, [])


def test_owner_of_the_tables_alone_can_not_close_the_database(shop, owned, server, backing_up, recorder):
    server.run("postgres", f'ALTER DATABASE "{shop.name}" OWNER TO postgres')
    backup, rows = backing_up(owned), shop.hashes()
    request = RestorationRequest(backup.manifest, ("clientes", "pedidos"), whole=False, disconnect=True)
    with pytest.raises(MissingRights, match="owner of database"), owned.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(recorder())
        restoration.commit(recorder())
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_prepared_transactions_are_named(company, older, backing_up, restoring):
    shop = company(older, _SHOP)
    older.run("postgres", "ALTER SYSTEM SET max_prepared_transactions = 5")
    control = [older.programs / "pg_ctl", "--pgdata", older.folder / "data", "--wait", "--mode", "fast", "restart"]
    subprocess.run(control, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, user=older.user)
    backup = backing_up(shop.engine)
    shop.run("BEGIN; INSERT INTO clientes VALUES (900, 'x'); PREPARE TRANSACTION 'nota-fiscal'")
    for whole in (True, False):
        with pytest.raises(DatabaseInUse, match="PREPARE TRANSACTION nota-fiscal"):
            restoring(shop.engine, backup, backup.names(), whole=whole)
    shop.run("ROLLBACK PREPARED 'nota-fiscal'")
    restoring(shop.engine, backup, backup.names())
    assert shop.value("SELECT count(*) FROM clientes") == 200
