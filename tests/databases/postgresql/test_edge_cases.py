"""Cases that went wrong in trials of PostgreSQL (ENGINES.md), each once."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from hctui import codec
from hctui.databases.engine import RestorationRequest, SnapshotRequest
from hctui.databases.postgresql import open_database
from hctui.databases.postgresql.server import Record
from hctui.errors import (
    DatabaseDamaged,
    DatabaseError,
    DatabaseInUse,
    ForeignKeysBroken,
    MissingRights,
    RestoreRefused,
)
from hctui.model import Database

_SHOP = Path(__file__).with_name("shop.sql").read_text(encoding="ascii")


def test_properties_of_the_database_come_back(company, server, backing_up, restoring):
    shop = company(server, _SHOP)
    name = f'"{shop.name}"'
    server.run("postgres", "DROP ROLE IF EXISTS gerente; CREATE ROLE gerente")
    server.run(
        "postgres",
        f"""ALTER DATABASE {name} SET search_path TO "$user", public, "Outro Esquema";
        ALTER DATABASE {name} SET work_mem TO '8MB';
        ALTER ROLE gerente IN DATABASE {name} SET statement_timeout TO '5s'; ALTER DATABASE {name} CONNECTION LIMIT 17;
        REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT, CREATE ON DATABASE {name} TO gerente WITH GRANT OPTION;
        COMMENT ON DATABASE {name} IS 'loja d''Ana'""",
    )
    shown = (
        "SELECT (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(datacl) x), datconnlimit,"
        " shobj_description(d.oid, 'pg_database'), datallowconn, array_agg(setconfig::text ORDER BY setrole)"
        " FROM pg_database d LEFT JOIN pg_db_role_setting ON setdatabase = d.oid WHERE datname = '{}' GROUP BY d.oid"
    )
    before, backup = shop.ask(shown.format(shop.name)), backing_up(shop.engine)
    copy = company(server, empty=True)
    restoring(copy.engine, backup, backup.names())
    assert copy.ask(shown.format(copy.name)) == before
    server.run("postgres", f"ALTER DATABASE {name} RESET ALL; COMMENT ON DATABASE {name} IS 'outra'")
    restoring(shop.engine, backup, backup.names())
    assert shop.ask(shown.format(shop.name)) == before


def test_encoding_and_sort_order_come_back(company, newest, backing_up, restoring):
    old = company(newest, empty=True)
    newest.run("postgres", f"""CREATE DATABASE "{old.name}" TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'""")
    old.run('CREATE TABLE "preço" (nome text); INSERT INTO "preço" VALUES (\'coração\')')
    copy, backup = company(newest, empty=True), backing_up(old.engine)
    restoring(copy.engine, backup, backup.names())
    assert copy.value("SHOW server_encoding") == "LATIN1"
    assert copy.value('SELECT nome FROM "preço"') == "coração"


def test_bytes_of_a_database_without_encoding_come_back(company, newest, backing_up, restoring):
    old = company(newest, empty=True)
    newest.run(
        "postgres", f"""CREATE DATABASE "{old.name}" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"""
    )
    old.run("CREATE TABLE nomes (nome text); INSERT INTO nomes VALUES (E'cora\\xe7\\xe3o')")
    digest = "SELECT md5(string_agg(nome, ',')) FROM nomes"
    copy, backup, before = company(newest, empty=True), backing_up(old.engine), old.ask(digest)
    restoring(copy.engine, backup, backup.names())
    assert copy.ask(digest) == before
    old.run("UPDATE nomes SET nome = 'x'")
    restoring(old.engine, backup, backup.names(), whole=False)
    assert old.ask(digest) == before


def test_settings_of_the_database_do_not_change_what_is_copied(company, server, backing_up, restoring):
    shop = company(
        server,
        "CREATE TABLE t (f float8, d date, i interval);"
        " INSERT INTO t VALUES (float8 '0.1' + float8 '0.2', '2026-02-01', '1 mon 2 d')",
    )
    for setting in ("extra_float_digits = -5",
                    "DateStyle = 'SQL, DMY'", "IntervalStyle = 'sql_standard'", "search_path = nowhere",
                    "default_transaction_read_only = on", "statement_timeout = '100ms'", "row_security = on"):  # fmt: skip
        server.run("postgres", f'ALTER DATABASE "{shop.name}" SET {setting}')
    copy, backup = company(server, empty=True), backing_up(shop.engine)
    restoring(copy.engine, backup, backup.names())
    restoring(copy.engine, backup, backup.names(), whole=False)
    assert backup.parts["2-data/t.sql"].splitlines()[2] == b"0.30000000000000004\t2026-02-01\t1 mon 2 days"
    with server.connected(copy.name, options="-c statement_timeout=0 -c extra_float_digits=3") as connection:
        assert connection.execute("SELECT f FROM public.t").fetchone() == (0.1 + 0.2,)


