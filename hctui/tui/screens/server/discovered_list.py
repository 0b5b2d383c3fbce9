"""The list of the databases of a server, with ticks for those to register."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from hctui.config import free_alias
from hctui.databases.engine import Discovered
from hctui.i18n.language import _, number, render, size
from hctui.messages import N_, message
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.row_list import Column, RowList

KEYS = (
    Binding("space", "tick", N_("tick"), show=False),
    Binding("a", "all", N_("tick all"), show=False),
    Binding("n", "none", N_("tick none"), show=False),
    Binding("i", "invert", N_("turn ticks"), show=False),
)


class DiscoveredList(RowList):
    """Databases with their names here; `=` marks those that are registered already, `-` those that can't be registered."""

    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(self, *, help: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.help = help
        self.databases: tuple[Discovered, ...] = ()
        self.names: dict[str, str] = {}
        """The alias that each database would get, by its name on the server."""
        self.ticked: set[str] = set()
        self.columns = (
            Column("    " + _("on the server")),
            Column(_("name here"), 26),
            Column(_("tables"), 8, right=True),
            Column(_("size"), 9, right=True),
        )

    def show(self, databases: Iterable[Discovered], aliases: Iterable[str]) -> None:
        """Show these databases, all ticked that can be registered; `aliases` are in use."""
        self.databases = tuple(databases)
        used = list(aliases)
        self.names = {}
        for each in filter(registrable, self.databases):
            self.names[each.name] = free_alias(each.name, used)
            used.append(self.names[each.name])
        self.ticked = set(self.names)
        self.changed()

    @property
    def chosen(self) -> tuple[Discovered, ...]:
        """The ticked databases, in the order of the list."""
        return tuple(each for each in self.databases if each.name in self.ticked)

    @property
    def database(self) -> Discovered | None:
        """The database at the cursor, None in an empty list."""
        row = self.at_cursor
        return None if row is None else self.databases[row]

    def row_count(self) -> int:
        """Return the number of databases."""
        return len(self.databases)

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a database."""
        each = self.databases[row]
        ticked = glyphs().ticked if each.name in self.ticked else " "
        mark = f"[{ticked}]" if registrable(each) else " = " if each.alias else " - "
        name = each.alias or self.names.get(each.name, "")
        known = registrable(each) or each.tables > 0
        return f"{mark} {each.name}", name, number(each.tables) if known else "", size(each.size) if known else ""

    def kind(self, row: int) -> str:
        """Return `marked` for a ticked database, `faint` for one that can't be registered; the text shows both too."""
        each = self.databases[row]
        return "marked" if each.name in self.ticked else "" if registrable(each) else "faint"

    def action_tick(self) -> None:
        """Tick or untick the database at the cursor and go on to the next."""
        if self.database is not None and registrable(self.database):
            self._set_ticks(self.ticked ^ {self.database.name})
        self.cursor += 1

    def action_all(self) -> None:
        """Tick all databases that can be registered."""
        self._set_ticks(set(self.names))

    def action_none(self) -> None:
        """Tick none."""
        self._set_ticks(set())

    def action_invert(self) -> None:
        """Invert every tick."""
        self._set_ticks(set(self.names) - self.ticked)

    def _set_ticks(self, names: set[str]) -> None:
        self.ticked = names
        self.changed()


def registrable(database: Discovered) -> bool:
    """Return whether a database can be backed up and is not registered yet."""
    return not database.alias and database.refusal is None


def reason_not_registrable(database: Discovered) -> str:
    """Return why a database can't be ticked, empty if it can."""
    if database.alias:
        return render(message(N_("{name} is registered already as {alias}."), name=database.name, alias=database.alias))
    if database.refusal is not None:
        return render(message(N_("{name} is left out: {reason}"), name=database.name, reason=database.refusal))
    return ""
