"""The state of the checklist: which tables are shown and which are ticked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

from hctui.model import Role, Table
from hctui.operations.results import TableComparison


class TableChoice(Struct, frozen=True):
    """One table of a backup, and the same table in the database now."""

    stored: Table
    """The table in the backup."""
    now: Table | None = None
    """The table in the database; None if it does not exist."""
    available: bool = True
    """Whether the backup holds the table's rows."""

    @classmethod
    def of(cls, tables: Iterable[TableComparison]) -> tuple[TableChoice, ...]:
        """Return the tables of a backup, each with that of the database, sorted by name."""
        known = (cls(each.backup, each.live, each.restorable) for each in tables if each.backup is not None)
        return tuple(sorted(known, key=lambda choice: choice.name.casefold()))

    @property
    def name(self) -> str:
        """The table's name in the backup."""
        return self.stored.name

    @property
    def same(self) -> bool:
        """Whether number of rows and size are the same in both; the rows may differ all the same."""
        return self.now is not None and (self.stored.rows, self.stored.size) == (self.now.rows, self.now.size)


class Checklist:
    """The tables of one database in a backup, a filter on their names, and the ticks."""

    def __init__(self, choices: Sequence[TableChoice], ticked: Iterable[str] = ()) -> None:
        self.choices = tuple(choices)
        """Every table, in the order of the backup."""
        self.shown = self.choices
        """The tables that match the filter."""
        self.filter = ""
        """Words that the names must contain, all of them; capitals and accents make no difference."""
        self._folded = tuple(_fold(choice.name) for choice in self.choices)
        available = {choice.name for choice in self.choices if choice.available}
        self._ticked = available.intersection(ticked)

    def is_ticked(self, choice: TableChoice) -> bool:
        """Return whether a table is ticked."""
        return choice.name in self._ticked

    @property
    def ticked(self) -> tuple[str, ...]:
        """The names of all ticked tables, hidden ones too, in the order of the backup."""
        return tuple(choice.name for choice in self.choices if choice.name in self._ticked)

    @property
    def ticked_count(self) -> int:
        """The number of ticked tables."""
        return len(self._ticked)

    @property
    def ticked_size(self) -> int:
        """Bytes of data and blobs of all ticked tables in the backup."""
        return sum(choice.stored.size for choice in self.choices if choice.name in self._ticked)

    def show(self, text: str) -> None:
        """Show only the tables whose names contain every word of `text`."""
        self.filter = text
        words = _fold(text).split()
        self.shown = tuple(
            choice for choice, name in zip(self.choices, self._folded, strict=True) if all(word in name for word in words)
        )

    def toggle(self, choice: TableChoice) -> None:
        """Tick or untick a table; a table that is not in the backup can't be ticked."""
        if choice.available:
            self._ticked ^= {choice.name}

    def tick_shown(self) -> None:
        """Tick every table that is shown."""
        self._ticked |= self._shown_names()

    def clear_shown(self) -> None:
        """Untick every table that is shown."""
        self._ticked -= self._shown_names()

    def invert_shown(self) -> None:
        """Tick every shown table that is not ticked, and untick the others."""
        self._ticked ^= self._shown_names()

    def roles(self) -> dict[Role, tuple[int, int]]:
        """Return for each role that occurs how many of its tables are ticked and how many there are."""
        counts: dict[Role, tuple[int, int]] = {}
        for choice in self.choices:
            if choice.available:
                ticked, known = counts.get(choice.stored.role, (0, 0))
                counts[choice.stored.role] = (ticked + self.is_ticked(choice), known + 1)
        return {role: counts[role] for role in Role if role in counts}

    def toggle_role(self, role: Role) -> None:
        """Tick every table of a role, shown or not; if all are ticked, untick them."""
        names = {choice.name for choice in self.choices if choice.available and choice.stored.role is role}
        self._ticked = self._ticked - names if names <= self._ticked else self._ticked | names

    def _shown_names(self) -> set[str]:
        return {choice.name for choice in self.shown if choice.available}


def _fold(text: str) -> str:
    """Return `text` without capitals and accents."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
