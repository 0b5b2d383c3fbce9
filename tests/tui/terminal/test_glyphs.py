"""Signs by terminal, and shortened texts."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from hctui.tui.terminal.glyphs import ASCII, UNICODE, glyphs, shortened


def test_plain_terminals_get_ascii_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert glyphs() is ASCII
    assert all(getattr(ASCII, name).isascii() for name in ASCII.__struct_fields__)
    monkeypatch.setenv("TERM", "xterm")
    assert glyphs() in (UNICODE, ASCII)


@pytest.mark.parametrize("cells", [0, 1, 2, 3, 10, 20, 34, 60, 61, 100])
def test_a_long_text_is_cut_in_its_middle(cells: int) -> None:
    name = "PAO_DE_OURO+MOVEIS_DA_SERRA+CERAMICA_DO_SUL_2026-11-22_22h17.bkb"
    shown = shortened(name, cells)
    assert cell_len(shown) == min(cells, len(name))
    if cells >= 34:
        assert shown.startswith("PAO_DE_OURO"[: cells - 23]) and shown.endswith("_2026-11-22_22h17.bkb")
