"""Which tables are shown and which are ticked; knows no screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

from hctui.model import Role, Table
from hctui.operations.results import TableComparison


class TableChoice(Struct, frozen=True):
    """One table of a backup beside the same table of the database now."""

    stored: Table
    """As the backup holds it."""
    now: Table | None = None
    """As the database holds it; None where it is gone."""
    available: bool = True
    """The backup holds the table's content."""

    @classmethod
    def of(cls, tables: Iterable[TableComparison]) -> tuple[TableChoice, ...]:
        """Return the tables that a backup knows, beside what the database has, by name."""
        known = (cls(each.backup, each.live, each.restorable) for each in tables if each.backup is not None)
        return tuple(sorted(known, key=lambda choice: choice.name.casefold()))

    @property
    def name(self) -> str:
        """Return the table's name in the backup."""
        return self.stored.name

    @property
    def same(self) -> bool:
        """Tell whether rows and size are as they were; says nothing of what is in the rows."""
        return self.now is not None and (self.stored.rows, self.stored.size) == (self.now.rows, self.now.size)


class Checklist:
    """The tables of one database in a backup, a filter on their names, and the ticks."""

    def __init__(self, choices: Sequence[TableChoice], ticked: Iterable[str] = ()) -> None:
        self.choices = tuple(choices)
        """Every table, in the order of the backup."""
        self.shown = self.choices
        """Those that the filter lets through."""
        self.filter = ""
        """What their names must hold, whatever the capitals and accents; several words must all be there."""
        self._folded = tuple(_fold(choice.name) for choice in self.choices)
        available = {choice.name for choice in self.choices if choice.available}
        self._ticked = available.intersection(ticked)

    def is_ticked(self, choice: TableChoice) -> bool:
        """Tell whether a table is to be restored."""
        return choice.name in self._ticked

    @property
    def ticked(self) -> tuple[str, ...]:
        """Return the names of the ticked tables in the order of the backup, hidden ones too."""
        return tuple(choice.name for choice in self.choices if choice.name in self._ticked)

    @property
    def ticked_count(self) -> int:
        """Return how many tables are ticked."""
        return len(self._ticked)

    @property
    def ticked_size(self) -> int:
        """Return the bytes of data and blobs of all ticked tables in the backup."""
        return sum(choice.stored.size for choice in self.choices if choice.name in self._ticked)

    def show(self, text: str) -> None:
        """Show only tables whose name holds every word of `text`."""
        self.filter = text
        words = _fold(text).split()
        self.shown = tuple(
            choice for choice, name in zip(self.choices, self._folded, strict=True) if all(word in name for word in words)
        )

    def toggle(self, choice: TableChoice) -> None:
        """Tick a table that is not, and the other way round; a table that was left out stays as it is."""
        if choice.available:
            self._ticked ^= {choice.name}

    def tick_shown(self) -> None:
        """Tick every table that is shown."""
        self._ticked |= self._shown_names()

    def clear_shown(self) -> None:
        """Untick every table that is shown."""
        self._ticked -= self._shown_names()

    def invert_shown(self) -> None:
        """Turn the tick of every table that is shown."""
        self._ticked ^= self._shown_names()

    def roles(self) -> dict[Role, tuple[int, int]]:
        """Return for each role that occurs how many of its tables are ticked, and how many there are."""
        counts: dict[Role, tuple[int, int]] = {}
        for choice in self.choices:
            if choice.available:
                ticked, known = counts.get(choice.stored.role, (0, 0))
                counts[choice.stored.role] = (ticked + self.is_ticked(choice), known + 1)
        return {role: counts[role] for role in Role if role in counts}

    def toggle_role(self, role: Role) -> None:
        """Tick every table of a role, shown or not; untick them where all are ticked."""
        names = {choice.name for choice in self.choices if choice.available and choice.stored.role is role}
        self._ticked = self._ticked - names if names <= self._ticked else self._ticked | names

    def _shown_names(self) -> set[str]:
        return {choice.name for choice in self.shown if choice.available}


def _fold(text: str) -> str:
    """Return `text` without capitals and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
