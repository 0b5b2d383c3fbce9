"""Drawing by difference: the terminal shows the right cells after any updates, and little is sent."""

from __future__ import annotations

import io
import random

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from hctui.tui.terminal.diff_renderer import Canvas

WIDTH, HEIGHT = 40, 8
ALPHABET = "abc çã·█✓ 日本é"


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")


def _strip(text: str, bold: bool = False) -> Strip:
    return Strip([Segment(text, Style(bold=bold, color="#d0d0d0"))]).adjust_cell_length(WIDTH)


def _whole(lines: list[str]) -> LayoutUpdate:
    return LayoutUpdate([[_strip(line)] for line in lines], Region(0, 0, WIDTH, HEIGHT))


def _shown(screen: pyte.Screen) -> list[str]:
    return [line.rstrip() for line in screen.display]


def test_the_terminal_shows_the_last_update(console: Console) -> None:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    canvas = Canvas()
    generator = random.Random(20261122)
    for _round in range(300):
        lines = ["".join(generator.choices(ALPHABET, k=generator.randrange(WIDTH // 2))) for _line in range(HEIGHT)]
        stream.feed(canvas.page_output(_whole(lines), console))
        assert _shown(screen) == [line.rstrip() for line in lines]


def test_unchanged_cells_are_not_sent(console: Console) -> None:
    canvas = Canvas()
    lines = ["the same line of text"] * HEIGHT
    assert len(canvas.page_output(_whole(lines), console)) > WIDTH * HEIGHT
    assert canvas.page_output(_whole(lines), console) == ""
    lines[3] = "the same line of test"
    sent = canvas.page_output(_whole(lines), console)
    assert len(sent) < 40
    assert "\x1b[4;20H" in sent


def test_parts_are_compared_with_the_page(console: Console) -> None:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    canvas = Canvas()
    stream.feed(canvas.page_output(_whole(["0123456789"] * HEIGHT), console))
    chops = [{0: None} for _line in range(HEIGHT)]
    chops[2] = {0: _strip("0123x56789")}
    sent = canvas.parts_output(ChopsUpdate(chops, [(2, 0, WIDTH)], [[WIDTH]] * HEIGHT), console)
    stream.feed(sent)
    assert _shown(screen)[2] == "0123x56789"
    assert "0123" not in sent


def test_after_a_change_of_size_everything_is_sent(console: Console) -> None:
    canvas = Canvas()
    canvas.page_output(_whole(["text"] * HEIGHT), console)
    narrower = LayoutUpdate([[Strip([Segment("text")])]], Region(0, 0, 4, 1))
    assert "text" in canvas.page_output(narrower, console)


def test_after_forget_everything_is_sent(console: Console) -> None:
    canvas = Canvas()
    first = canvas.page_output(_whole(["text"] * HEIGHT), console)
    canvas.forget()
    assert canvas.page_output(_whole(["text"] * HEIGHT), console) == first
