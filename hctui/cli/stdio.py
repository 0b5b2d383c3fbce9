"""Standard input, output and error where they are closed, or where their encoding lacks some letters."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO

_ALIKE = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "•": "*", "━": "-", "\u2008": " "}
)
"""Replacements for characters that old encodings lack."""
_HANDLER = "hctui.replace"


def prepare_streams() -> None:
    """Open closed streams on /dev/null, so that no file of hctui gets their numbers; replace letters that can't be encoded."""
    _open_missing()
    codecs.register_error(_HANDLER, _replace)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _writer(sys.stdout, 1)
    sys.stderr = _writer(sys.stderr, 2)


def _open_missing() -> None:
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(opened, True)
    os.close(opened)


def _writer(stream: TextIO | None, number: int) -> TextIO:
    if stream is None:
        return open(number, "w", encoding="utf-8", closefd=False)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_HANDLER)
    return stream


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Return a replacement in ASCII for the characters that can't be encoded: without accents, else as an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    replacement = "".join(map(_as_ascii, error.object[error.start : error.end]))
    return replacement, error.end


def _as_ascii(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.translate(_ALIKE))
    kept = "".join(part for part in decomposed if part.isascii())
    return kept or character.encode("ascii", "backslashreplace").decode("ascii")
