"""The notes that several engines give before a partial restore."""

from __future__ import annotations

from collections.abc import Iterable

from hctui.messages import N_, Message, message


def reference_note(pairs: Iterable[tuple[str, str]]) -> tuple[Message, ...]:
    """Return the note on tables that stay and refer to a replaced one, from pairs of both names; nothing without a pair."""
    listed = ", ".join(f"{child} → {parent}" for child, parent in pairs)
    text = N_(
        "Not ticked, though they point to tables that are: {tables}. Each of their rows must still find the row it points to;"
        " otherwise nothing is changed. Tick them too where they belong together."
    )
    return (message(text, tables=listed),) if listed else ()
