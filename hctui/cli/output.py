"""What is written: sentences and facts on standard output, complaints on standard error, JSON where a script asked for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, TextIO

from hctui.i18n.language import printable, render
from hctui.messages import Message

if TYPE_CHECKING:
    from rich.console import Console

NARROW = 40
"""Columns below which bars and drawn tables are of no use."""
_GAP = "  "


def complain(sentence: Message) -> None:
    """Write a sentence to standard error; where that is gone too, there is nobody to tell."""
    try:
        print(f"hctui: {render(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def say(text: str | Message = "", *, indent: str = "", at_once: bool = True) -> None:
    """Write to standard output: a sentence, on a terminal wrapped between words; a text (a command) as it is."""
    if not isinstance(text, Message):
        print(indent + text, flush=at_once)
        return
    sentence = indent + render(text)
    if drawable():
        width = os.get_terminal_size(sys.stdout.fileno()).columns
        sentence = fill(sentence, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    print(sentence, flush=at_once)


def silence(stream: TextIO) -> None:
    """Send what is still to be written to a stream whose reader has gone to nowhere, so that leaving does not fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def drawable() -> bool:
    """Tell whether standard output is a terminal that bars and tables can be drawn on."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    return os.get_terminal_size(sys.stdout.fileno()).columns >= NARROW


def console() -> Console:
    """Return rich's view of standard output, which leaves texts as they are."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def say_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), plain: bool = False
) -> None:
    """Write rows under headings, the columns of `numbers` right-aligned; drawn on a terminal, else plainly aligned."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if plain or not drawable():
        for line in _aligned([list(headings), *cells], numbers):
            say(line)
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, len(_GAP), 0, 0), pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place in numbers else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    console().print(table)


def _aligned(rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> Iterable[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (cell.rjust(width) if place in numbers else cell.ljust(width)
                 for place, (cell, width) in enumerate(zip(row, widths, strict=True)))  # fmt: skip
        yield _GAP.join(cells).rstrip()


def say_json(value: object) -> None:
    """Write a structure as one line of JSON."""
    from hctui.codec import encode

    say(encode(value).decode())
