"""The dialog that F1 and ? open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.tui.dialog import Dialog
from hctui.tui.widgets.key_bar import keys_of

EVERYWHERE = (
    ("Tab", N_("next field; Shift+Tab the one before")),
    (N_("Arrows"), N_("the line above or below")),
    (N_("Space"), N_("tick, untick, choose")),
    ("Enter", N_("do what the cursor is on")),
    ("F1/^G", N_("explain the field the cursor is on")),
    ("Esc", N_("back to the page before, nothing else")),
    ("^L", N_("draw the page again")),
    ("F10/^Q", N_("leave hctui; jobs go on")),
)


class Help(Dialog[None]):
    """Explains a field, a page and its keys."""

    DEFAULT_CSS = """
    Help > #box { width: 76; max-height: 22; }
    Help #scroll { height: auto; max-height: 16; scrollbar-size-vertical: 1; }
    Help .text { margin-bottom: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,ctrl+g", "cancel", show=False),
        Binding("enter,question_mark", "cancel", show=False),
        Binding("pageup,pagedown", "nothing", N_("Scroll"), key_display="PgUp/PgDn"),
    ]

    def __init__(self, title: str, texts: Sequence[str], bindings: Sequence[Binding]) -> None:
        super().__init__(title)
        self._texts = texts
        self._bindings_listed = bindings

    def body(self) -> ComposeResult:
        """Show the texts, then the keys of the page, then those of every page."""
        with VerticalScroll(id="scroll"):
            for text in self._texts:
                yield Static(text, markup=False, classes="text")
            yield Static(_("Keys"), markup=False, classes="heading")
            yield Static(self._keys(), classes="text")

    def _keys(self) -> Table:
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        for binding in self._bindings_listed:
            if binding.description and binding.action not in {"back", "help", "keys"}:
                grid.add_row(Text(keys_of(binding), "bold"), Text(_(binding.description)))
        for keys, text in EVERYWHERE:
            grid.add_row(Text(_(keys), "bold"), Text(_(text)))
        return grid
