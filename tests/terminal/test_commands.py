"""Commands in a terminal: prompts, progress bars, confirmations, Ctrl-C."""

from __future__ import annotations

import re
from pathlib import Path

from hctui.demo import fingerprint
from hctui.demo.companies import COMPANIES
from hctui.demo.server import DemoServer
from hctui.operations import show

BAKERY = COMPANIES[0]


def test_a_new_password_is_typed_twice(open_terminal, demo: DemoServer) -> None:
    terminal = open_terminal("--lang", "en", "backup", "--encrypt", "aes256", "--name", "x")
    terminal.wait_for("Password of the backup:")
    terminal.press("enter")
    terminal.wait_until(lambda: terminal.text.count("Password of the backup:") == 2, "prompt after the complaint")
    assert "it is empty" in terminal.text
    terminal.press("ação", "enter")
    terminal.wait_for("The same password again:")
    assert "The password is very weak: found in less than an hour." in terminal.text
    terminal.press("acao", "enter")
    terminal.wait_until(lambda: terminal.text.count("Password of the backup:") == 3, "prompt after the complaint")
    assert "the two are not the same" in terminal.text
    terminal.press("ação", "enter")
    terminal.wait_until(lambda: terminal.text.count("The same password again:") == 2, "second prompt")
    terminal.press("ação", "enter")
    assert terminal.exit_code() == 0
    assert "ação".encode() not in terminal.received
    assert show(demo.backups / "x.bkb", "ação").manifest is not None


def test_after_the_progress_bars_only_the_result_is_left(open_terminal, demo: DemoServer) -> None:
    terminal = open_terminal("--lang", "en", "backup", "--all", "--name", "x")
    assert terminal.exit_code() == 0
    assert "The backup is ready" in terminal.text and "━" not in terminal.text
    assert b"\x1b[?25h" in terminal.received


def test_plain_and_dumb_terminals_get_plain_lines(open_terminal, demo: DemoServer) -> None:
    for terminal in (
        open_terminal("--lang", "en", "--plain", "backup", "--name", "a"),
        open_terminal("--lang", "en", "backup", "--name", "b", TERM="dumb"),
        open_terminal("--lang", "en", "databases", "list", "--plain"),
    ):
        terminal.exit_code()
        assert b"\x1b" not in terminal.received


def test_no_color_is_respected(open_terminal, demo: DemoServer) -> None:
    coloured = re.compile(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m")
    terminal = open_terminal("backup", "--name", "a", NO_COLOR="1")
    assert terminal.exit_code() == 0
    assert not coloured.search(bytes(terminal.received))


def test_a_restore_is_confirmed_twice(open_terminal, demo: DemoServer) -> None:
    open_terminal("backup", "--name", "x").exit_code()
    location = demo.location(BAKERY)
    before = fingerprint.of_database(location)

    def restore() -> object:
        return open_terminal("--lang", "en", "restore", str(demo.backups / "x.bkb"), lines=50)

    terminal = restore()
    terminal.wait_for("Restore now? [y/N]")
    terminal.press("n", "enter")
    assert terminal.exit_code() == 4
    terminal = restore()
    terminal.wait_for("Restore now? [y/N]")
    terminal.press("y", "enter")
    terminal.wait_for("Type the name of the database, PAO_DE_OURO")
    terminal.press("pao", "enter")
    assert terminal.exit_code() == 4
    terminal = restore()
    terminal.wait_for("Restore now? [y/N]", "replaced", "Stay as they are")
    terminal.press("y", "enter")
    terminal.wait_for("Type the name of the database, PAO_DE_OURO")
    terminal.press("PAO_DE_OURO", "enter")
    assert terminal.exit_code() == 0
    assert "PAO_DE_OURO: restored." in terminal.text
    assert fingerprint.differing_tables(fingerprint.of_database(location), before) == ()


def test_ctrl_c_at_a_question_changes_nothing(open_terminal, demo: DemoServer) -> None:
    open_terminal("backup", "--name", "x").exit_code()
    terminal = open_terminal("--lang", "en", "restore", str(demo.backups / "x.bkb"), lines=50)
    terminal.wait_for("Restore now? [y/N]")
    terminal.send(b"\x03")
    assert terminal.exit_code() == 130
    assert "Interrupted." in terminal.text and "Traceback" not in terminal.text


def test_ctrl_c_cancels_the_job_and_waits(open_terminal, demo: DemoServer, tmp_path: Path) -> None:
    text = demo.configuration_path.read_text()
    header = "[databases.CERAMICA_DO_SUL]\n"
    demo.configuration_path.write_text(text.replace(header, header + 'before = "sleep 60"\n'))
    terminal = open_terminal("--lang", "en", "backup", "--database", "CERAMICA_DO_SUL", "--name", "x")
    terminal.wait_for("CERAMICA_DO_SUL: Taking the snapshot")
    terminal.send(b"\x03")
    assert terminal.exit_code() == 130
    assert "Cancelled. Nothing half-made was left behind." in terminal.text
    assert list(demo.backups.iterdir()) == []


def test_a_wrong_password_can_be_typed_again(open_terminal, demo: DemoServer) -> None:
    open_terminal("backup", "--name", "x", "--encrypt", "zipcrypto", HCTUI_PASSWORD="certa").exit_code()
    terminal = open_terminal("--lang", "en", "verify", str(demo.backups / "x.bkb"))
    terminal.wait_for("Password of the backup:")
    terminal.press("errada", "enter")
    terminal.wait_until(lambda: terminal.text.count("Password of the backup:") == 2, "prompt after the complaint")
    assert "does not open" in terminal.text
    terminal.press("certa", "enter")
    assert terminal.exit_code() == 0
    assert "is whole" in terminal.text
