"""`hctui databases`."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.model import Role, RolePattern


def test_list_shows_engine_location_current_and_last_backup(hctui, server: DemoServer) -> None:
    hctui("backup", "--database", "MOVEIS_DA_SERRA")
    lines = hctui("databases", "list").out.splitlines()
    assert lines[0].split() == ["current", "database", "engine", "location", "last", "backup"]
    assert lines[1].split() == ["*", "PAO_DE_OURO", "sqlite", str(server.companies / "pao_de_ouro/pao_de_ouro.db"), "never"]
    assert lines[2].endswith("just now")
    objects = [json.loads(line) for line in hctui("databases", "list", "--json").out.splitlines()]
    assert [each["alias"] for each in objects] == ["PAO_DE_OURO", "MOVEIS_DA_SERRA", "CERAMICA_DO_SUL"]
    assert [each["current"] for each in objects] == [True, False, False]
    assert objects[1]["last_backup_file"].startswith(str(server.backups / "MOVEIS_DA_SERRA_"))
    assert objects[0]["last_backup"] is None


def test_tables_shows_role_rows_and_size_with_the_numbers_of_the_language(hctui, server: DemoServer) -> None:
    path = server.companies / "pao_de_ouro/pao_de_ouro.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE milhares(n)")
        connection.executemany("INSERT INTO milhares VALUES (?)", ((n,) for n in range(12_480)))
    english = {line.split()[0]: line.split() for line in hctui("databases", "tables").out.splitlines()}
    assert english["milhares"][1:3] == ["data", "12,480"]
    assert english["auditoria"][1] == "audit" and english["produtos_imagem"][1] == "images"
    portuguese = {line.split()[0]: line.split() for line in hctui("--lang", "pt", "databases", "tables").out.splitlines()}
    assert portuguese["milhares"][1:3] == ["dados", "12.480"]
    objects = [json.loads(line) for line in hctui("databases", "tables", "ceramica_do_sul", "--json").out.splitlines()]
    assert {each["name"]: each["rows"] for each in objects}["usuarios"] == 9


def test_add_recognises_the_engine(hctui, server: DemoServer, tmp_path: Path) -> None:
    database, folder = server.companies / "pao_de_ouro/pao_de_ouro.db", server.companies / "ceramica_do_sul"
    assert "sqlite" in hctui("databases", "add", "COPIA", database).out
    added = hctui(
        "databases", "add", "PASTA", folder, "--after", "y", "--role", "cli*=users", "--role", "x=images", "--format", "dbase"
    )
    assert added.code == 0 and "folder" in added.out
    registered = Configuration.load(server.configuration_path).database("PASTA")
    assert registered.roles == (RolePattern("cli*", Role.USERS), RolePattern("x", Role.IMAGES))
    assert (registered.format, registered.location, registered.after) == ("dbase", str(folder), "y")


def test_an_unrecognised_location_is_added_only_with_an_engine(hctui, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    refused = hctui("databases", "add", "TEXTO", tmp_path / "text")
    assert refused.code == 2 and "--engine" in refused.sentence
    assert hctui("databases", "add", "NOVA", tmp_path / "later.db", "--engine", "sqlite").code == 0
    assert hctui("databases", "add", "nova", tmp_path / "later.db", "--engine", "sqlite").code == 2
    assert hctui("databases", "add", "X", tmp_path / "y", "--engine", "sqlite", "--role", "a=b").code == 2


def test_use_and_remove_change_the_configuration_and_no_file(hctui, server: DemoServer) -> None:
    assert hctui("databases", "use", "moveis_da_serra").code == 0
    assert Configuration.load(server.configuration_path).current == "MOVEIS_DA_SERRA"
    removed = hctui("databases", "remove", "MOVEIS_DA_SERRA")
    location = server.companies / "moveis_da_serra/moveis.db"
    assert removed.code == 0 and str(location) in removed.out and location.is_file()
    unknown = hctui("databases", "use", "MOVEIS_DA_SERRA")
    assert unknown.code == 10 and "PAO_DE_OURO" in unknown.sentence


def test_a_broken_configuration_is_one_sentence(hctui, server: DemoServer) -> None:
    server.configuration_path.write_text("current = [")
    ran = hctui("databases", "list")
    assert ran.code == 2 and str(server.configuration_path) in ran.sentence


def test_with_an_empty_configuration_the_next_step_is_shown(hctui, tmp_path: Path) -> None:
    (tmp_path / "new.toml").touch()
    ran = hctui("databases", "list", "--config", tmp_path / "new.toml")
    assert ran.code == 0 and "hctui databases add" in ran.out
    assert hctui("backup", "--config", tmp_path / "new.toml").code == 2


def test_a_named_configuration_that_is_missing_is_an_error_unless_the_command_makes_it(hctui, tmp_path: Path) -> None:
    new = tmp_path / "new.toml"
    for command in (("databases", "list"), ("backup",), ("databases", "use", "A"), ("show", "x.bkb")):
        refused = hctui(*command, "--config", new)
        assert refused.code == 10 and f"no configuration {new}" in refused.sentence
    assert not new.exists()
    assert hctui("databases", "add", "A", tmp_path / "a.db", "--engine", "sqlite", "--config", new).code == 0
    assert hctui("databases", "list", "--config", new).code == 0


def _add_unknown_key(server: DemoServer, alias: str) -> None:
    path = server.configuration_path
    path.write_text(path.read_text().replace(f"[databases.{alias}]\n", f"[databases.{alias}]\npath = 1\n"))


def test_a_database_with_a_wrong_key_is_refused_and_the_others_are_backed_up(hctui, server: DemoServer) -> None:
    _add_unknown_key(server, "MOVEIS_DA_SERRA")
    listed = hctui("databases", "list")
    assert (
        listed.code == 0 and "MOVEIS_DA_SERRA" in listed.out and "“databases.MOVEIS_DA_SERRA.path” is not known" in listed.out
    )
    objects = [json.loads(line) for line in hctui("databases", "list", "--json").out.splitlines()]
    assert [each["alias"] for each in objects if each["refused"]] == ["MOVEIS_DA_SERRA"]
    ran = hctui("backup", "--all", "--name", "all")
    assert ran.code == 3 and "“MOVEIS_DA_SERRA” can't be used: “databases.MOVEIS_DA_SERRA.path” is not known" in ran.err
    with zipfile.ZipFile(server.backups / "all.bkb") as archive:
        folders = {name.partition("/")[0] for name in archive.namelist() if "/" in name}
    assert folders == {"PAO_DE_OURO", "CERAMICA_DO_SUL"}
    for command in (("backup", "--database"), ("databases", "tables"), ("databases", "use")):
        refused = hctui(*command, "MOVEIS_DA_SERRA")
        assert refused.code == 2 and str(server.configuration_path) in refused.err
    removed = hctui("databases", "remove", "MOVEIS_DA_SERRA")
    assert removed.code == 0 and "files were not touched" in removed.out
    assert hctui("databases", "list").out.count("\n") == 3


def test_a_wrong_key_of_the_backup_stops_every_job(hctui, server: DemoServer) -> None:
    with server.configuration_path.open("a") as file:
        file.write("[backup]\nlevel = 'best'\n")
    ran = hctui("backup", "--all")
    assert ran.code == 2 and "“backup.level” must be one of: max, medium, min, none." in ran.sentence


def test_edit_changes_what_is_named_and_nothing_else(hctui, server: DemoServer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    hctui("databases", "edit", "ceramica_do_sul", "--role", "a*=audit", "--role", "b=images", "--format", "dbase")
    ran = hctui(
        "databases", "edit", "CERAMICA_DO_SUL", "--name", "CERAMICA", "--before", "x", "--role", "a*=users", "--role", "b="
    )
    assert ran.code == 0 and "Changed CERAMICA: folder" in ran.out
    database = Configuration.load(server.configuration_path).database("CERAMICA")
    assert (database.engine, database.location) == ("folder", str(server.companies / "ceramica_do_sul"))
    assert (database.format, database.before, database.roles) == ("dbase", "x", (RolePattern("a*", Role.USERS),))
    with closing(sqlite3.connect("new.db")) as connection, connection:
        connection.execute("CREATE TABLE t (a)")
    edited = json.loads(hctui("databases", "edit", "PAO_DE_OURO", "--location", "new.db", "--json").out)
    assert (edited["engine"], edited["location"]) == ("sqlite", str(tmp_path / "new.db"))
    assert hctui("databases", "edit", "CERAMICA", "--before", "").code == 0
    assert Configuration.load(server.configuration_path).database("CERAMICA").before == ""


def test_edit_refuses_what_can_not_be(hctui, server: DemoServer) -> None:
    before = server.configuration_path.read_text()
    assert hctui("databases", "edit", "NADA", "--name", "X").code == 10
    for options in ((), ("--name", "MOVEIS_DA_SERRA"), ("--name", "a b"), ("--role", "x=boss")):
        assert hctui("databases", "edit", "PAO_DE_OURO", *options).code == 2
    assert hctui("databases", "edit", "PAO_DE_OURO", "--location", "postgresql://a:b@host/x").code == 2
    assert server.configuration_path.read_text() == before
