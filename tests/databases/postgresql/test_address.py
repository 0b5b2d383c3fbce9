"""Locations of databases and ways of giving a password: URLs, sockets, services, password files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hctui.cli.entry import run
from hctui.config import Configuration
from hctui.databases import discover, keep_password
from hctui.databases.postgresql import open_database
from hctui.databases.postgresql.address import Address, location_of
from hctui.engine_kinds import masked
from hctui.errors import DatabaseError, ServerPasswordNeeded, UsageError
from hctui.model import Database

PASSWORD = "se:gr\\edo @/?#çã"


@pytest.fixture(scope="module")
def newest() -> Any:
    """Provide a server without databases of other tests."""
    return sys.modules["hctui_case_postgresql"].Server(18)


@pytest.fixture
def shop(company, newest) -> Any:
    """Provide a database."""
    return company(newest, "CREATE TABLE clientes (id int); INSERT INTO clientes VALUES (1)")


@pytest.fixture
def guarded(newest) -> Any:
    """Provide the server with a role that needs a password."""
    rules = newest.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    loaded = "SELECT EXISTS (SELECT FROM pg_hba_file_rules WHERE 'guarda' = ANY (user_name)) = {}"
    newest.run("postgres", "DROP ROLE IF EXISTS guarda")
    newest.run("postgres", f"CREATE ROLE guarda LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    rules.write_text(f"local all guarda scram-sha-256\n{before}")
    newest.run("postgres", "SELECT pg_reload_conf()")
    newest.until(loaded.format("true"))
    yield newest
    rules.write_text(before)
    newest.run("postgres", "SELECT pg_reload_conf()")
    newest.run("postgres", "DROP ROLE guarda")


@pytest.fixture(autouse=True)
def no_password_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide the password file of the user who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    return tmp_path


def engine_at(location: str) -> Any:
    """Open a database by its location."""
    return open_database(Database("EMPRESA", "postgresql", location))


def line(server: Any, database: str = "*") -> str:
    """Return a line of a password file."""
    written = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    return f"{server.folder / 'data'}:5432:{database}:guarda:{written}\n"


def test_sockets_in_every_notation(shop, newest, backing_up):
    folder = str(newest.folder / "data")
    quoted = folder.replace("/", "%2F")
    for location in (
        f"postgresql://postgres@{quoted}/{shop.name}",
        f"postgres://postgres@/{shop.name}?host={folder}",
        f"postgresql:///{shop.name}?host={quoted}&user=postgres",
    ):
        assert [table.name for table in engine_at(location).tables()] == ["clientes"]
        assert backing_up(engine_at(location)).parts["2-data/clientes.sql"].endswith(b"1\n\\.\n")
        assert Address("X", location).identity == (folder, "5432", shop.name)


def test_a_service_names_the_database_or_leaves_it_to_the_location(shop, newest, monkeypatch, tmp_path, backing_up):
    services = tmp_path / "services"
    services.write_text(f"[loja]\nhost={newest.folder / 'data'}\nuser=postgres\ndbname={shop.name}\n[nada]\nport=1\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    for location in ("postgresql:///?service=loja", f"postgresql:///{shop.name}?service=loja", "postgresql://?service=loja"):
        assert backing_up(engine_at(location)).names() == ("clientes",)
        assert Address("X", location).identity == Address("X", shop.url).identity
    found = {each.name: each for each in discover("postgresql:///?service=loja", [Database("L", "postgresql", shop.url)])}
    assert found[shop.name].location == f"postgresql:///{shop.name}?service=loja"
    assert found[shop.name].alias == "L"
    with pytest.raises(DatabaseError, match="outra"):
        engine_at("postgresql:///?service=outra").exists()


def test_backup_and_restore_with_the_password_file(shop, guarded, tmp_path, backing_up, restoring, monkeypatch):
    url = guarded.url(shop.name, "guarda")
    with pytest.raises(ServerPasswordNeeded, match=r"“guarda”: none is kept.*pgpass.*chmod 600"):
        engine_at(url).tables()
    kept = tmp_path / "pgpass"
    kept.write_text("# nossas\n" + line(guarded))
    kept.chmod(0o644)
    with pytest.raises(ServerPasswordNeeded, match="others can read"):
        engine_at(url).tables()
    kept.chmod(0o600)
    backup = backing_up(engine_at(url))
    shop.run("DELETE FROM clientes")
    restoring(engine_at(url), backup, backup.names())
    assert shop.value("SELECT count(*) FROM clientes") == 1
    monkeypatch.delenv("PGPASSFILE")
    kept.rename(tmp_path / ".pgpass")
    assert backing_up(engine_at(url)).names() == ("clientes",)
    (tmp_path / ".pgpass").rename(tmp_path / "elsewhere")
    assert backing_up(engine_at(f"{url}&passfile={tmp_path / 'elsewhere'}")).names() == ("clientes",)


def test_a_wrong_password_is_reported_and_never_shown(shop, guarded, tmp_path):
    (tmp_path / "pgpass").write_text(line(guarded).replace("gr", "xx"))
    (tmp_path / "pgpass").chmod(0o600)
    with pytest.raises(ServerPasswordNeeded, match="authentication failed") as failure:
        engine_at(guarded.url(shop.name, "guarda")).exists()
    assert "edo" not in str(failure.value) and "xx" not in str(failure.value)


def test_a_typed_password_is_stored_only_on_request(shop, guarded, tmp_path):
    server = guarded.url("", "guarda")
    with pytest.raises(ServerPasswordNeeded):
        discover(server)
    found = {each.name: each for each in discover(server, (), PASSWORD)}
    assert (found[shop.name].refusal, found[shop.name].tables) == (None, 1)
    assert not (tmp_path / "pgpass").exists()
    other = "else:5432:*:ana:x\n"
    (tmp_path / "pgpass").write_text(f"# nossas\n{line(guarded).replace('gr', 'velha')}{other}")
    with pytest.raises(ServerPasswordNeeded):
        keep_password(server, "errada")
    assert keep_password(server, PASSWORD) == tmp_path / "pgpass"
    assert (tmp_path / "pgpass").stat().st_mode & 0o777 == 0o600
    text = (tmp_path / "pgpass").read_text()
    assert text == f"{line(guarded)}{line(guarded).replace(str(guarded.folder / 'data'), 'localhost')}# nossas\n{other}"
    assert engine_at(found[shop.name].location).exists()


def hctui(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line with a configuration of its own."""
    command = [sys.executable, "-m", "hctui", "--config", str(folder / "config.toml"), "--lang", "en", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, input=typed, env={**os.environ, "HCTUI_STATE": str(folder / "state")}
    )


