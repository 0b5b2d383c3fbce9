"""Errors in arguments, and the help, in both languages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from hctui.cli.entry import root
from hctui.cli.options import plan_options, with_options
from hctui.i18n import language
from hctui.model import Encryption, Level
from hctui.plans import BackupPlan, RestorePlan, options_of

HEAVY = (
    "textual",
    "rich",
    "pyzipper",
    "Cryptodome",
    "psycopg",
    "sqlite3",
    "psutil",
    "zlib_ng",
    "isal",
    "tomlkit",
    "asyncio",
    "concurrent.futures",
    "blake3",
)


@pytest.mark.parametrize(
    ("arguments", "english", "portuguese"),
    [
        (["frob"], "No such command 'frob'. See “hctui --help”.", "Não há o comando"),
        (["verfy"], "Did you mean 'verify'?", "Seria 'verify'?"),
        (["backup", "--frob"], "No such option '--frob'", "Não há a opção"),
        (["backup", "--level", "huge"], "is not one of max, medium, min, none", "não é nenhum destes: max, medium, min, none"),
        (["show"], "Missing argument FILE. See “hctui show --help”.", "Falta o argumento ARQUIVO"),
        (["verify", "a", "b"], "Got unexpected extra argument (b)", "a mais"),
        (["backup", "--to"], "Option '--to' requires an argument", "exige um argumento"),
        (["restore", "x", "--tables", " , ", "--yes"], "it names nothing", "não cita nada"),
        (["databases", "add", "com espaço", "/x"], "is no valid database name", "não é um nome"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(hctui, arguments: list[str], english: str, portuguese: str) -> None:
    ran = hctui(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert english in ran.sentence
    translated = hctui("--lang", "pt", *arguments)
    assert translated.code == 2
    assert portuguese in translated.sentence


@pytest.mark.parametrize("command", [("backup",), ("files", "backup", "."), ("files", "restore", "x.bkb")], ids=" ".join)
@pytest.mark.parametrize("address", ["sftp://ana@host/x", "s3:/bucket/x"])
def test_an_address_is_no_folder_for_backups_or_files(hctui, command: tuple[str, ...], address: str) -> None:
    scheme, _colon, rest = address.partition(":")
    shown = f"{scheme}://{rest.lstrip('/')}"
    ran = hctui(*command, "--to", address)
    sentence = f"{shown} is no folder, and “{scheme}” is no kind of destination that hctui knows. Name a folder."
    assert (ran.code, ran.out, ran.sentence) == (2, "", sentence)
    translated = hctui("--lang", "pt", *command, "--to", address)
    assert translated.code == 2 and f"{shown} não é uma pasta" in translated.sentence
    assert hctui("jobs").out == "There are no jobs.\n"


def test_a_folder_that_looks_like_an_address_is_a_folder(hctui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path / "sftp:" / "host", tmp_path / "a:"):
        folder.mkdir(parents=True)
        assert hctui("backup", "--to", folder.relative_to(tmp_path), "--name", "x").code == 0
        assert (folder / "x.bkb").is_file()


def every_command(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    context = click.Context(group)
    found: list[tuple[str, ...]] = [words]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found += every_command(command, (*words, name)) if isinstance(command, click.Group) else [(*words, name)]
    return found


@pytest.mark.parametrize("words", every_command(root), ids=" ".join)
def test_every_command_has_help_in_both_languages(hctui, words: tuple[str, ...]) -> None:
    english = hctui(*words, "--help")
    portuguese = hctui("--lang=pt", *words, "--help")
    assert english.code == portuguese.code == 0
    assert english.out.startswith("Usage: hctui") and portuguese.out.startswith("Uso: hctui")
    alike = set(english.out.splitlines()) & set(portuguese.out.splitlines())
    assert [line for line in alike if len(line.split()) > 2] == []


def test_exit_codes_are_in_the_help(hctui) -> None:
    text = " ".join(hctui("--help").out.split())
    assert "0 done (advice may have been given), 1 failed, 2 wrong usage, 3 done, but the result is less than" in text
    assert "10 no such file or database, 11 locked or in use, 12 wrong or missing password, 130 interrupted" in text
    text = " ".join(hctui("--help", "--lang", "pt").out.split())
    assert "10 arquivo ou banco de dados inexistente, 11 bloqueado ou em uso, 12 senha errada ou ausente, 130" in text


def test_the_language_can_be_given_after_the_command(hctui) -> None:
    assert "Cadastrado" in hctui("databases", "add", "OUTRA", "/nowhere", "--engine", "sqlite", "--lang", "pt").out
    assert language.active() == "pt_BR"


def test_help_loads_nothing_heavy(unmeasured: None) -> None:
    code = (
        "import sys; from hctui.cli.entry import run; run(['--help']); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Usage: hctui" in ran.stdout or "Uso: hctui" in ran.stdout
    assert ran.stderr.strip() == "[]"


@pytest.mark.parametrize("plan", [BackupPlan, RestorePlan])
def test_every_option_of_a_plan_is_an_option_of_its_command(plan: type[BackupPlan | RestorePlan]) -> None:
    complete = BackupPlan((), Path(), "") if plan is BackupPlan else RestorePlan(Path())

    @click.command()
    @plan_options(plan)
    def command(**given: object) -> BackupPlan | RestorePlan:
        return with_options(complete, given)

    declared = {option.name: option.text.flag for option in options_of(plan)}
    offered = {option.name: "/".join((*option.opts, *option.secondary_opts)) for option in command.params}
    assert offered == declared
    assert command.main([], standalone_mode=False) == complete


def test_options_that_are_not_given_keep_the_value_of_the_configuration() -> None:
    @click.command()
    @plan_options(BackupPlan)
    def command(**given: object) -> BackupPlan:
        return with_options(BackupPlan((), Path(), "", encryption=Encryption.AES192, level=Level.MAX, audit=False), given)

    plan = command.main([], standalone_mode=False)
    assert (plan.encryption, plan.level, plan.audit) == (Encryption.AES192, Level.MAX, False)
    plan = command.main(["--encrypt", "none", "--level", "min", "--audit"], standalone_mode=False)
    assert (plan.encryption, plan.level, plan.audit) == (None, Level.MIN, True)