def test_sequences_are_never_behind_their_rows(company, server, backing_up, restoring, recorder):
    shop = company(server, _SHOP)
    with shop.engine.snapshot(SnapshotRequest(), recorder()) as snapshot:
        parts = {}
        for number, part in enumerate(snapshot.parts()):
            if number == 1:
                shop.run("INSERT INTO clientes(nome) VALUES ('no meio')")
            with part.open() as stream:
                parts[part.part.path] = stream.read()
    assert b"no meio" not in parts["2-data/clientes.sql"]
    assert b"clientes_id_seq\"', 21, true" in parts["4-sequences.sql"]


def test_missing_roles_are_reported(company, server, backing_up, restoring, recorder):
    server.run("postgres", "DROP ROLE IF EXISTS efemera; CREATE ROLE efemera")
    shop = company(server, _SHOP + "CREATE TABLE dela (a int); ALTER TABLE dela OWNER TO efemera;"
                   "GRANT SELECT ON clientes TO efemera; ALTER TABLE clientes ENABLE ROW LEVEL SECURITY;"
                   "CREATE POLICY dela ON clientes TO efemera USING (true)")  # fmt: skip
    backup = backing_up(shop.engine)
    assert "efemera" in backup.manifest.details["roles"]
    server.run("postgres", f'DROP DATABASE "{shop.name}"')
    server.run("postgres", "DROP ROLE efemera")
    reported = recorder()
    restoring(shop.engine, backup, backup.names(), reporter=reported)
    assert {"efemera" in str(each) for each in reported.warnings} == {True}
    assert shop.value("SELECT count(*) FROM pedidos") == 20
    assert shop.value("SELECT relrowsecurity FROM pg_class WHERE relname = 'clientes'")


def test_a_refused_policy_that_needs_a_kept_table_is_reported(company, server, backing_up, restoring, recorder):
    server.run("postgres", "DROP ROLE IF EXISTS breve; CREATE ROLE breve")
    shop = company(server, _SHOP + "CREATE POLICY dela ON clientes TO breve USING (EXISTS (SELECT FROM usuarios))")
    backup, reported = backing_up(shop.engine), recorder()
    shop.run("DROP POLICY dela ON clientes")
    server.run("postgres", "DROP ROLE breve")
    restoring(shop.engine, backup, ["clientes", "pedidos"], reporter=reported)
    assert ["breve" in str(each) for each in reported.warnings] == [True]


def test_missing_rights_are_reported_and_never_filter_rows(company, server, backing_up):
    shop = company(server, _SHOP)
    server.run("postgres", "DROP ROLE IF EXISTS leitora; CREATE ROLE leitora LOGIN")
    shop.run("GRANT SELECT ON clientes, pedidos TO leitora; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO leitora")
    reader = open_database(Database("EMPRESA", "postgresql", server.url(shop.name, "leitora")))
    with pytest.raises(MissingRights, match=r"leitora.*usuarios"):
        backing_up(reader)
    shop.run("GRANT SELECT ON usuarios TO leitora")
    assert backing_up(reader).names() == ("clientes", "pedidos", "usuarios")
    shop.run("ALTER TABLE clientes ENABLE ROW LEVEL SECURITY; CREATE POLICY so_um ON clientes USING (id = 1)")
    with pytest.raises(DatabaseError, match="clientes"):
        backing_up(reader)
    shop.run("DROP OWNED BY leitora")
    server.run("postgres", "DROP ROLE leitora")


def test_row_without_its_parent_is_named_and_everything_rolls_back(company, server, backing_up, restoring):
    shop = company(server, _SHOP)
    backup = backing_up(shop.engine)
    shop.run("DELETE FROM pedidos WHERE cliente = 7; DELETE FROM clientes WHERE id = 7; UPDATE usuarios SET login = 'mudou'")
    before, rows = shop.dump(), shop.hashes()
    with pytest.raises(ForeignKeysBroken, match=r"pedidos.*\(cliente\)=\(7\).*clientes"):
        restoring(shop.engine, backup, ["usuarios", "pedidos"], whole=False)
    assert (shop.dump(), shop.hashes(), shop.beside()) == (before, rows, [])
    restoring(shop.engine, backup, ["pedidos", "clientes"], whole=False)


