"""The screens in a terminal: start, bad terminals, end."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest
from waiting import wait_until

Open = Callable[..., Any]
"""The fixture `open_terminal`."""

MENU = "Menu"


def test_an_idle_page_sends_nothing(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.settle()
    assert terminal.bytes_in(2.0) == 0


def test_no_mouse_and_no_keyboard_protocol_are_requested(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.settle()
    assert not re.search(rb"\x1b\[\?100[0236]h|\x1b\[>\d+u", terminal.received)


def test_a_window_that_becomes_too_small(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.resize(60, 15)
    terminal.wait_for("60", "80")
    assert MENU not in terminal.text
    terminal.resize(80, 24)
    terminal.wait_for(MENU)
    terminal.press("f10")
    assert terminal.exit_code() == 0


def test_a_window_that_is_too_small_at_the_start(open_terminal: Open) -> None:
    terminal = open_terminal(columns=60, lines=15)
    terminal.wait_for("60", "80")
    terminal.resize(100, 30)
    terminal.wait_for(MENU)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_hctui_and_restores_the_terminal(open_terminal: Open, number: signal.Signals) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.settle()
    terminal.process.send_signal(number)
    assert terminal.exit_code() == 128 + number
    assert b"\x1b[?1049l" in terminal.received


def test_a_closed_window_ends_hctui(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.settle()
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP


def test_hctui_ends_on_a_stalled_line(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    for _times in range(40):
        terminal.send(b"\x1b[B\x1b[A" * 20)
    terminal.process.send_signal(signal.SIGTERM)
    wait_until(lambda: terminal.process.poll() is not None, "it ends")
    assert terminal.process.poll() == 128 + signal.SIGTERM


def test_latin_1_is_decoded(open_terminal: Open, demo: None) -> None:
    terminal = open_terminal()
    terminal.wait_for(MENU)
    terminal.press("1")
    terminal.wait_for(".bkb")
    terminal.send("/tmp/cópia de segurança".encode("latin-1"))
    terminal.wait_for("cópia de segurança")
    terminal.send("é".encode("latin-1"))
    terminal.wait_for("segurançaé")


def test_the_linux_console_gets_plain_signs(open_terminal: Open) -> None:
    terminal = open_terminal(TERM="linux", COLORTERM="")
    terminal.wait_for(MENU)
    terminal.settle()
    assert "─" not in terminal.text
    assert not re.search(rb"\x1b\[[\d;]*[34]8;[25];", terminal.received), "more than sixteen colours"


def test_no_color_gives_no_colours(open_terminal: Open) -> None:
    terminal = open_terminal(NO_COLOR="1")
    terminal.wait_for("> 1")
    terminal.settle()
    codes = {code for found in re.findall(rb"\x1b\[([\d;]*)m", terminal.received) for code in found.split(b";")}
    assert not {code for code in codes if code and (30 <= int(code) <= 38 or 40 <= int(code) <= 48 or 90 <= int(code) <= 107)}
    assert b"7" in codes, "the line with the cursor is reversed"


@pytest.mark.parametrize("term", ["screen", "tmux-256color", "xterm", "vt100"])
def test_other_terminals(open_terminal: Open, term: str) -> None:
    terminal = open_terminal(TERM=term, COLORTERM="")
    terminal.wait_for(MENU)
    terminal.press("f10")
    assert terminal.exit_code() == 0


def test_a_fault_restores_the_terminal_and_prints_no_values(open_terminal: Open, tmp_path: object) -> None:
    secret = "s3gr3do-que-ninguem-le"
    breaking = (
        "import sys; from hctui.tui.screens import menu\n"
        f"def broken(self): password = {secret!r}; raise ValueError(password)\n"
        "menu.Menu.action_jobs = broken\n"
        "from hctui.cli import main; sys.argv = ['hctui']; main()"
    )
    terminal = open_terminal(program=[sys.executable, "-c", breaking])
    terminal.wait_for(MENU)
    terminal.settle()
    terminal.press("f7")
    assert terminal.exit_code() == 1
    assert b"\x1b[?1049l" in terminal.received
    assert secret.encode() not in terminal.received[terminal.received.rindex(b"\x1b[?1049l") :]
