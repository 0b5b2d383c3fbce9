"""The tables of a job with their states; repaints nothing that has not changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip

from hctui.i18n.language import _, number, printable, size
from hctui.jobs.progress import JobProgress, TableProgress, TableState
from hctui.messages import N_
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.table_list import Column, Rows

TITLES = (N_("table"), N_("size"), N_("rows"))


class TableStates(Rows):
    """`ok` done, `>` at work, `·` waiting; keeps the table at work in sight until somebody scrolls."""

    DEFAULT_CSS = """
    TableStates > .rows--cursor { text-style: none; }
    """
    FOLLOWS: ClassVar[bool] = True

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.columns = (
            Column("", 2),
            Column(_(TITLES[0])),
            Column(_(TITLES[1]), 12, right=True),
            Column(_(TITLES[2]), 13, right=True),
            Column("", 1),
        )
        self.tables: list[TableProgress] = []
        self._several = False

    def row_count(self) -> int:
        """Return the number of tables."""
        return len(self.tables)

    def cells(self, row: int) -> Sequence[str]:
        """Return state, name, size and rows."""
        table = self.tables[row]
        signs = {TableState.WAITING: glyphs().waiting, TableState.RUNNING: glyphs().running, TableState.DONE: glyphs().done}
        name = f"{table.alias} {glyphs().dot} {table.table}" if self._several else table.table
        return (
            signs[table.state],
            printable(name),
            size(table.size) if table.size is not None else "",
            number(table.rows) if table.rows is not None else "",
            "",
        )

    def render_line(self, y: int) -> Strip:
        """Draw a line; the margin shows the cursor only where keys go here, since `>` also says at work."""
        strip = super().render_line(y)
        return strip if self.has_focus else Strip.join([Strip.blank(1, self.rich_style), strip.crop(1)])

    def kind(self, row: int) -> str:
        """Draw what waits fainter."""
        return "faint" if self.tables[row].state is TableState.WAITING else ""

    def follow(self, progress: JobProgress) -> None:
        """Show what is another since last time."""
        self._several = len(progress.databases) > 1
        if self.tables is not progress.tables or self.virtual_size.height != len(progress.tables) + 1:
            self.tables = progress.tables
            self.changed()
        top, height = self.scroll_offset.y, self.scrollable_content_region.height - 1
        for row in progress.changed:
            if top <= row < top + height:
                self.refresh(Region(0, row - top + 1, self.size.width, 1))
        progress.changed.clear()
        if not self.has_focus and progress.current >= 0 and not top <= progress.current < top + height:
            self.scroll_to(y=progress.current, animate=False)
