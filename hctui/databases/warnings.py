"""What engines say in the same words before tables are replaced one by one."""

from __future__ import annotations

from collections.abc import Iterable

from hctui.messages import N_, Message, message


def pointing_note(pairs: Iterable[tuple[str, str]]) -> tuple[Message, ...]:
    """Say which tables that stay point to one that is replaced; nothing where none does."""
    listed = ", ".join(f"{child} → {parent}" for child, parent in pairs)
    text = N_(
        "Not ticked, though they point to tables that are: {tables}. Each of their rows must still find the row it points to;"
        " otherwise nothing is changed. Tick them too where they belong together."
    )
    return (message(text, tables=listed),) if listed else ()