def test_a_server_is_registered_with_a_password_from_a_file(shop, guarded, tmp_path):
    arguments = ("databases", "discover", guarded.url("", "guarda"))
    asked = hctui(tmp_path, *arguments)
    assert asked.returncode == 12 and "wants the password of “guarda”" in asked.stderr
    done = hctui(tmp_path, *arguments, "--password-file", "-", typed=f"{PASSWORD}\n")
    assert "was not kept" in done.stderr and not (tmp_path / "pgpass").exists()
    assert Configuration.load(tmp_path / "config.toml").database(shop.name).location == guarded.url(shop.name, "guarda")
    tables = hctui(tmp_path, "databases", "tables", shop.name)
    assert tables.returncode == 12 and "wants the password" in tables.stderr
    again = hctui(tmp_path, *arguments, "--password-file", "-", "--keep-password", typed=f"{PASSWORD}\n")
    assert f"is registered already as {shop.name}" in again.stdout and "is kept in" in again.stdout
    assert "clientes" in hctui(tmp_path, "databases", "tables", shop.name).stdout
    made = hctui(tmp_path, "backup", "--database", shop.name, "--to", str(tmp_path))
    assert made.returncode == 0, made.stderr
    for path in (tmp_path / "state").rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()
    assert PASSWORD not in (tmp_path / "config.toml").read_text()


def test_a_person_at_the_terminal_is_asked_until_it_is_right(shop, guarded, tmp_path, monkeypatch, capfd):
    typed = iter(["errada", PASSWORD])
    monkeypatch.setattr("hctui.cli.commands.discover.at_terminal", lambda: True)
    monkeypatch.setattr("hctui.cli.commands.discover.ask_password", lambda prompt: next(typed))
    monkeypatch.setenv("HCTUI_CONFIG", str(tmp_path / "config.toml"))
    code = run(["--lang", "en", "databases", "discover", guarded.url("", "guarda"), "--keep-password"])
    output = capfd.readouterr()
    assert code in (0, 3) and next(typed, None) is None
    assert "wants the password of “guarda”" in output.err and "authentication failed" in output.err
    assert f"Registered {shop.name} as {shop.name}." in output.out and "is kept in" in output.out
    assert engine_at(guarded.url(shop.name, "guarda")).exists()
    assert "edo" not in output.out + output.err


def test_a_password_in_a_location_is_left_out_of_what_is_registered(shop, guarded, tmp_path):
    url = "postgresql://guarda:se%3Agr%5Cedo%20%40%2F%3F%23%C3%A7%C3%A3@/?host=" + str(guarded.folder / "data")
    found = {each.name: each for each in discover(url)}
    assert found[shop.name].location == guarded.url(shop.name, "guarda")
    assert location_of("postgresql://h/?user=a&password=b%20c&port=1", "x y") == "postgresql://h/x%20y?user=a&port=1"
    assert location_of("postgresql://ana:a?b#c@/velho?host=/x", "n") == "postgresql://ana@/n?host=/x"
    assert location_of("postgresql://?service=s", "n") == "postgresql:///n?service=s"
    with pytest.raises(UsageError, match="pgpass"):
        Configuration.load(tmp_path / "config.toml").add(Database("X", "postgresql", url))


@pytest.mark.parametrize(
    "location",
    [
        "postgresql://ana:segredo@host/loja",
        "postgresql://ana:se/gredo@host/loja",
        "postgresql://ana:se?gredo@host/loja",
        "postgresql://ana:se#gredo@host/loja",
        "postgresql://ana:se@gredo@host/loja",
        "postgresql://ana:%zzsegredo@host/loja",
        "postgresql://host/loja?user=ana&password=segredo",
        "postgresql://host/loja?sslpassword=segredo",
        "postgresql://host/loja?oauth_client_secret=segredo",
    ],
)
def test_no_password_of_an_invalid_location_is_shown(location):
    assert "gredo" not in masked(location)
    with pytest.raises(DatabaseError) as failure:
        engine_at(f"{location}&nada=1" if "?" in location.rpartition("@")[2] else f"{location}?nada=1")
    assert "gredo" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_a_location_without_password_is_shown_as_it_is():
    for location in ("postgresql://ana@host:5432/loja", "postgresql://h:1,g:2/a@b", "/home/a:b@c", "sqlite://x"):
        assert masked(location) == location


def test_secrets_that_only_a_command_line_can_pass_are_refused():
    with pytest.raises(DatabaseError, match=r"sslpassword in a location.*service="):
        engine_at("postgresql://host/loja?sslpassword=segredo")
