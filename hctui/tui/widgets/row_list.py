"""A list of rows in columns, with a cursor; only visible rows are drawn, so 50,000 rows are as fast as five."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hctui.i18n.language import printable
from hctui.tui.terminal.glyphs import glyphs

WIDE = 100
"""From this width on, in cells, columns get their `wide` width."""


class Column(Struct, frozen=True):
    """One column: its title and its width."""

    title: str
    width: int = 0
    """Cells; 0 for the one column that takes the rest of the line."""
    wide: int = 0
    """Cells if the list has `WIDE` or more; 0 for the same as `width`."""
    right: bool = False
    """Aligned to the right, as numbers are."""
    from_width: int = 0
    """The column is shown only if the list has at least so many cells."""


def line(columns: Sequence[Column], cells: Sequence[str], width: int) -> str:
    """Return one line of exactly `width` cells with the columns that fit; a cut text ends with a sign."""
    visible = [(column, cell) for column, cell in zip(columns, cells, strict=True) if width >= column.from_width]
    widths = [column.wide or column.width if width >= WIDE else column.width for column, _ in visible]
    rest = max(width - sum(widths) - 2 * (len(visible) - 1), 4)
    parts = [_fit(printable(cell), own or rest, column.right) for (column, cell), own in zip(visible, widths, strict=True)]
    return set_cell_size("  ".join(parts), width)


def _fit(text: str, width: int, right: bool) -> str:
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + glyphs().more
    return " " * (width - length) + text if right else text + " " * (width - length)


class RowList(ScrollView, can_focus=True):
    """A list of rows. Subclasses set `columns`, implement `row_count` and `cells`, and call `changed()` after a change."""

    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: transparent;
        & > .row-list--title { text-style: bold; }
        & > .row-list--cursor { text-style: bold; }
        & > .row-list--focused { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
        & > .row-list--marked { color: $primary; }
        & > .row-list--faint { color: $muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--title",
        "row-list--cursor",
        "row-list--focused",
        "row-list--marked",
        "row-list--faint",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row at the cursor; 0 in an empty list."""
    columns: tuple[Column, ...] = ()
    help: str = ""
    """The explanation that F1 shows, translated."""

    class Moved(Message):
        """The cursor has moved to another row, or its row has changed."""

        def __init__(self, row_list: RowList) -> None:
            self.row_list = row_list
            super().__init__()

        @property
        def control(self) -> RowList:
            """Return the list, for `@on(RowList.Moved, "#id")`."""
            return self.row_list

    class Chosen(Moved):
        """Enter was pressed on the row at the cursor."""

    class LeftAtTop(Moved):
        """Up was pressed on the first row."""

    def row_count(self) -> int:
        """Return how many rows there are."""
        raise NotImplementedError

    def cells(self, row: int) -> Sequence[str]:
        """Return the texts of a row, one for each column."""
        raise NotImplementedError

    def kind(self, row: int) -> str:
        """Return the style of a row: `marked`, `faint` or empty."""
        return ""

    @property
    def at_cursor(self) -> int | None:
        """The row at the cursor, None in an empty list."""
        return self.cursor if self.row_count() else None

    def changed(self) -> None:
        """Draw the list again after rows were added, removed or changed; the cursor stays on a row."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.row_count() + 1)
        self.cursor = self.validate_cursor(self.cursor)
        self.refresh()
        self.post_message(self.Moved(self))

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self.row_count() - 1))

    def watch_cursor(self, before: int, after: int) -> None:
        """Draw the two rows again and scroll to the new one."""
        self.refresh_lines(before + 1)
        self.refresh_lines(after + 1)
        self._scroll_to_cursor()
        if before != after:
            self.post_message(self.Moved(self))

    def _scroll_to_cursor(self) -> None:
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if height > 1 and not top <= self.cursor <= top + height - 2:
            self.scroll_to(y=self.cursor if self.cursor < top else self.cursor - height + 2, animate=False)

    def on_mount(self) -> None:
        """Set the size before the first key."""
        self.changed()

    def on_resize(self) -> None:
        """Lay out the columns again."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.row_count() + 1)
        self._scroll_to_cursor()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one visible line: first the titles, then the rows."""
        row = self.scroll_offset.y + y - 1
        width = self.scrollable_content_region.width
        if y == 0:
            text, style = " " + line(self.columns, [column.title for column in self.columns], width - 1), "row-list--title"
            return self._strip(text, style, width)
        if row >= self.row_count():
            return Strip.blank(width, self.rich_style)
        sign = glyphs().cursor if row == self.cursor and self.has_focus else " "
        return self._strip(sign + line(self.columns, self.cells(row), width - 1), self._component(row), width)

    def _component(self, row: int) -> str:
        if row == self.cursor:
            return "row-list--focused" if self.has_focus else "row-list--cursor"
        kind = self.kind(row)
        return f"row-list--{kind}" if kind else ""

    def _strip(self, text: str, component: str, width: int) -> Strip:
        style = self.get_component_rich_style(component) if component else self.rich_style
        return Strip([Segment(text, style)], width)

    def action_move(self, by: int) -> None:
        """Move the cursor; Up on the first row posts `LeftAtTop`."""
        if by < 0 and self.cursor == 0:
            self.post_message(self.LeftAtTop(self))
        self.cursor += by

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self.cursor += by * max(self.scrollable_content_region.height - 2, 1)

    def action_go(self, row: int) -> None:
        """Move the cursor to a row; -1 is the last."""
        self.cursor = row if row >= 0 else self.row_count() - 1

    def action_choose(self) -> None:
        """Post `Chosen`."""
        if self.row_count():
            self.post_message(self.Chosen(self))

    def on_focus(self) -> None:
        """Draw the cursor with focus."""
        self.refresh_lines(self.cursor + 1)

    def on_blur(self) -> None:
        """Draw the cursor without focus."""
        self.refresh_lines(self.cursor + 1)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked."""
        if event.y > 0:
            self.cursor = self.scroll_offset.y + event.y - 1
