"""Servers that restart, time out or run full, and roles that lack a right: one sentence each, and no partial result."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from hctui.databases.engine import RestorationRequest, SnapshotRequest
from hctui.databases.postgresql import open_database
from hctui.errors import ConnectionLost, MissingRights, ServerFull
from hctui.model import Database

_SHOP = """
CREATE TABLE clientes (id int PRIMARY KEY, nome text);
INSERT INTO clientes SELECT n, repeat('c', 1000) || n FROM generate_series(1, 9000) n;
CREATE TABLE pedidos (cliente int REFERENCES clientes); INSERT INTO pedidos SELECT n FROM generate_series(1, 200) n;
CREATE TABLE usuarios (id int); INSERT INTO usuarios VALUES (1);
"""


@pytest.fixture
def shop(company, server):
    """Provide a database that takes a moment to copy."""
    return company(server, _SHOP)


def as_role(shop, role):
    """Open a database as another role."""
    return open_database(Database("EMPRESA", "postgresql", shop.server.url(shop.name, role)))


def restart(server, mode="fast"):
    """Restart a server."""
    control = [server.programs / "pg_ctl", "--pgdata", server.folder / "data", "--wait", "--mode", mode, "restart"]
    subprocess.run(control, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, user=server.user)


@pytest.mark.parametrize("moment", ["rows", "prepare", "commit"])
@pytest.mark.parametrize("whole", [True, False])
def test_server_restarted_during_a_restore(company, older, backing_up, recorder, whole, moment):
    server, shop = older, company(older, _SHOP)
    backup, rows = backing_up(shop.engine), shop.hashes()

    class Restarting(recorder):
        def advance(self, size: int) -> None:
            if not self.calls:
                restart(server, "immediate" if whole else "fast")
            super().advance(size)

    request = RestorationRequest(backup.manifest, ("clientes", "pedidos"), whole, disconnect=True)
    with pytest.raises(ConnectionLost), shop.engine.restoration(request) as restoration:
        for number, part in enumerate(restoration.wanted()):
            with restoration.receive(part) as sink:
                sink.write(backup.parts[part.path])
                if moment == "rows" and number == 2:
                    restart(server)
        restoration.prepare((Restarting if moment == "prepare" else recorder)())
        restoration.commit((Restarting if moment == "commit" else recorder)())
    assert (shop.hashes(), shop.beside()) == (rows, [])
    assert shop.engine.recover() is None
    assert shop.value(f"SELECT datallowconn FROM pg_database WHERE datname = '{shop.name}'")


def test_timeouts_of_the_role_end_no_backup_and_no_restore(company, newest, recorder, restoring, backing_up):
    server, shop = newest, company(newest, _SHOP)
    server.run("postgres", "DROP ROLE IF EXISTS apressada; CREATE ROLE apressada LOGIN SUPERUSER")
    for limit in ("statement", "lock", "idle_in_transaction_session", "idle_session", "transaction"):
        server.run("postgres", f"ALTER ROLE apressada SET {limit}_timeout = '1s'")
    shop.run(
        "CREATE FUNCTION devagar(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.006); RETURN $1; END $$; CREATE INDEX ON pedidos (devagar(cliente))"
    )
    engine, parts = as_role(shop, "apressada"), {}
    with engine.snapshot(SnapshotRequest(), recorder()) as snapshot:
        for part in snapshot.parts():
            with part.open() as stream:
                parts[part.part.path] = stream.read(100_000)
                if part.part.table == "clientes":
                    server.until(
                        "SELECT bool_and(now() - query_start > interval '1.5 s') AND count(*) > 1 FROM pg_stat_activity"
                        f" WHERE datname = '{shop.name}' AND application_name = 'hctui'"
                    )
                parts[part.part.path] += stream.read()
        backup = type(backing_up(engine))(snapshot.manifest(), parts)
    rows = shop.hashes()
    shop.run("DELETE FROM pedidos WHERE cliente > 100")
    for whole in (True, False):
        restoring(engine, backup, backup.names(), whole=whole)
        assert shop.hashes() == rows
    server.run("postgres", "REASSIGN OWNED BY apressada TO postgres; DROP OWNED BY apressada")
    for name in server.databases(shop.name):
        server.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
    server.run("postgres", "DROP ROLE apressada")


@pytest.fixture
def small_disk(server):
    """Provide a tablespace on a disk of 20 MB."""
    folder = Path(tempfile.mkdtemp(prefix="hctui-disk-"))  # pytest's own folders are closed to the server's user
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "hctui", folder], check=False).returncode:
        folder.rmdir()
        pytest.skip("only root, and not in every container, can mount a small disk")
    try:
        folder.chmod(0o755)
        (folder / "data").mkdir()
        subprocess.run(["chown", str(server.user or os.geteuid()), folder / "data"], check=True)
        server.run("postgres", f"CREATE TABLESPACE pequeno LOCATION '{folder / 'data'}'")
        yield "pequeno"
        for (name,) in server.ask("postgres", "SELECT datname FROM pg_database d JOIN pg_tablespace t"
                                  " ON t.oid = dattablespace WHERE spcname = 'pequeno'"):  # fmt: skip
            server.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
        server.run("postgres", "CHECKPOINT")
        server.run("postgres", "DROP TABLESPACE pequeno")
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


@pytest.mark.parametrize("whole", [True, False])
def test_a_full_disk_of_the_server_changes_nothing(company, server, small_disk, backing_up, restoring, whole):
    shop = company(server, empty=True)
    server.run("postgres", f'CREATE DATABASE "{shop.name}" TEMPLATE template0 TABLESPACE {small_disk}')
    server.run("postgres", f"ALTER DATABASE \"{shop.name}\" SET work_mem = '64MB'")  # the hashes below need no disk
    shop.run(_SHOP)
    backup, rows = backing_up(shop.engine), shop.hashes()
    with pytest.raises(ServerFull, match=r"disk of the server is full\. Nothing half-made"):
        restoring(shop.engine, backup, ["clientes", "pedidos"], whole=whole)
    assert (shop.hashes(), shop.beside()) == (rows, [])
    assert shop.engine.recover() is None


def test_a_missing_right_on_one_table_is_named_and_changes_nothing(shop, server, backing_up, restoring):
    server.run("postgres", "DROP ROLE IF EXISTS caixa; CREATE ROLE caixa LOGIN CREATEDB")
    server.run("postgres", f'ALTER DATABASE "{shop.name}" OWNER TO caixa')
    backup = backing_up(shop.engine)
    shop.run("ALTER TABLE clientes OWNER TO caixa; ALTER TABLE pedidos OWNER TO caixa")
    shop.run("UPDATE clientes SET nome = 'x'; GRANT SELECT ON usuarios TO caixa")
    rows, engine = shop.hashes(), as_role(shop, "caixa")
    with pytest.raises(MissingRights, match=r"“caixa” has not the right.*usuarios"):
        restoring(engine, backup, ["clientes", "pedidos", "usuarios"], whole=False)
    shop.run("REVOKE SELECT ON usuarios FROM caixa")
    with pytest.raises(MissingRights, match=r"“caixa” has not the right.*usuarios"):
        restoring(engine, backup, ["clientes", "pedidos"])
    assert (shop.hashes(), shop.beside()) == (rows, [])
    restoring(engine, backup, ["clientes", "pedidos"], whole=False)
    assert shop.value("SELECT count(*) FROM clientes WHERE nome = 'x'") == 0
    for name in server.databases(shop.name):
        server.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
    server.run("postgres", "DROP ROLE caixa")
