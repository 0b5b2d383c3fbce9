"""Sends a terminal only the cells that changed: Textual sends whole lines of whole widgets, which a slow line feels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from hctui.tui.terminal.glyphs import IN_PLAIN

Cell = tuple[str, str]
"""The characters of a cell and how they are drawn (SGR); the second cell of a wide character has none."""
Piece = tuple[int, int, Sequence[Cell]]
"""Column, line and cells."""
UNKNOWN: Cell = ("\0", "")
GAP = 6
"""So many unchanged cells between two changed ones are sent again: going around them takes as many bytes."""
HEALING = 2.0
"""Seconds after which a whole page is sent whole again, so that what others wrote over it is gone."""


class Canvas:
    """What the terminal shows, as far as it was told."""

    def __init__(self, *, in_plain: bool = False) -> None:
        self._in_plain = in_plain
        self._lines: list[list[Cell]] = []
        self._width = 0
        self._whole_at = 0.0

    def forget(self) -> None:
        """Send everything anew from here on."""
        self._lines = []

    def _fit(self, width: int, height: int) -> None:
        if (self._width, len(self._lines)) != (width, height):
            self._width = width
            self._lines = [[UNKNOWN] * width for _line in range(height)]

    def whole(self, update: LayoutUpdate, console: Console) -> str:
        """Return what to send for a whole page."""
        if monotonic() - self._whole_at > HEALING:
            self.forget()
        self._whole_at = monotonic()
        self._fit(update.region.width, update.region.height)
        lines = enumerate(update.strips, update.region.y)
        return self._send((update.region.x, y, cells_of(line, console, self._in_plain)) for y, line in lines)

    def parts(self, update: ChopsUpdate, console: Console) -> str:
        """Return what to send for parts of a page."""
        if len(self._lines) != len(update.chops):
            return update.render_segments(console)
        return self._send(_pieces(update, console, self._in_plain))

    def _send(self, pieces: Iterable[Piece]) -> str:
        sent: list[str] = []
        style = ""
        for x, y, cells in pieces:
            known = self._lines[y]
            cells = cells[: max(self._width - x, 0)]
            for start, end in _runs(known[x : x + len(cells)], cells):
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


def _pieces(update: ChopsUpdate, console: Console, in_plain: bool) -> Iterator[Piece]:
    for y, left, right in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < right and end > left:
                yield x, y, cells_of((strip,), console, in_plain)


def cells_of(strips: Iterable[Strip], console: Console, in_plain: bool) -> list[Cell]:
    """Return the cells of strips that lie beside one another; `in_plain` with signs that a text console has."""
    system = ColorSystem.TRUECOLOR if console._color_system is None else console._color_system
    cells: list[Cell] = []
    for strip in strips:
        for text, style, control in strip:
            if control:
                continue
            drawn = "" if style is None else Strip.render_ansi(style, system) if style._ansi is None else style._ansi
            if text.isascii():
                cells.extend([(character, drawn) for character in text])
            else:
                _spread(text.translate(IN_PLAIN) if in_plain else text, drawn, cells)
    return cells


def _spread(text: str, drawn: str, cells: list[Cell]) -> None:
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            before, how = cells[-1]
            cells[-1] = (before + character, how)
        else:
            cells.append((character, drawn))
            cells.extend([("", drawn)] * (width - 1))


def _runs(known: Sequence[Cell], wanted: Sequence[Cell]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that have to be sent; they begin and end with a whole character."""
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


class Thrifty(CompositorUpdate):
    """An update that is measured against what the terminal shows when it is sent."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, canvas: Canvas) -> None:
        self._update = update
        self._canvas = canvas

    def render_segments(self, console: Console) -> str:
        """Return what has to be sent."""
        if isinstance(self._update, LayoutUpdate):
            return self._canvas.whole(self._update, console)
        return self._canvas.parts(self._update, console)