def test_partial_restore_leaves_keys_and_triggers_as_they_are(company, server, backing_up, restoring):
    shop = company(
        server,
        _SHOP
        + """
        CREATE TABLE diario (texto text); CREATE FUNCTION anota() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN INSERT INTO public.diario VALUES (TG_OP); RETURN NULL; END $$;
        CREATE TRIGGER sempre AFTER INSERT OR DELETE OR TRUNCATE ON pedidos EXECUTE FUNCTION anota();
        ALTER TABLE pedidos ENABLE ALWAYS TRIGGER sempre;
        CREATE TRIGGER parado AFTER INSERT ON pedidos EXECUTE FUNCTION anota(); ALTER TABLE pedidos DISABLE TRIGGER parado;
        CREATE TABLE soltos (cliente int); INSERT INTO soltos VALUES (999);
        ALTER TABLE soltos ADD FOREIGN KEY (cliente) REFERENCES clientes ON DELETE CASCADE DEFERRABLE NOT VALID;
        COMMENT ON CONSTRAINT soltos_cliente_fkey ON soltos IS 'velha'; CREATE VIEW por_cliente AS
          SELECT c.id, c.nome, count(*) FROM clientes c JOIN pedidos p ON p.cliente = c.id GROUP BY c.id;
        """,
    )
    backup = backing_up(shop.engine)
    shop.run("SET session_replication_role = replica; UPDATE clientes SET nome = 'x'; INSERT INTO clientes VALUES (90, 'novo')")
    shop.run("SELECT setval('clientes_id_seq', 95)")
    before = shop.dump("--schema-only")
    restoring(shop.engine, backup, ["clientes", "pedidos"], whole=False)
    assert shop.dump("--schema-only") == before
    assert shop.ask("SELECT * FROM diario") == []
    assert shop.value("SELECT count(*) FROM clientes WHERE nome = 'x'") == 0
    assert shop.value("SELECT nextval('clientes_id_seq')") == 96


def test_dropped_table_comes_back_with_all_that_belongs_to_it(company, server, backing_up, restoring, recorder, leaving_out):
    shop = company(server, _SHOP + "COMMENT ON COLUMN pedidos.cliente IS 'quem'; GRANT SELECT ON pedidos TO PUBLIC")
    before, rows = shop.dump(), shop.hashes()
    for indexes in (True, False):
        backup = backing_up(shop.engine, leaving_out(indexes=indexes))
        shop.run("DROP TABLE pedidos")
        restoring(shop.engine, backup, ["pedidos"], whole=False)
        assert (shop.dump(), shop.hashes()) == (before, rows)
        shop.engine.undo(recorder())
        assert set(shop.hashes()) == {"clientes", "usuarios"}
        shop.engine.undo(recorder())
        assert (shop.dump(), shop.hashes()) == (before, rows)


def test_kept_tables_come_along_with_their_present_definitions(company, server, backing_up, restoring, recorder):
    shop = company(server, _SHOP + "CREATE TABLE vendas (dia date) PARTITION BY RANGE (dia);"
                   "CREATE TABLE vendas_1 PARTITION OF vendas FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
                   "CREATE INDEX ON vendas (dia)")  # fmt: skip
    backup = backing_up(shop.engine)
    shop.run(
        """ALTER TABLE usuarios ADD COLUMN email text UNIQUE; INSERT INTO usuarios(login, email) VALUES ('cris', 'c@x');
        CREATE TABLE vendas_2 PARTITION OF vendas FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
        INSERT INTO vendas VALUES ('2026-02-02'); CREATE TABLE novos (id serial PRIMARY KEY, cliente int REFERENCES clientes);
        INSERT INTO novos(cliente) VALUES (3); UPDATE clientes SET nome = 'x'"""
    )
    now = shop.hashes()
    outcome = restoring(shop.engine, backup, ["clientes", "pedidos", "vendas_1"])
    assert set(outcome.kept) == {"usuarios", "novos", "vendas_2"}
    assert {name: each for name, each in shop.hashes().items() if name != "clientes"} == {
        name: each for name, each in now.items() if name != "clientes"
    }
    assert shop.ask("SELECT * FROM vendas") == [(date(2026, 2, 2),)]
    assert shop.value("INSERT INTO novos(cliente) VALUES (4) RETURNING id") == 2
    assert shop.value("INSERT INTO usuarios(login) VALUES ('d') RETURNING id") == 4
    assert shop.value("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid::regclass::text ~ 'vendas'")


