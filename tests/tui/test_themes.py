"""Themes by terminal."""

from __future__ import annotations

import pytest

from hctui.tui import themes


@pytest.mark.parametrize(
    ("environment", "wanted", "name"),
    [
        ({"TERM": "xterm-256color"}, None, "hctui-dark"),
        ({"TERM": "xterm-256color"}, "light", "hctui-light"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "light", "hctui-light"),
        ({"TERM": "linux"}, "light", "hctui-terminal"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, None, "hctui-terminal"),
        ({"TERM": "screen"}, None, "hctui-terminal"),
    ],
)
def test_the_theme_follows_the_terminal(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], wanted: str | None, name: str
) -> None:
    for variable in ("TERM", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert themes.theme_name(wanted) == name
