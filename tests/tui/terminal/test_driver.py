"""Keys decoded and parsed from bytes."""

from __future__ import annotations

import pytest
from textual.events import Key

from hctui.tui.terminal.driver import KeyDecoder, KeyParser


@pytest.mark.parametrize("text", ["cópia", "日本", "çãé ñ", "plain"])
def test_utf_8_is_decoded_however_it_is_split(text: str) -> None:
    decoder = KeyDecoder()
    assert "".join(decoder.decode(bytes([byte])) for byte in text.encode()) + decoder.flush() == text


@pytest.mark.parametrize("text", ["cópia de segurança", "é", "ação", "ÀÿÃ©"])
def test_bytes_that_are_not_utf_8_are_latin_1(text: str) -> None:
    decoder = KeyDecoder()
    data = text.encode("latin-1")
    if text == "ÀÿÃ©":
        assert decoder.decode(data) + decoder.flush() == "Àÿé", "two bytes that are one character in UTF-8 are that one"
    else:
        assert decoder.decode(data) + decoder.flush() == text


def test_an_unfinished_character_is_kept_until_flush() -> None:
    decoder = KeyDecoder()
    assert decoder.decode(b"\xe9") == ""
    assert decoder.flush() == "é"
    assert decoder.flush() == ""
    assert decoder.decode("é".encode()) == "é"


def test_no_byte_raises() -> None:
    decoder = KeyDecoder()
    for byte in range(256):
        decoder.decode(bytes([byte]))
    assert decoder.decode(b"a")[-1:] == "a"


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
