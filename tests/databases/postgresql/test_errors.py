"""Errors during backup and restore: one clear sentence each, and no partial result."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hctui.databases.engine import RestorationRequest, SnapshotRequest
from hctui.databases.postgresql import open_database
from hctui.databases.postgresql.address import Address
from hctui.databases.postgresql.errors import hctui_error
from hctui.errors import (
    ConnectionLost,
    DatabaseError,
    DatabaseInUse,
    MissingRights,
    ServerFull,
    ServerUnreachable,
    UsageError,
)
from hctui.model import Database

_SHOP = """
CREATE TABLE clientes (id serial PRIMARY KEY, nome text);
INSERT INTO clientes(nome) SELECT repeat('c', 1000) || n FROM generate_series(1, 20000) n;
CREATE TABLE pedidos (id serial PRIMARY KEY, cliente int REFERENCES clientes);
INSERT INTO pedidos(cliente) SELECT n FROM generate_series(1, 200) n;
"""
_OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hctui' AND datname = '{}'"


@pytest.fixture
def shop(company, newest):
    """Provide a database that takes a moment to copy."""
    return company(newest, _SHOP)


def test_unreachable_server(newest):
    engine = open_database(Database("EMPRESA", "postgresql", "postgresql://ana:segredo@localhost:1/loja"))
    with pytest.raises(ServerUnreachable, match="localhost") as failure:
        engine.exists()
    assert "segredo" not in str(failure.value)


def test_invalid_location():
    with pytest.raises(DatabaseError, match="no valid PostgreSQL URL") as failure:
        open_database(Database("EMPRESA", "postgresql", "postgresql://ana:segredo@host/loja?nada=1"))
    assert "segredo" not in str(failure.value)


@pytest.mark.parametrize("how", ["pg_terminate_backend", "pg_cancel_backend"])
def test_connection_ended_during_a_backup(shop, newest, recorder, how):
    expected = pytest.raises((ConnectionLost, DatabaseError), match=r"lost|cancelled")
    with expected as failure, shop.engine.snapshot(SnapshotRequest(), recorder()) as snapshot:
        for part in snapshot.parts():
            with part.open() as stream:
                stream.read(1000)
                newest.run("postgres", f"SELECT {how}(pid) FROM ({_OURS.format(shop.name)}) x")
                while stream.read(1 << 16):
                    pass
    assert isinstance(failure.value, ConnectionLost) == (how == "pg_terminate_backend")
    assert len(shop.engine.tables()) == 2


@pytest.mark.parametrize("whole", [True, False])
def test_connection_ended_during_a_restore(shop, newest, backing_up, recorder, whole):
    backup, before = backing_up(shop.engine), shop.hashes()

    class Ending(recorder):
        def advance(self, size: int) -> None:
            newest.run("postgres", f"SELECT pg_terminate_backend(pid) FROM ({_OURS.format(shop.name)}) x")
            newest.run("postgres", f"SELECT pg_terminate_backend(pid) FROM ({_OURS.format(shop.name + '__hctui_new')}) x")

    request = RestorationRequest(backup.manifest, ("clientes", "pedidos"), whole)
    with pytest.raises(ConnectionLost), shop.engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(recorder())
        restoration.commit(Ending())
    assert shop.hashes() == before
    assert shop.beside() == []


def test_server_restarted_during_a_backup(company, older, backing_up, recorder):
    shop = company(older, _SHOP)
    control = [older.programs / "pg_ctl", "--pgdata", older.folder / "data", "--wait", "--mode", "fast", "restart"]
    with pytest.raises(ConnectionLost), shop.engine.snapshot(SnapshotRequest(), recorder()) as snapshot:
        for part in snapshot.parts():
            with part.open() as stream:
                stream.read(1000)
                subprocess.run(control, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, user=older.user)
                while stream.read(1 << 16):
                    pass
    assert backing_up(shop.engine).names() == ("clientes", "pedidos")


def test_full_disk_of_the_server_is_reported():
    import psycopg

    translated = hctui_error(psycopg.errors.DiskFull("No space left on device"), Address("EMPRESA", "postgresql://h/d"))
    assert isinstance(translated, ServerFull)


def test_missing_right_to_create_databases_is_reported(shop, newest, backing_up, restoring):
    backup, rows = backing_up(shop.engine), shop.hashes()
    newest.run("postgres", "DROP ROLE IF EXISTS dona; CREATE ROLE dona LOGIN")
    newest.run("postgres", f'ALTER DATABASE "{shop.name}" OWNER TO dona')
    owner = open_database(Database("EMPRESA", "postgresql", newest.url(shop.name, "dona")))
    with pytest.raises(MissingRights, match="dona"):
        restoring(owner, backup, backup.names())
    newest.run("postgres", f'ALTER DATABASE "{shop.name}" OWNER TO postgres')
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_session_that_stops_a_partial_restore_is_named(shop, newest, backing_up, restoring, recorder):
    backup, rows = backing_up(shop.engine), shop.hashes()
    request = RestorationRequest(backup.manifest, ("clientes",), whole=False)
    with shop.engine.restoration(request) as restoration:
        for part in restoration.wanted():
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
        restoration.prepare(recorder())
        with (
            newest.connected(shop.name, application_name="planilha"),
            pytest.raises(DatabaseInUse, match=r"planilha.*postgres"),
        ):
            restoration.commit(recorder())
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_password_is_not_written_into_the_configuration(tmp_path, shop):
    from hctui.config import Configuration

    configuration = Configuration.load(tmp_path / "config.toml")
    with pytest.raises(UsageError, match="pgpass"):
        configuration.add(Database("EMPRESA", "postgresql", shop.url.replace("postgres@", "postgres:segredo@")))
    configuration.add(Database("EMPRESA", "postgresql", shop.url))
    text = configuration.path.read_text().replace("postgres@", "postgres:segredo@")
    configuration.path.write_text(text)
    configuration.reload()
    assert "segredo" not in configuration.database("EMPRESA").shown_location
    assert open_database(configuration.database("EMPRESA")).exists()


def test_psycopg_is_not_imported_before_it_is_needed():
    program = "import hctui.cli, hctui.databases, sys; print(any(name.startswith('psycopg') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
