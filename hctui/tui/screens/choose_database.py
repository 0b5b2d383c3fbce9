"""The dialog to choose the current database."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from hctui.i18n.language import _, printable
from hctui.messages import N_
from hctui.tui.dialog import Dialog
from hctui.tui.terminal.glyphs import shortened
from hctui.tui.widgets.menu_list import MenuItem, MenuList

WIDTH = 58
"""Cells of an item for alias, engine and location."""


class ChooseDatabase(Dialog[str]):
    """Returns the chosen alias, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Choose"))]

    def __init__(self) -> None:
        super().__init__(_("Current database"))

    def body(self) -> ComposeResult:
        """List the registered databases, with the cursor on the current one."""
        databases = self.application.configuration.databases
        room = WIDTH - max((cell_len(each.alias + each.engine) for each in databases), default=0)
        items = [
            MenuItem(
                each.alias,
                str(at) if at < 10 else " ",
                each.alias,
                f"{each.engine}  {shortened(printable(each.shown_location), room)}",
            )
            for at, each in enumerate(databases, start=1)
        ]
        at = next((at for at, each in enumerate(databases) if each.alias == self.application.current), 0)
        yield MenuList(items, cursor=at, help=_("Pages that speak of “the selected database” mean this one."))

    @on(MenuList.Chosen)
    def _chosen(self, event: MenuList.Chosen) -> None:
        self.dismiss(event.name)
