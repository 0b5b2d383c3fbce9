"""The bytes that pages send: none while idle, few while a job runs, and never a password."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from hctui.demo.server import DemoServer

Open = Callable[..., Any]
"""The fixture `open_terminal`."""
PAGES = {"1": "Pasta onde", "2": "Nome e local", "3": "Arquivos e pastas", "4": "Nome e local", "5": "feita em", "6": "motor"}
"""The key that opens a page, and a text on it."""
PASSWORD = "s3gr3do-que-ninguem-le"


def test_idle_pages_send_nothing(open_terminal: Open, demo: DemoServer) -> None:
    terminals = {key: open_terminal() for key in PAGES}
    for key, terminal in terminals.items():
        terminal.wait_for("Menu")
        terminal.press(key)
    for key, terminal in terminals.items():
        terminal.wait_for(PAGES[key])
    for terminal in terminals.values():
        terminal.settle()
    time.sleep(2.0)
    for key, terminal in terminals.items():
        assert terminal.bytes_in(0.05) == 0, f"page {key} sends while nothing happens"


def test_progress_sends_little(open_terminal: Open, demo: DemoServer) -> None:
    terminal = open_terminal()
    terminal.wait_for("Menu")
    terminal.press("1")
    terminal.wait_for(".bkb")
    terminal.settle()
    before = len(terminal.received)
    started = time.monotonic()
    terminal.press("f5")
    terminal.wait_for("está pronta")
    terminal.settle()
    pages = 3 * 4500
    """Bytes to draw the progress page and the result page once, and their texts."""
    assert len(terminal.received) - before < pages + 1000 * (time.monotonic() - started)


def test_each_key_is_answered_before_the_next(open_terminal: Open, demo: DemoServer) -> None:
    """How soon: see `python -m benchmarks --only terminal`."""
    terminal = open_terminal()
    terminal.wait_for("Menu")
    for key in (b"\x1b[B", b"\x1b[B", b"\x1b[A", b"\x1b[A"):
        terminal.settle()
        before = len(terminal.received)
        terminal.send(key)
        terminal.wait_until(lambda before=before: len(terminal.received) > before, f"answer to {key!r}")


def test_a_password_is_never_written(open_terminal: Open, demo: DemoServer) -> None:
    terminal = open_terminal()
    terminal.wait_for("Menu")
    terminal.press("1")
    terminal.wait_for(".bkb")
    terminal.press("\x14")
    terminal.wait_for("Criptografar")
    terminal.press("space")
    terminal.wait_for("AES-256")
    terminal.press("tab", PASSWORD, "tab", PASSWORD)
    terminal.settle()
    terminal.press("f5")
    terminal.wait_for("AES-256", "está pronta")
    here = psutil.Process(terminal.process.pid)
    for process in (here, *here.children(recursive=True)):
        with suppress(psutil.Error):  # it ended meanwhile
            assert PASSWORD not in " ".join(process.cmdline())
            assert PASSWORD not in str(process.environ())
    terminal.press("escape", "f10")
    assert terminal.exit_code() == 0
    assert PASSWORD.encode() not in terminal.received
    for file in _files(demo.state, demo.backups):
        assert PASSWORD.encode() not in file.read_bytes(), file


def _files(*folders: Path) -> list[Path]:
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


def test_keys_that_arrive_together_are_handled_in_order(open_terminal: Open, demo: DemoServer) -> None:
    terminal = open_terminal()
    terminal.wait_for("Menu")
    terminal.settle()
    terminal.send(b"2/tmp/uma-copia.bkb\t\t\t")
    terminal.wait_for("[/tmp/uma-copia.bkb", ">(•)")
    terminal.send(b"\x1b1\x14 \tab\tabc")
    terminal.wait_for("[••  ", "[••• ")
    terminal.send(b"\x1bOQ\x1b\t\x1b6")
    terminal.wait_for("motor")
