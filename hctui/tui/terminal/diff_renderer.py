"""Drawing by difference: only the cells that changed are sent.

Textual sends whole lines of whole widgets, which takes long on a slow line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from time import monotonic

from rich.cells import cell_len
from rich.console import COLOR_SYSTEMS, Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from hctui.tui.terminal.glyphs import TO_ASCII

Cell = tuple[str, str]
"""The characters of a cell and their SGR codes; the second cell of a wide character has no characters."""
_sgr = lru_cache(4096)(Strip.render_ansi)
Piece = tuple[int, int, Sequence[Cell]]
"""Column, line and cells."""
UNKNOWN: Cell = ("\0", "")
GAP = 6
"""Up to so many unchanged cells between two changed ones are sent again: moving the cursor past them takes as many bytes."""
FULL_REDRAW_AFTER = 2.0
"""Seconds after which a page is sent whole again, which removes what other programs wrote over it."""


class Canvas:
    """The cells that the terminal shows, as far as they were sent by us."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        self._ascii_only = ascii_only
        self._lines: list[list[Cell]] = []
        self._width = 0
        self._page_sent_at = 0.0

    def forget(self) -> None:
        """Take every cell for unknown, so that all are sent again."""
        self._lines = []

    def _set_size(self, width: int, height: int) -> None:
        if (self._width, len(self._lines)) != (width, height):
            self._width = width
            self._lines = [[UNKNOWN] * width for _line in range(height)]

    def page_output(self, update: LayoutUpdate, console: Console) -> str:
        """Return the text to send for a whole page."""
        if monotonic() - self._page_sent_at > FULL_REDRAW_AFTER:
            self.forget()
        self._page_sent_at = monotonic()
        self._set_size(update.region.width, update.region.height)
        lines = enumerate(update.strips, update.region.y)
        return self._output((update.region.x, y, cells_of(line, console, self._ascii_only)) for y, line in lines)

    def parts_output(self, update: ChopsUpdate, console: Console) -> str:
        """Return the text to send for parts of a page."""
        if len(self._lines) != len(update.chops):
            return update.render_segments(console)
        return self._output(_pieces(update, console, self._ascii_only))

    def _output(self, pieces: Iterable[Piece]) -> str:
        sent: list[str] = []
        style = ""
        for x, y, cells in pieces:
            known = self._lines[y]
            cells = cells[: max(self._width - x, 0)]
            for start, end in _changed_runs(known[x : x + len(cells)], cells):
                sent.append(f"\x1b[{y + 1};{x + start + 1}H")
                for text, wanted in cells[start:end]:
                    if wanted != style:
                        sent.append(f"\x1b[0;{wanted}m" if wanted else "\x1b[0m")
                        style = wanted
                    sent.append(text)
            known[x : x + len(cells)] = cells
        if style:
            sent.append("\x1b[0m")
        return "".join(sent)


def _pieces(update: ChopsUpdate, console: Console, ascii_only: bool) -> Iterator[Piece]:
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                yield x, y, cells_of((strip,), console, ascii_only)


def cells_of(strips: Iterable[Strip], console: Console, ascii_only: bool) -> list[Cell]:
    """Return the cells of strips side by side; with `ascii_only`, signs are replaced by ones that a text console has."""
    system = COLOR_SYSTEMS[console.color_system or "truecolor"]
    cells: list[Cell] = []
    for strip in strips:
        for text, style, control in strip:
            if control:
                continue
            drawn = "" if style is None else _sgr(style, system)
            if text.isascii():
                cells.extend([(character, drawn) for character in text])
            else:
                _append_cells(text.translate(TO_ASCII) if ascii_only else text, drawn, cells)
    return cells


def _append_cells(text: str, drawn: str, cells: list[Cell]) -> None:
    """Append the cells of `text`; a combining character goes into the cell before it."""
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            before, style = cells[-1]
            cells[-1] = (before + character, style)
        else:
            cells.append((character, drawn))
            cells.extend([("", drawn)] * (width - 1))


def _changed_runs(known: Sequence[Cell], wanted: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Yield start and end of the runs of cells to send; they begin and end with a whole character."""
    start = last = -1
    for at, (before, after) in enumerate(zip(known, wanted, strict=False)):
        if before == after:
            continue
        if start >= 0 and at - last > GAP:
            yield _whole_characters(wanted, start, last + 1)
            start = -1
        if start < 0:
            start = at
        last = at
    if start >= 0:
        yield _whole_characters(wanted, start, last + 1)


def _whole_characters(cells: Sequence[Cell], start: int, end: int) -> tuple[int, int]:
    while start > 0 and not cells[start][0]:
        start -= 1
    while end < len(cells) and not cells[end][0]:
        end += 1
    return start, end


class DiffUpdate(CompositorUpdate):
    """An update of Textual's that is compared with what the terminal shows when it is sent."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, canvas: Canvas) -> None:
        self._update = update
        self._canvas = canvas

    def render_segments(self, console: Console) -> str:
        """Return the text to send."""
        if isinstance(self._update, LayoutUpdate):
            return self._canvas.page_output(self._update, console)
        return self._canvas.parts_output(self._update, console)
