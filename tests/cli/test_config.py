"""`hctui config`."""

from __future__ import annotations

import json
from pathlib import Path

from hctui.config import Configuration
from hctui.demo.server import DemoServer
from hctui.model import Encryption, Role


def _append(server: DemoServer, text: str) -> None:
    with server.configuration_path.open("a") as file:
        file.write(text)


def test_path_is_printed_whether_the_file_is_there_or_not(hctui, server: DemoServer, tmp_path: Path) -> None:
    assert hctui("config", "path").out == f"{server.configuration_path}\n"
    shown = json.loads(hctui("config", "path", "--json", "--config", tmp_path / "new.toml").out)
    assert shown == {"path": str(tmp_path / "new.toml"), "exists": False}


def test_show_has_every_setting_under_its_key_without_passwords(hctui, server: DemoServer) -> None:
    _append(
        server, "[databases.NUVEM]\nengine='postgresql'\nlocation='postgresql://ana:segredo@host/x'\nroles={'x.*'='audit'}\n"
    )
    ran = hctui("config", "show")
    rows = dict(line.split(maxsplit=1) for line in ran.out.splitlines() if len(line.split()) > 1)
    assert ran.code == 0 and rows["current"] == "PAO_DE_OURO" and rows["backup.level"] == "medium"
    assert rows["backup.encryption"] == "none" and rows["backup.audit"] == "true" and rows["nice"] == "0"
    assert rows["databases.NUVEM.roles.x.*"] == "audit" and "segredo" not in ran.out
    objects = {each["key"]: each["value"] for each in map(json.loads, hctui("config", "show", "--json").out.splitlines())}
    assert objects["destination"] == str(server.backups) and objects["language"] is None
    assert objects["databases.NUVEM.location"] == "postgresql://ana:***@host/x"


def test_check_names_everything_that_is_wrong(hctui, server: DemoServer, tmp_path: Path) -> None:
    ran = hctui("config", "check")
    assert ran.code == 0 and "is in order" in ran.out and hctui("config", "check", "--json").out == ""
    _append(server, "[databases.A]\nlocation = 'x'\n[databases.B]\nengine = 'sqlite'\nlocation = 'x'\nroles = {x = 'boss'}\n")
    refused = hctui("config", "check")
    assert refused.code == 3 and len(refused.out.splitlines()) == 2
    assert hctui("config", "show").code == 3
    _append(server, "[backup]\nlevel = 'best'\n")
    objects = [json.loads(line) for line in hctui("config", "check", "--json").out.splitlines()]
    assert {each["key"]: each["stops"] for each in objects} == {
        "backup.level": True, "databases.A.engine": False, "databases.B.roles.x": False,
    }  # fmt: skip
    assert hctui("config", "check").code == 2 and hctui("config", "show").code == 2
    assert hctui("config", "check", "--config", tmp_path / "new.toml").code == 10


def test_set_writes_text_numbers_lists_and_paths_and_removes(hctui, server: DemoServer, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for key, value in (
        ("language", "pt_BR"), ("nice", "7"), ("backup.encryption", "aes256"), ("backup.images", "false"),
        ("destination", "copias"), ("databases.pao_de_ouro.before", "true"), ("databases.PAO_DE_OURO.roles.t.*", "audit"),
        ("formats.ours.data", '[".tab"]'), ("current", "ceramica_do_sul"),
    ):  # fmt: skip
        ran = hctui("config", "set", key, value)
        assert ran.code == 0 and key in ran.out, ran.err
    configuration = Configuration.load(server.configuration_path)
    database = configuration.database("PAO_DE_OURO")
    assert (configuration.language, configuration.nice, configuration.current) == ("pt_BR", 7, "CERAMICA_DO_SUL")
    assert (configuration.backup.encryption, configuration.backup.images) == (Encryption.AES256, False)
    assert configuration.destination == tmp_path / "copias" and database.before == "true"
    assert [(each.pattern, each.role) for each in database.roles] == [("t.*", Role.AUDIT)]
    assert configuration.formats[0].data == (".tab",)
    removed = hctui("config", "set", "nice", "")
    assert "no longer" in removed.out and Configuration.load(server.configuration_path).nice == 0
    assert json.loads(hctui("config", "set", "nice", "3", "--json").out) == {"key": "nice", "value": 3}


def test_set_refuses_what_the_key_can_not_have_and_leaves_the_file(hctui, server: DemoServer) -> None:
    before = server.configuration_path.read_text()
    for key, value, code, reason in (
        ("theme", "pink", 2, "“theme” must be one of: dark, light."),
        ("nice", "30", 2, "“nice” must be a whole number from 0 to 19."),
        ("tema", "dark", 2, "“tema” is not known"),
        ("databases", "", 2, "“databases” is a table."),
        ("databases.PAO_DE_OURO", "", 2, "is a table."),
        ("databases.PAO_DE_OURO.engine", "", 2, "“databases.PAO_DE_OURO.engine” must be there"),
        ("databases.NADA.engine", "sqlite", 10, "no database “NADA”"),
        ("destination", "sftp://host/x", 2, "no kind of destination"),
        ("databases.PAO_DE_OURO.location", "postgresql://ana:segredo@host/x", 2, "password"),
        ("current.x", "1", 2, "“current” must be a table"),
        ("version", "9", 2, "newer hctui"),
    ):
        ran = hctui("config", "set", key, value)
        assert ran.code == code and reason in ran.sentence
    assert server.configuration_path.read_text() == before


def test_set_repairs_one_key_after_the_other(hctui, server: DemoServer) -> None:
    server.configuration_path.write_text("theme = 'pink'\nnice = 99\n[databases.A]\nengine='sqlite'\nlocation='x'\npath='y'\n")
    assert hctui("config", "set", "theme", "red").code == 2
    assert hctui("config", "set", "theme", "dark").code == 0
    assert hctui("databases", "list").code == 2
    assert hctui("config", "set", "nice", "").code == 0
    assert hctui("config", "check").code == 3
    assert hctui("config", "set", "databases.a.path", "").code == 0
    assert hctui("config", "check").code == 0
    assert Configuration.load(server.configuration_path).theme == "dark"
