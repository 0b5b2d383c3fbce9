"""Backups of version 0.1 are shown, verified and restored, whole and table by table, to the values that they were made of."""

from __future__ import annotations

import sqlite3
import subprocess
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

BACKUPS = sorted(path.stem for path in (Path(__file__).parents[1] / "data" / "v0.1").glob("*.bkb"))
ALIASES = {"sqlite": ("PADARIA",), "folder": ("MOVEIS",), "postgresql": ("CERAMICA",)}
ALIASES["several"] = tuple(alias for (alias,) in ALIASES.values())
OF_DATABASES = [name for name in BACKUPS if not name.startswith("files")]
KNOWN = {"PADARIA": "padaria.then", "MOVEIS": "moveis.then", "CERAMICA": "ceramica.then"}
ODD = {"PADARIA": "preço médio (R$)", "MOVEIS": "preço médio", "CERAMICA": "preço médio (R$)"}
LEFT_OUT = ("auditoria", "produtos_imagem")
"""Of the reduced ones: the tables of audit and images."""
EVERYTHING = ("--settings", "--users-and-audit", "--yes")


def aliases(name: str) -> tuple[str, ...]:
    """Return the databases in a backup."""
    return ALIASES.get(name.partition("-")[0], ())


def encryption(name: str) -> str | None:
    """Return how a backup is encrypted."""
    return next((each for each in ("aes256", "zipcrypto") if name.endswith(each)), None)


def content_of(place: Any, name: str, alias: str) -> dict[str, Any]:
    """Return what a backup holds of a database."""
    special = {"postgresql-16": "ceramica.then-16", "folder-per-table": "moveis.per-table"}
    found: dict[str, Any] = place.expected["contents"][special.get(name, KNOWN[alias])]
    return found


def access(place: Any, name: str) -> tuple[str | Path, ...]:
    """Return the options that open a backup."""
    return ("--password-file", place.folder / "password") if encryption(name) else ()


def change(place: Any, alias: str) -> None:
    """Change two tables that will be restored, and the settings, which stay."""
    if alias == "PADARIA":
        with closing(sqlite3.connect(place.sqlite)) as connection:
            connection.executescript(
                "UPDATE produtos SET nome = 'x'; DELETE FROM \"preço médio (R$)\"; DELETE FROM configuracoes"
            )
    elif alias == "CERAMICA":
        script = "UPDATE produtos SET nome = 'x'; DELETE FROM \"preço médio (R$)\"; DELETE FROM configuracoes"
        place.postgresql.run("ceramica", script)
    else:
        for path in (*place.tables.glob("produtos.*"), place.tables / "preço médio.dbf"):
            path.unlink()
        with (place.tables / "config.dbf").open("r+b") as file:
            file.seek(-5, 2)
            file.write(b"x")


def test_there_are_backups_of_every_kind() -> None:
    assert len(BACKUPS) == 15
    assert {name.partition("-")[0] for name in BACKUPS} == {*ALIASES, "files"}


@pytest.mark.parametrize("name", BACKUPS)
def test_it_is_shown_and_verified(place: Any, old: Path, name: str) -> None:
    with ThreadPoolExecutor() as side_by_side:
        show, verify = (
            side_by_side.submit(place.hctui, command, old / f"{name}.bkb", "--json", *access(place, name))
            for command in ("show", "verify")
        )
    (shown,), last = show.result(), verify.result()[-1]
    assert shown["encryption"] == encryption(name)
    assert {each["alias"] for each in shown["databases"]} == {*aliases(name)}
    for database in shown["databases"]:
        alias, left_out = database["alias"], LEFT_OUT if name.endswith("reduced") else ()
        known = content_of(place, name, alias)["tables"]
        rows = {table["name"]: table["rows"] for table in database["tables"] if not table["left_out"]}
        assert rows == {table: each["rows"] for table, each in known.items() if table not in left_out}
        assert {table["name"] for table in database["tables"] if table["left_out"]} == {*left_out}
        roles = {table["name"]: table["role"] for table in database["tables"]}
        assert (roles["auditoria"], roles["produtos_imagem"], roles["produtos"]) == ("audit", "images", "data")
        assert database["consistency"] == ("per-table" if name.endswith("per-table") else "consistent")
        assert database["indexes_included"] == (not name.endswith("reduced"))
    files = {each["path"].partition("/")[2] for each in shown["files"]} - {""}
    assert files == ({*place.expected["contents"]["files"]["files"]} if name.startswith("files") else set())
    assert last["kind"] == "verify-done"
    assert [each["alias"] for each in last["databases"]] == [*aliases(name)]


