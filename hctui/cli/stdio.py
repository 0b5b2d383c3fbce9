"""Standard input, output and error as this process finds them: closed, or in an encoding that lacks some letters."""

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
"""What legacy encodings lack and what stands for it."""
_HANDLER = "hctui.plainer"


def prepare() -> None:
    """Open what is closed on nothing, so that no file of ours becomes standard output; write plainly what can't be encoded."""
    _open_missing()
    codecs.register_error(_HANDLER, _plainer)
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


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """Return letters without their accents, and the escape of what has no plain form, in place of what can't be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    plain = "".join(_plain(sign) for sign in error.object[error.start : error.end])
    return plain, error.end


def _plain(sign: str) -> str:
    decomposed = unicodedata.normalize("NFKD", sign.translate(_ALIKE))
    kept = "".join(part for part in decomposed if part.isascii())
    return kept or sign.encode("ascii", "backslashreplace").decode("ascii")
