"""Keys as bytes, themes and signs by terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.events import Key

from hctui.tui import themes
from hctui.tui.terminal.driver import KeyDecoder, KeyParser
from hctui.tui.terminal.glyphs import ASCII, UNICODE, glyphs, shortened


@pytest.mark.parametrize("text", ["cópia", "日本", "çãé ñ", "plain"])
def test_utf_8_in_any_pieces(text: str) -> None:
    decoder = KeyDecoder()
    assert "".join(decoder.decode(bytes([byte])) for byte in text.encode()) + decoder.rest() == text


@pytest.mark.parametrize("text", ["cópia de segurança", "é", "ação", "ÀÿÃ©"])
def test_latin_1_is_what_is_not_utf_8(text: str) -> None:
    decoder = KeyDecoder()
    data = text.encode("latin-1")
    if text == "ÀÿÃ©":
        assert decoder.decode(data) + decoder.rest() == "Àÿé", "two bytes that are one character in UTF-8 are that one"
    else:
        assert decoder.decode(data) + decoder.rest() == text


def test_an_accent_alone_waits_for_the_rest_and_then_stands() -> None:
    decoder = KeyDecoder()
    assert decoder.decode(b"\xe9") == ""
    assert decoder.rest() == "é"
    assert decoder.rest() == ""
    assert decoder.decode("é".encode()) == "é"


def test_every_byte_is_survived() -> None:
    decoder = KeyDecoder()
    for byte in range(256):
        decoder.decode(bytes([byte]))
    assert decoder.decode(b"a")[-1:] == "a"


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
def test_the_theme_is_what_the_terminal_can_show(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], wanted: str | None, name: str
) -> None:
    for variable in ("TERM", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    assert themes.theme_name(wanted) == name


def test_signs_are_letters_where_the_font_has_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert glyphs() is ASCII
    assert all(getattr(ASCII, name).isascii() for name in ASCII.__struct_fields__)
    monkeypatch.setenv("TERM", "xterm")
    assert glyphs() in (UNICODE, ASCII)


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b\t", ["escape", "tab"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b ", ["escape", "space"]),
        ("\x1bx1", ["escape", "x", "1"]),
        ("\x1b\x1b[B1", ["escape", "down", "1"]),
        ("\x1bOz", ["escape", "O", "z"]),
        ("\x1bOP", ["f1"]),
        ("\x1b[15~", ["f5"]),
        ("\x1b[[A", ["f1"]),
        ("\x1b[Z", ["shift+tab"]),
        ("\x1bb", ["ctrl+left"]),
        ("\x1b\x7f", ["ctrl+w"]),
    ],
)
def test_esc_and_the_key_right_after_it_are_two_keys(sent: str, keys: list[str]) -> None:
    pressed = [event.key for event in KeyParser().feed(sent) if isinstance(event, Key)]
    assert pressed == keys


@pytest.mark.parametrize("cells", [0, 1, 2, 3, 10, 20, 34, 60, 61, 100])
def test_what_is_too_long_is_cut_in_its_middle(cells: int) -> None:
    name = "PAO_DE_OURO+MOVEIS_DA_SERRA+CERAMICA_DO_SUL_2026-11-22_22h17.bkb"
    shown = shortened(name, cells)
    assert cell_len(shown) == min(cells, len(name))
    if cells >= 34:
        assert shown.startswith("PAO_DE_OURO"[: cells - 23]) and shown.endswith("_2026-11-22_22h17.bkb")
