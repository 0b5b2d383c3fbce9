"""Backups that are made, shown, verified and restored from the command line, without a terminal."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hctui.codec import decode_event
from hctui.config import Configuration
from hctui.demo import damage, fingerprint
from hctui.demo.server import DemoServer
from hctui.demo.workload import background_writes
from hctui.events import SCHEMA, Advised, BackupDone, JobStarted, RestoreDone, Started, TableDone, VerifyDone, Warned


@pytest.fixture
def bakery(server: DemoServer) -> Path:
    return server.companies / "pao_de_ouro/pao_de_ouro.db"


@pytest.fixture
def backup(hctui, server: DemoServer) -> Path:
    assert hctui("backup", "--name", "inicial").code == 0
    return server.backups / "inicial.bkb"


def events_of(text: str) -> list[object]:
    return [decode_event(line) for line in text.splitlines()]


def test_backup_writes_a_line_for_every_table_and_no_control_characters(hctui, server: DemoServer) -> None:
    ran = hctui("backup", "--all", "--name", "tudo", "--level", "min")
    assert ran.code == 0
    assert "\x1b" not in ran.out and "\r" not in ran.out
    lines = ran.out.splitlines()
    for alias, table in (("PAO_DE_OURO", "produtos"), ("MOVEIS_DA_SERRA", "clientes"), ("CERAMICA_DO_SUL", "pedidos")):
        assert any(line.startswith(f"{alias}: {table}, ") and line.endswith("started.") for line in lines)
        assert any(line.startswith(f"{alias}: {table}, ") and line.endswith("rows: done.") for line in lines)
    assert f"The backup is ready: {server.backups / 'tudo.bkb'}" in lines
    assert "same disk" in ran.sentence
    assert (server.backups / "tudo.bkb").stat().st_mode & 0o777 == 0o600


def test_json_has_events_and_nothing_else(hctui, server: DemoServer) -> None:
    ran = hctui("backup", "--json", "--name", "j")
    events = events_of(ran.out)
    assert ran.code == 0 and ran.err == ""
    assert isinstance(events[0], JobStarted) and events[0].schema == SCHEMA
    assert isinstance(events[-1], BackupDone) and events[-1].file == server.backups / "j.bkb"
    (advice,) = (event.message for event in events if isinstance(event, Advised))
    assert "same disk" in str(advice) and events[-1].advice == (advice,)
    assert not any(isinstance(event, Warned) for event in events) and events[-1].warnings == ()
    assert {event.table for event in events if isinstance(event, TableDone)} >= {"produtos", "auditoria"}
    verified = events_of(hctui("verify", server.backups / "j.bkb", "--json").out)
    assert isinstance(verified[-1], VerifyDone)


def test_left_out_tables_are_not_in_the_backup(hctui, server: DemoServer) -> None:
    hctui("backup", "--no-audit", "--no-images", "--no-indexes", "--name", "pouco")
    lines = hctui("show", server.backups / "pouco.bkb").out.splitlines()
    left_out = {line.split()[0] for line in lines if line.endswith("left out")}
    assert left_out == {"auditoria", "produtos_imagem"}
    assert "Without indexes: they are rebuilt when it is restored." in lines


def test_the_configuration_gives_the_defaults(hctui, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.configuration_path.open("a") as configuration:
        configuration.write('\n[backup]\nencryption = "aes192"\naudit = false\n')
    monkeypatch.setenv("HCTUI_PASSWORD", "segredo")
    hctui("backup", "--name", "padrao")
    assert "Encryption: AES-192" in hctui("show", server.backups / "padrao.bkb").out
    hctui("backup", "--name", "aberto", "--encrypt", "none", "--audit")
    shown = hctui("show", server.backups / "aberto.bkb").out
    assert "Encryption: none" in shown and "left out" not in shown


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"\n", "it is empty"),
        (b"um\ndois\n", "more than one line"),
        ("ação".encode("latin-1"), "not written in UTF-8"),
    ],
)
def test_an_unusable_password_file_is_an_error_before_the_job(hctui, tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "senha").write_bytes(content)
    ran = hctui("backup", "--encrypt", "aes256", "--password-file", tmp_path / "senha", "--name", "x")
    assert ran.code == 2 and reason in ran.sentence


@pytest.mark.parametrize("content", ["ação de graças\n", "ação de graças\r\n", "\ufeffação de graças"])
def test_password_files_of_windows_and_unix_hold_the_same_password(
    hctui, server: DemoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "senha").write_bytes(content.encode())
    assert hctui("backup", "--encrypt", "aes128", "--password-file", tmp_path / "senha", "--name", "x").code == 0
    monkeypatch.setenv("HCTUI_PASSWORD", "ação de graças")
    assert hctui("verify", server.backups / "x.bkb").code == 0
    assert "HCTUI_PASSWORD" not in os.environ


def test_without_a_password_nothing_starts(hctui, server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = hctui("backup", "--encrypt", "aes256", "--name", "x")
    assert ran.code == 2 and "--password-file" in ran.sentence
    monkeypatch.setenv("HCTUI_PASSWORD", "certa")
    hctui("backup", "--encrypt", "zipcrypto", "--name", "x")
    needed = hctui("restore", server.backups / "x.bkb", "--yes")
    assert needed.code == 12 and "a password is needed" in needed.sentence
    before = hctui("jobs", "list", "--json").out
    monkeypatch.setenv("HCTUI_PASSWORD", "errada")
    wrong = hctui("restore", server.backups / "x.bkb", "--yes")
    assert wrong.code == 12 and "does not open" in wrong.sentence
    assert hctui("jobs", "list", "--json").out == before
    shown = hctui("show", server.backups / "x.bkb")
    assert shown.code == 0 and "Without the password only names" in shown.out and "PAO_DE_OURO" in shown.out


def test_a_dropped_table_comes_back_and_the_rest_stays(hctui, bakery: Path, backup: Path) -> None:
    before = fingerprint.of_database(bakery)
    damage.drop_and_overwrite(bakery)
    damaged = fingerprint.of_database(bakery)
    dry = hctui("restore", backup, "--tables", "produtos_formula, clientes", "--dry-run")
    assert dry.code == 0 and fingerprint.of_database(bakery) == damaged
    lines = [line.split() for line in dry.out.splitlines()]
    assert [(line[0], line[2]) for line in lines if line[1:2] == ["data"]] == [
        ("clientes", "replaced"),
        ("produtos_formula", "created"),
    ]
    assert "Stay as they are (it was not chosen): " in dry.out
    assert "point to tables that are: pedidos → clientes. Each" in dry.out
    planned = json.loads(hctui("restore", backup, "--tables", "clientes,pedidos", "--json", "--dry-run").out)
    (note,) = planned["databases"][0]["notes"]
    assert note["values"]["tables"] == "pedidos_itens → pedidos"
    restored = hctui("restore", backup, "--tables", "produtos_formula, clientes", "--yes")
    assert restored.code == 0
    assert fingerprint.differing_tables(fingerprint.of_database(bakery), before) == ()
    assert "hctui undo --database PAO_DE_OURO" in restored.out
    assert hctui("undo", "--yes").code == 0
    assert fingerprint.differing_tables(fingerprint.of_database(bakery), damaged) == ()
    assert hctui("undo", "--drop", "--yes").code == 0
    nothing = hctui("undo", "--yes")
    assert nothing.code == 1 and "no restore to undo" in nothing.sentence


def test_users_audit_and_settings_stay_unless_asked_for(hctui, bakery: Path, backup: Path) -> None:
    def change() -> None:
        with closing(sqlite3.connect(bakery)) as connection, connection:
            connection.execute("UPDATE usuarios SET nome = 'depois'")
            connection.execute("UPDATE configuracoes SET valor = 'depois'")
            connection.execute("CREATE TABLE nova(x)")

    def changed() -> list[str]:
        with closing(sqlite3.connect(bakery)) as connection:
            texts = ("SELECT DISTINCT nome FROM usuarios", "SELECT DISTINCT valor FROM configuracoes")
            found = [text for text in texts if connection.execute(text).fetchall() == [("depois",)]]
            return found + [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE name = 'nova'")]

    change()
    assert hctui("restore", backup, "--yes").code == 0
    assert len(changed()) == 3
    assert hctui("restore", backup, "--yes", "--settings", "--users-and-audit").code == 0
    assert changed() == ["nova"]
    assert hctui("restore", backup, "--yes", "--exact").code == 0
    assert changed() == []


def test_json_of_a_restore_asks_for_yes(hctui, backup: Path) -> None:
    refused = hctui("restore", backup, "--json")
    assert refused.code == 2 and "--yes" in refused.sentence
    planned = json.loads(hctui("restore", backup, "--json", "--dry-run").out)
    assert planned["databases"][0]["target"] == "PAO_DE_OURO"
    events = events_of(hctui("restore", backup, "--json", "--yes").out)
    assert any(isinstance(event, Started) for event in events) and isinstance(events[-1], RestoreDone)


def test_into_restores_under_another_name(hctui, server: DemoServer, bakery: Path, backup: Path) -> None:
    assert hctui("restore", backup, "--into", "COPIA", "--yes").code == 0
    copy = Path(Configuration.load(server.configuration_path).database("COPIA").location)
    assert copy != bakery
    assert fingerprint.differing_tables(fingerprint.of_database(copy), fingerprint.of_database(bakery)) == ()
    taken = hctui("restore", backup, "--into", "copia", "--yes")
    assert taken.code == 2 and "already" in taken.sentence


def test_of_several_databases_the_current_one_is_restored(hctui, server: DemoServer) -> None:
    hctui("backup", "--all", "--name", "tudo")
    file = server.backups / "tudo.bkb"
    assert "PAO_DE_OURO (sqlite" in hctui("restore", file, "--dry-run").out
    assert "MOVEIS_DA_SERRA (sqlite" not in hctui("restore", file, "--dry-run").out
    everything = hctui("restore", file, "--dry-run", "--all").out
    assert all(f"{alias} (" in everything for alias in ("PAO_DE_OURO", "MOVEIS_DA_SERRA", "CERAMICA_DO_SUL"))
    hctui("databases", "remove", "PAO_DE_OURO")
    hctui("databases", "add", "OUTRA", server.companies / "pao_de_ouro/pao_de_ouro.db")
    hctui("databases", "use", "OUTRA")
    several = hctui("restore", file, "--dry-run")
    assert several.code == 2 and "--database" in several.sentence


def test_a_restore_into_a_database_in_use_is_refused_by_name(hctui, bakery: Path, backup: Path) -> None:
    with background_writes([bakery]):
        dry = hctui("restore", backup, "--dry-run")
        refused = hctui("restore", backup, "--yes")
    assert "In use by python" in dry.out
    assert dry.code == 11 and "is in use by python" in dry.sentence
    assert refused.code == 11 and "is in use by" in refused.err


@pytest.mark.parametrize("name", ["missing.bkb", "text.bkb", "folder"])
def test_a_file_that_is_no_backup_is_one_sentence(hctui, tmp_path: Path, name: str) -> None:
    (tmp_path / "text.bkb").write_text("no backup")
    (tmp_path / "folder").mkdir()
    for command in ("show", "verify", "restore"):
        ran = hctui(command, tmp_path / name, *(["--yes"] if command == "restore" else []))
        assert ran.code == (10 if name == "missing.bkb" else 1) and name in ran.sentence


def test_a_missing_destination_is_one_sentence(hctui, tmp_path: Path) -> None:
    ran = hctui("backup", "--to", tmp_path / "nowhere")
    assert ran.code == 10 and str(tmp_path / "nowhere") in ran.sentence
    assert hctui("backup", "--name", "a/b").code == 2
