"""Signs that are not letters, in one set for Unicode terminals and one for plain ones."""

from __future__ import annotations

import os
import sys

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

KEPT_END = 22
"""Cells kept of the end of a shortened text: `_2026-11-22_22h17.bkb`, the end of a backup's name, and one more."""


class Glyphs(Struct, frozen=True):
    """One set of signs; each is one cell wide unless its docstring says otherwise."""

    chosen: str
    """In the round brackets of the chosen alternative."""
    ticked: str
    """In the square brackets of a ticked box."""
    cursor: str
    """In the margin of the line with the focus."""
    full: str
    """A filled cell of a progress bar."""
    empty: str
    """An empty cell of a progress bar."""
    rule: str
    """A horizontal line."""
    dot: str
    """A separator between two related words."""
    done: str
    """Two cells: finished."""
    waiting: str
    """Two cells: not begun."""
    running: str
    """Two cells: under way."""
    more: str
    """At the end of a text that was cut."""
    hidden: str
    """In place of each character of a password."""


UNICODE = Glyphs("•", "x", ">", "█", "░", "─", "·", "✓ ", "· ", "> ", "…", "•")
ASCII = Glyphs("*", "x", ">", "#", ".", "-", "-", "ok", "- ", "> ", "~", "*")

TO_ASCII = str.maketrans(
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
"""Replacements, on plain terminals, for signs in translated sentences and in Textual's own widgets."""


def is_plain_terminal() -> bool:
    """Return whether the terminal's font or encoding has little more than ASCII."""
    encoding = (getattr(sys.__stderr__, "encoding", None) or "utf-8").lower().replace("-", "")
    return os.environ.get("TERM", "") in {"linux", "dumb", "vt100", "vt220"} or encoding != "utf8"


def shortened(text: str, cells: int) -> str:
    """Return `text` cut to `cells` in its middle, because the date of a backup is at the end of its name."""
    if cell_len(text) <= cells:
        return text
    kept = max(cells - 1, 0)
    end = min(kept * 2 // 3, KEPT_END)
    tail = text
    while cell_len(tail) > end:
        tail = tail[1:]
    return set_cell_size(text, max(kept - cell_len(tail), 0)) + glyphs().more * (cells > 0) + tail


def glyphs() -> Glyphs:
    """Return the signs for this terminal: ASCII on the Linux console and where the encoding is not UTF-8."""
    return ASCII if is_plain_terminal() else UNICODE
