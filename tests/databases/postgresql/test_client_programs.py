"""The client programs: which version is found, and that passwords and hostile scripts do not reach them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from hctui.databases.postgresql import open_database
from hctui.databases.postgresql.client_programs import find_program
from hctui.errors import (
    DatabaseDamaged,
    DatabaseError,
    ProgramMissing,
)
from hctui.model import Database

_SHOP = Path(__file__).with_name("shop.sql").read_text(encoding="ascii")


def test_pg_dump_too_old_or_missing_is_reported(company, newest, backing_up, monkeypatch, tmp_path):
    shop = company(newest, _SHOP)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o700)
    monkeypatch.setattr("hctui.databases.postgresql.client_programs.PROGRAM_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramMissing, match=r"version 18 or newer, .*only 9\.6 is installed"):
        backing_up(shop.engine)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ProgramMissing, match="none is installed"):
        backing_up(shop.engine)


def test_versions_are_in_the_manifest(company, server, backing_up):
    manifest = backing_up(company(server, _SHOP).engine).manifest
    major = manifest.engine_version.partition(".")[0]
    assert major == str(server.ask("postgres", "SHOW server_version")[0][0]).partition(".")[0]
    assert manifest.details["pg_dump"].startswith(major + ".")
    assert find_program("X", int(major))[1] == manifest.details["pg_dump"]


def test_newer_backup_loads_on_an_older_server(company, newest, older, backing_up, restoring):
    backup = backing_up(company(newest, _SHOP).engine)
    assert b"transaction_timeout" in backup.parts["1-schema.sql"]
    copy = company(older, empty=True)
    restoring(copy.engine, backup, backup.names())
    assert copy.value("SELECT count(*) FROM pedidos") == 20


def test_commands_for_psql_in_a_hostile_script_are_not_run(company, newest, backing_up, restoring, tmp_path):
    shop = company(newest, _SHOP)
    backup, before = backing_up(shop.engine), shop.dump()
    hostile = f"\\! touch {tmp_path}/executed\n\\copy clientes to program 'touch {tmp_path}/executed'\n".encode()
    for path in ("1-schema.sql", "5-schema.sql", "4-sequences.sql"):
        tampered = dict(backup.parts)
        tampered[path] = hostile + tampered[path]
        with pytest.raises(DatabaseError):
            restoring(shop.engine, type(backup)(backup.manifest, tampered), backup.names())
    rows = backup.parts["2-data/clientes.sql"].replace(b"COPY ", b"DROP TABLE pedidos CASCADE; COPY ", 1)
    for whole in (True, False):
        with pytest.raises(DatabaseDamaged, match="clientes"):
            restoring(
                shop.engine,
                type(backup)(backup.manifest, {**backup.parts, "2-data/clientes.sql": rows}),
                ["clientes"],
                whole=whole,
            )
    assert not (tmp_path / "executed").exists()
    assert (shop.dump(), shop.beside()) == (before, [])


def test_password_is_in_no_command_line(company, newest, backing_up, monkeypatch, tmp_path):
    shop = company(newest, _SHOP)
    real = newest.programs / "pg_dump"
    spy = tmp_path / "pg_dump"
    spy.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && exec {real} "$@"\n'
        f'echo "$@" "$(env)" >> {tmp_path}/seen\ncat "$PGPASSFILE" >> {tmp_path}/passwords\nexec {real} "$@"\n'
    )
    spy.chmod(0o700)
    monkeypatch.setattr("hctui.databases.postgresql.client_programs._candidates", lambda program, path: [str(spy)])
    monkeypatch.setenv("PGPASSWORD", "outra")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    url = shop.url.replace("postgres@", "postgres:se%3Agr%5Cedo@")
    backing_up(open_database(Database("EMPRESA", "postgresql", url)))
    seen = (tmp_path / "seen").read_text()
    assert "gr\\edo" not in seen and "outra" not in seen and f"PGPASSFILE={tmp_path}" in seen
    assert (tmp_path / "passwords").read_text() == "*:*:*:*:se\\:gr\\\\edo\n" * 2
    left = [path for path in os.listdir(tmp_path) if path.endswith(".pgpass")]
    assert left == []
