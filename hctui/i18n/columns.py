"""The columns of lists of tables, on pages and on the command line."""

from __future__ import annotations

from hctui.i18n.language import date_time, label, number, size
from hctui.model import Table


def table_cells(table: Table) -> tuple[str, ...]:
    """Return name, role, rows, size, size of the indexes and time of the last change; empty texts where unknown."""
    return (
        table.name,
        label(table.role),
        "" if table.rows is None else number(table.rows),
        size(table.size),
        size(table.index_size) if table.index_size else "",
        date_time(table.modified) if table.modified else "",
    )
