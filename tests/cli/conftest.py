"""Fixtures: a small server, and `hctui` run on it in this process or in another one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hctui.cli.entry import run
from hctui.config.paths import CONFIG_VARIABLE, STATE_VARIABLE
from hctui.demo.companies import COMPANIES
from hctui.demo.server import DemoServer
from hctui.i18n import language

BAKERY, FURNITURE, CERAMICS = COMPANIES


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of one run."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The only line on standard error, without the name of the program."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("hctui: ")


Hctui = Callable[..., Ran]


@pytest.fixture
def server(demo_copy: DemoServer) -> DemoServer:
    """Give the three companies of the demo, small, with their own configuration and state."""
    return demo_copy


@pytest.fixture
def environment(server: DemoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make hctui use the server, in English."""
    for name in ("HCTUI_PASSWORD", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(CONFIG_VARIABLE, str(server.configuration_path))
    monkeypatch.setenv(STATE_VARIABLE, str(server.state))
    monkeypatch.setenv(language.LANGUAGE_VARIABLE, "en")
    yield
    language.activate("en")


@pytest.fixture
def hctui(environment: None, capfd: pytest.CaptureFixture[str]) -> Hctui:
    """Give a function that runs hctui in this process."""

    def run_it(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run_it


@pytest.fixture
def program(environment: None) -> Callable[..., subprocess.Popen[bytes]]:
    """Give a function that starts hctui in another process, without a terminal."""

    def start(*arguments: str | Path, **options: object) -> subprocess.Popen[bytes]:
        command: Sequence[str] = [sys.executable, "-P", "-m", "hctui", *map(str, arguments)]
        defaults: dict[str, object] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=dict(os.environ), **{**defaults, **options})  # type: ignore[call-overload,no-any-return]

    return start
