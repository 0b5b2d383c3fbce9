"""Writing: lines, tables and JSON to standard output, errors, warnings and advice to standard error."""

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

    from hctui.events import Failed

NARROW = 40
"""The width in columns below which bars and drawn tables are of no use."""
_GAP = "  "


def report(sentence: Message) -> None:
    """Write a sentence to standard error; nothing happens where standard error is closed."""
    try:
        print(f"hctui: {render(sentence)}", file=sys.stderr, flush=True)
    except OSError:
        discard_output(sys.stderr)


def report_failure(failed: Failed, *, as_json: bool) -> int:
    """Report a failure in a sentence and, `as_json`, as the last event of a script's stream; return the exit code."""
    if as_json:
        from hctui.codec import encode_tagged

        try:
            write_line(encode_tagged(failed).decode())
        except OSError:
            discard_output(sys.stdout)
    report(failed.message)
    return failed.exit_code


def write_line(text: str | Message = "", *, indent: str = "", flush: bool = True) -> None:
    """Write to standard output: a message, wrapped between words on a terminal; a text, such as a command, unchanged."""
    if not isinstance(text, Message):
        print(indent + text, flush=flush)
        return
    sentence = indent + render(text)
    if can_draw():
        width = os.get_terminal_size(sys.stdout.fileno()).columns
        sentence = fill(sentence, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    print(sentence, flush=flush)


def discard_output(stream: TextIO) -> None:
    """Discard everything that is still to be written to a stream without a reader, so that Python can close it at the exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def can_draw() -> bool:
    """Return whether standard output is a terminal that can show bars and drawn tables."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    return os.get_terminal_size(sys.stdout.fileno()).columns >= NARROW


def console() -> Console:
    """Return a console of rich on standard output that does not change texts."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)


def write_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = (), plain: bool = False
) -> None:
    """Write rows under headings, with the columns of `numbers` aligned to the right; drawn on a terminal, else with blanks."""
    cells = [[printable(cell) for cell in row] for row in rows]
    if plain or not can_draw():
        for line in _aligned([list(headings), *cells], numbers):
            write_line(line)
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


def write_json(value: object) -> None:
    """Write a structure as one line of JSON."""
    from hctui.codec import encode

    write_line(encode(value).decode())
