"""The list of the tables of a job with their states; only changed rows are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip

from hctui.i18n.language import _, number, printable, size
from hctui.jobs.progress import JobProgress, TableProgress, TableState
from hctui.messages import N_
from hctui.tui.terminal.glyphs import glyphs
from hctui.tui.widgets.row_list import Column, RowList

TITLES = (N_("table"), N_("size"), N_("rows"))


class TableStates(RowList):
    """`✓` done, `>` running, `·` waiting; it scrolls to the running table while it does not have the focus."""

    DEFAULT_CSS = """
    TableStates > .row-list--cursor { text-style: none; }
    """

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
        """Return state, name, size and rows of a table."""
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
        """Draw a line; without focus the margin shows no cursor, because `>` also marks the running table."""
        strip = super().render_line(y)
        return strip if self.has_focus else Strip.join([Strip.blank(1, self.rich_style), strip.crop(1)])

    def kind(self, row: int) -> str:
        """Return `faint` for a table that waits."""
        return "faint" if self.tables[row].state is TableState.WAITING else ""

    def show_progress(self, progress: JobProgress) -> None:
        """Draw what has changed since the last call."""
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
