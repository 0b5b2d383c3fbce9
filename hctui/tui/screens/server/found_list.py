"""The databases that a server has, with ticks for those to be registered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from hctui.config import free_alias
from hctui.databases.engine import Discovered
from hctui.i18n.language import _, number, render, size
from hctui.messages import N_, message
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.table_list import Column, Rows

KEYS = (
    Binding("space", "tick", N_("tick"), show=False),
    Binding("a", "all", N_("tick all"), show=False),
    Binding("n", "none", N_("tick none"), show=False),
    Binding("i", "invert", N_("turn ticks"), show=False),
)


class FoundList(Rows):
    """Databases, each with the name it would have here; `=` marks those registered already, `-` those that can't be."""

    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(self, *, help: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.help = help
        self.found: tuple[Discovered, ...] = ()
        self.names: dict[str, str] = {}
        """The alias that each would be given, by its name on the server."""
        self.ticked: set[str] = set()
        self.columns = (
            Column("    " + _("on the server")),
            Column(_("name here"), 26),
            Column(_("tables"), 8, right=True),
            Column(_("size"), 9, right=True),
        )

    def show(self, found: Iterable[Discovered], aliases: Iterable[str]) -> None:
        """List these, all ticked that can be; `aliases` are taken."""
        self.found = tuple(found)
        taken = list(aliases)
        self.names = {}
        for each in filter(registrable, self.found):
            self.names[each.name] = free_alias(each.name, taken)
            taken.append(self.names[each.name])
        self.ticked = set(self.names)
        self.changed()

    @property
    def chosen(self) -> tuple[Discovered, ...]:
        """Return those that are ticked, in the order of the list."""
        return tuple(each for each in self.found if each.name in self.ticked)

    @property
    def database(self) -> Discovered | None:
        """Return the one at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.found[row]

    def row_count(self) -> int:
        """Return how many there are."""
        return len(self.found)

    def cells(self, row: int) -> Sequence[str]:
        """Return what is known of one."""
        each = self.found[row]
        ticked = glyphs().ticked if each.name in self.ticked else " "
        mark = f"[{ticked}]" if registrable(each) else " = " if each.alias else " - "
        name = each.alias or self.names.get(each.name, "")
        known = registrable(each) or each.tables > 0
        return f"{mark} {each.name}", name, number(each.tables) if known else "", size(each.size) if known else ""

    def kind(self, row: int) -> str:
        """Return how one is drawn; the mark says the same."""
        each = self.found[row]
        return "marked" if each.name in self.ticked else "" if registrable(each) else "faint"

    def action_tick(self) -> None:
        """Tick or untick the one at the cursor and go on to the next."""
        if self.database is not None and registrable(self.database):
            self._tick(self.ticked ^ {self.database.name})
        self.cursor += 1

    def action_all(self) -> None:
        """Tick all that can be registered."""
        self._tick(set(self.names))

    def action_none(self) -> None:
        """Tick none."""
        self._tick(set())

    def action_invert(self) -> None:
        """Turn every tick."""
        self._tick(set(self.names) - self.ticked)

    def _tick(self, names: set[str]) -> None:
        self.ticked = names
        self.changed()


def registrable(found: Discovered) -> bool:
    """Tell whether a database can be backed up and is not registered yet."""
    return not found.alias and found.refusal is None


def told(found: Discovered) -> str:
    """Return why a database can't be ticked; nothing of others."""
    if found.alias:
        return render(message(N_("{name} is registered already as {alias}."), name=found.name, alias=found.alias))
    if found.refusal is not None:
        return render(message(N_("{name} is left out: {reason}"), name=found.name, reason=found.refusal))
    return ""