def test_kept_table_that_refers_to_missing_rows_is_refused(company, server, backing_up, restoring):
    shop = company(server, _SHOP)
    backup = backing_up(shop.engine)
    shop.run(
        "INSERT INTO clientes VALUES (50, 'depois');"
        "CREATE TABLE novos (cliente int REFERENCES clientes); INSERT INTO novos VALUES (50)"
    )
    rows = shop.hashes()
    with pytest.raises(ForeignKeysBroken, match=r"novos.*\(50\).*clientes"):
        restoring(shop.engine, backup, backup.names())
    shop.run("CREATE VIEW quem AS SELECT login FROM usuarios")
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_view_in_the_way_of_a_kept_table_is_named(company, server, backing_up, restoring):
    shop = company(server, _SHOP + "CREATE VIEW quem AS SELECT login FROM usuarios")
    backup = backing_up(shop.engine)
    shop.run("DROP VIEW quem; ALTER TABLE usuarios ADD COLUMN email text")
    rows = shop.hashes()
    with pytest.raises(RestoreRefused, match=r"usuarios.*quem"):
        restoring(shop.engine, backup, ["clientes", "pedidos"])
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_others_are_disconnected_on_request_and_can_not_connect_before_the_swap(company, server, backing_up, recorder):
    psycopg = pytest.importorskip("psycopg")
    shop = company(server, _SHOP)
    backup = backing_up(shop.engine)
    refused = threading.Event()

    class Connecting(recorder):
        def advance(self, size: int) -> None:
            if server.ask("postgres", f"SELECT datallowconn FROM pg_database WHERE datname = '{shop.name}'") == [(False,)]:
                with pytest.raises(psycopg.OperationalError):
                    psycopg.connect(shop.url)
                refused.set()

    with psycopg.connect(shop.url, application_name="planilha") as other:
        request = RestorationRequest(backup.manifest, ("clientes", "pedidos"), whole=True, disconnect=True)
        with shop.engine.restoration(request) as restoration:
            for part in restoration.wanted():
                with restoration.receive(part) as sink:
                    sink.write(backup.parts[part.path])
            restoration.prepare(recorder())
            restoration.commit(Connecting())
        assert refused.is_set()
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
        other.close()
    assert shop.value("SELECT count(*) FROM clientes") == 20


def test_killed_restore_is_rolled_back(company, server, backing_up):
    shop = company(server, _SHOP)
    new = f"{shop.name}__hctui_new"
    record = codec.encode(Record("new", shop.name, closed=True)).decode()
    server.run("postgres", f'CREATE DATABASE "{new}"')
    server.run(
        "postgres", f"""COMMENT ON DATABASE "{new}" IS '{record}'; ALTER DATABASE "{shop.name}" ALLOW_CONNECTIONS false"""
    )
    with pytest.raises(DatabaseError, match="closed"):
        shop.engine.tables()
    assert "rolled back" in str(shop.engine.recover())
    assert len(shop.engine.tables()) == 3
    assert shop.beside() == []
    assert shop.engine.recover() is None


def test_one_restore_at_a_time(company, server, backing_up, recorder):
    shop = company(server, _SHOP)
    backup = backing_up(shop.engine)
    request = RestorationRequest(backup.manifest, backup.names(), whole=True)
    with shop.engine.restoration(request) as restoration:
        with restoration.receive(restoration.wanted()[0]) as sink:
            sink.write(backup.parts["1-schema.sql"])
        again = open_database(shop.engine.database)
        assert again.recover() is None
        with pytest.raises(DatabaseInUse, match="another restore"), again.restoration(request):
            pass


def test_locked_table_does_not_stop_the_listing(company, newest):
    shop = company(newest, _SHOP)
    with newest.connected(shop.name) as other:
        other.execute("BEGIN; LOCK TABLE clientes IN ACCESS EXCLUSIVE MODE")
        listed = {table.name: table for table in shop.engine.tables()}
        other.execute("ROLLBACK")
    assert listed["clientes"].rows is None
    assert set(listed) == {"clientes", "pedidos", "usuarios"}


def test_rows_cut_short_are_refused(company, newest, backing_up, restoring):
    shop = company(newest, _SHOP)
    backup, rows = backing_up(shop.engine), shop.hashes()
    whole = backup.parts["2-data/clientes.sql"]
    for bad in (whole[:-3], whole[:-20] + b"\\.\n", whole.replace(b"c7\n", b"c7\tx\n"), b"", b"SET x\n"):
        tampered = type(backup)(backup.manifest, {**backup.parts, "2-data/clientes.sql": bad})
        for kind in (True, False):
            with pytest.raises(DatabaseDamaged, match="clientes"):
                restoring(shop.engine, tampered, ["clientes", "pedidos"], whole=kind)
    assert (shop.hashes(), shop.beside()) == (rows, [])


def test_left_out_tables_are_refused_alone(company, newest, backing_up, restoring, leaving_out):
    shop = company(newest, _SHOP)
    backup = backing_up(shop.engine)
    less = replace(backup.manifest, parts=tuple(part for part in backup.manifest.parts if part.table != "clientes"))
    with pytest.raises(DatabaseError, match="clientes"):
        restoring(shop.engine, type(backup)(less, backup.parts), ["clientes"], whole=False)


def test_service_names_are_understood(company, newest, monkeypatch, tmp_path):
    shop = company(newest, _SHOP)
    services = tmp_path / "services"
    services.write_text(f"[loja]\nhost={newest.folder / 'data'}\nuser=postgres\ndbname={shop.name}\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    engine = open_database(Database("EMPRESA", "postgresql", "postgresql://?service=loja"))
    assert engine.exists()
    assert len(engine.tables()) == 3
