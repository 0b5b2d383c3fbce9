"""Commands of the configuration before and after a backup."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hctui.databases.engine import Engine
from hctui.errors import CommandFailed

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
"""Python 3.12 and later warn of any thread that another test may have left when a process is forked."""


def test_commands_before_and_after(
    books: Path, engine_of: Callable[..., Engine], tmp_path: Path, backup: Callable[..., Any]
) -> None:
    log = tmp_path / "log"
    engine = engine_of(books, before=f"echo before >> {log}; sleep 60 &", after=f"echo after >> '{log}'")
    backup(engine)
    assert log.read_text() == "before\nafter\n"
    failing = engine_of(books, before="sh -c 'echo no lock; exit 3'", after=f"echo after >> {log}")
    with pytest.raises(CommandFailed, match="code 3: no lock"):
        backup(failing)
    assert log.read_text() == "before\nafter\nafter\n", "whatever happened"
    with pytest.raises(CommandFailed, match="code 127"):
        backup(engine_of(books, before="no-such-program"))
    with pytest.raises(CommandFailed, match="code 1"):
        backup(engine_of(books, after="false"))


def test_commands_do_not_see_the_password(
    books: Path, engine_of: Callable[..., Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backup: Callable[..., Any]
) -> None:
    monkeypatch.setenv("HCTUI_PASSWORD", "segredo")
    backup(engine_of(books, before=f"env > {tmp_path / 'seen'}"))
    assert "segredo" not in (tmp_path / "seen").read_text()