@pytest.mark.parametrize("name", ["sqlite-aes256", "folder-zipcrypto", "files-aes256"])
def test_it_is_refused_with_another_password(place: Any, old: Path, name: str) -> None:
    place.hctui("verify", old / f"{name}.bkb", "--password-file", place.folder / "wrong", codes=(12,))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.server] if name.startswith(("postgresql", "several")) else [])
        for name in OF_DATABASES
    ],
)
def test_it_is_restored_whole_where_nothing_is_and_then_table_by_table(place: Any, old: Path, name: str) -> None:
    backup, left_out = old / f"{name}.bkb", LEFT_OUT if name.endswith("reduced") else ()
    if "CERAMICA" in aliases(name):
        assert place.postgresql.databases() == set()
    place.hctui("restore", backup, "--all", *EVERYTHING, "--json", *access(place, name))
    for alias in aliases(name):
        found, known = place.contents(alias), content_of(place, name, alias)
        for table in left_out:  # empty, and in a folder not there
            assert found["tables"].pop(table, {"rows": 0})["rows"] == 0
        assert found["tables"] == {table: each for table, each in known["tables"].items() if table not in left_out}
        assert found["objects"] == known["objects"], "its indexes, keys, views and triggers, those that were left out rebuilt"
        if "files" in found and not left_out:
            assert found["files"] == known["files"], "byte for byte"
        if alias == "CERAMICA" and not left_out:
            assert found == known, "materialized views and where sequences stand, too"
    alias = aliases(name)[0]
    whole = place.contents(alias)
    change(place, alias)
    changed, chosen = place.contents(alias), ("produtos", ODD[alias])
    assert place.reader.only(changed, chosen) != place.reader.only(whole, chosen)
    options = ("--database", alias, "--tables", ",".join(chosen), "--yes", "--json")
    place.hctui("restore", backup, *options, *access(place, name))
    found = place.contents(alias)
    assert found["tables"] == {**changed["tables"], **place.reader.only(whole, chosen)}
    assert found["objects"] == whole["objects"]


@pytest.mark.parametrize("name", [name for name in BACKUPS if name.startswith("files")])
def test_files_are_restored_byte_for_byte(place: Any, old: Path, name: str) -> None:
    (place.folder / "back").mkdir()
    place.hctui("files", "restore", old / f"{name}.bkb", "--to", place.folder / "back", "--json", *access(place, name))
    assert place.reader.of_files(place.folder / "back" / "documentos") == place.expected["contents"]["files"]


@pytest.mark.parametrize("name", BACKUPS)
def test_other_programs_list_it(old: Path, tool: Callable[[str], str], name: str) -> None:
    with zipfile.ZipFile(old / f"{name}.bkb") as archive:
        names = archive.namelist()
        assert {"manifest.json", "LEIA-ME.txt"} < {*names}
        assert encryption(name) or archive.testzip() is None
    for command in (("unzip", "-Z1"), ("7zz", "l", "-ba", "-slt")):
        ran = subprocess.run([tool(command[0]), *command[1:], old / f"{name}.bkb"], capture_output=True, check=True)
        listed = ran.stdout.decode(errors="replace")
        assert all(each.rstrip("/") in listed for each in names if each.isascii())
