"""The fourth company of the demo, on a PostgreSQL server."""

from __future__ import annotations

import pytest

from hctui.cli.entry import run
from hctui.config.paths import CONFIG_VARIABLE, STATE_VARIABLE


@pytest.mark.slow
def test_demo_shows_a_fourth_company(newest, tmp_path, monkeypatch, capfd):
    for name in (CONFIG_VARIABLE, STATE_VARIABLE):
        monkeypatch.setenv(name, str(tmp_path / name))
    folder = tmp_path / "demo"
    code = run(["--lang", "en", "demo", "--headless", "--at", str(folder), "--scale", "0.02", "--postgresql", newest.url("")])
    output = capfd.readouterr()
    assert code == 0, output.err
    assert "backed up in" in output.out and "undo, and undo once more" in output.out
    assert "hctui_demo_pousada__hctui_undo" in newest.databases("hctui_demo")
    for name in newest.databases("hctui_demo"):
        newest.run("postgres", f'DROP DATABASE "{name}" WITH (FORCE)')
