"""The few signs that are not letters, drawn with what the terminal's font has."""

from __future__ import annotations

import os
import sys

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

DATED = 22
"""Cells of `_2026-11-22_22h17.bkb`, the end of a backup's name, and one more."""


class Glyphs(Struct, frozen=True):
    """One set of signs; each is one cell wide unless its docstring says otherwise."""

    chosen: str
    """Inside the round brackets of the chosen one of several."""
    ticked: str
    """Inside the square brackets of what is ticked."""
    cursor: str
    """In the margin of the line that has the focus."""
    full: str
    """A cell of a bar that is done."""
    empty: str
    """A cell of a bar that is still to come."""
    rule: str
    """A horizontal line."""
    dot: str
    """Between two words that belong together."""
    done: str
    """Two cells: finished."""
    waiting: str
    """Two cells: not begun."""
    at_work: str
    """Two cells: under way."""
    more: str
    """Text that goes on."""
    hidden: str
    """Each character of a password."""


UNICODE = Glyphs("•", "x", ">", "█", "░", "─", "·", "✓ ", "· ", "> ", "…", "•")
ASCII = Glyphs("*", "x", ">", "#", ".", "-", "-", "ok", "- ", "> ", "~", "*")


IN_PLAIN = str.maketrans(
    {
        **dict.fromkeys("─━═", "-"),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
        **dict.fromkeys("█▇▆▅▄▃▂▁▉▊▋▌▍▎▏", "#"),
        **dict.fromkeys("░▒▓", "."),
        **dict.fromkeys("“”„", '"'),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("–—", "-"),
        "…": "~",
        "•": "*",
        "✓": "x",
        "×": "x",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
    }
)
"""Signs that a text console's font may lack, each as one that it has, for what comes from sentences and from Textual."""


def plain() -> bool:
    """Tell whether the terminal is known to draw little more than letters."""
    encoding = (getattr(sys.__stderr__, "encoding", None) or "utf-8").lower().replace("-", "")
    return os.environ.get("TERM", "") in {"linux", "dumb", "vt100", "vt220"} or encoding != "utf8"


def shortened(text: str, cells: int) -> str:
    """Return `text` within `cells`, what is too long cut out of its middle: a backup's date is at the end of its name."""
    if cell_len(text) <= cells:
        return text
    kept = max(cells - 1, 0)
    end = min(kept * 2 // 3, DATED)
    tail = text
    while cell_len(tail) > end:
        tail = tail[1:]
    return set_cell_size(text, max(kept - cell_len(tail), 0)) + glyphs().more * (cells > 0) + tail


def glyphs() -> Glyphs:
    """Return the signs for this terminal: plain ASCII on the Linux console and where the encoding is not UTF-8."""
    return ASCII if plain() else UNICODE
