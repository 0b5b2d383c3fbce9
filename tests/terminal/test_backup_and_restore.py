"""A backup and a partial restore with keys alone, and a line that drops during a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from msgspec.structs import replace

from hctui.config import Configuration
from hctui.demo.server import DemoServer

Open = Callable[..., Any]
"""The fixture `open_terminal`."""
DATABASE = "PAO_DE_OURO"
LOST = "estoques"
SLOW = "CERAMICA_DO_SUL"


def test_a_backup_and_a_partial_restore_with_keys_alone(open_terminal: Open, demo: DemoServer) -> None:
    location = Configuration.load(demo.configuration_path).database(DATABASE).location
    terminal = open_terminal()
    terminal.wait_for("Menu", DATABASE)
    terminal.press("1")
    terminal.wait_for(f"{DATABASE}_20", ".bkb")
    terminal.press("f5")
    terminal.wait_for("A cópia de segurança está pronta.")
    (backup,) = demo.backups.glob("*.bkb")
    terminal.press("escape")
    terminal.wait_for("Menu")
    lost, others = _rows(location, LOST), _rows(location, "clientes")
    with closing(sqlite3.connect(location)) as database, database:
        database.execute("pragma foreign_keys = off")
        database.execute(f"delete from {LOST}")
        database.execute("delete from clientes where rowid % 2 = 0")
    terminal.press("2")
    terminal.wait_for("Nome e local do backup")
    terminal.press(str(backup))
    terminal.wait_for("14 tabelas")
    terminal.press("f6")
    terminal.wait_for("Filtrar", LOST)
    terminal.press("/", LOST, "enter")
    terminal.wait_gone("clientes")
    terminal.press("space")
    terminal.wait_for(f"[x] {LOST}")
    terminal.press("escape")
    terminal.wait_for("1 de 14")
    terminal.press("f5")
    terminal.wait_for("Continuar", "Voltar", LOST)
    terminal.wait_for(">[Continuar]<", "F5/^R")
    terminal.press("enter")
    terminal.wait_for("Nome do banco de dados")
    terminal.press(DATABASE, "enter")
    terminal.wait_for("A restauração está pronta.")
    assert _rows(location, LOST) == lost
    assert len(_rows(location, "clientes")) < len(others), "a table that was not ticked stays as it was"
    terminal.press("escape")
    terminal.wait_for("Menu")
    terminal.press("f10")
    assert terminal.exit_code() == 0


def _rows(location: str, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(location)) as database:
        return database.execute(f"select * from {table} order by 1").fetchall()


def test_a_backup_goes_on_when_the_line_drops(open_terminal: Open, demo: DemoServer) -> None:
    configuration = Configuration.load(demo.configuration_path)
    gate = demo.folder / "gate"
    waiting = f"sh -c 'while [ ! -e {gate} ]; do sleep 0.05; done'"
    configuration.replace(SLOW, replace(configuration.database(SLOW), before=waiting))
    configuration.use(SLOW)
    terminal = open_terminal()
    terminal.wait_for("Menu", SLOW)
    terminal.press("1")
    terminal.wait_for(f"{SLOW}_20")
    terminal.press("f5")
    terminal.wait_for("a operação continua")
    terminal.hang_up()
    terminal.exit_code()
    again = open_terminal()
    again.wait_for("Enquanto ninguém olhava", "está em andamento")
    again.press("enter")
    again.wait_for("a operação continua")
    gate.touch()
    again.wait_for("A cópia de segurança está pronta.")
    assert len(list(demo.backups.glob("*.bkb"))) == 1
    again.press("escape", "f10")
    assert again.exit_code() == 0
