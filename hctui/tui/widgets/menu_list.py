"""A short list to choose from; each line has a key of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class MenuItem(Struct, frozen=True):
    """One line of a menu list."""

    name: str
    """The name in `MenuList.Chosen`."""
    key: str
    """The key that chooses the item."""
    label: str
    about: str = ""


class MenuList(Widget, can_focus=True):
    """`> 1  Database backup   everything in one file`: an item is chosen with Up, Down and Enter, or with its key."""

    DEFAULT_CSS = """
    MenuList { height: auto; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    MenuList > .menu-list--cursor { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
    MenuList > .menu-list--about { color: $muted; }
    MenuList > .menu-list--key { color: $primary; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"menu-list--cursor", "menu-list--about", "menu-list--key"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "go(0)", show=False),
        Binding("end", "go(-1)", show=False),
        Binding("enter,space", "choose", show=False),
    ]

    cursor: reactive[int] = reactive(0)

    @dataclass
    class Chosen(Message):
        """An item was chosen."""

        menu_list: MenuList
        name: str

        @property
        def control(self) -> MenuList:
            """Return the list, for `@on(MenuList.Chosen, "#id")`."""
            return self.menu_list

    def __init__(
        self, items: Sequence[MenuItem], *, cursor: int = 0, help: str = "", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """The explanation that F1 shows, translated."""
        self.items = tuple(items)
        self.set_reactive(MenuList.cursor, cursor)

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on an item."""
        return max(0, min(cursor, len(self.items) - 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each item."""
        return max(len(self.items), 1)

    def render(self) -> Text:
        """Draw the items."""
        column = max((cell_len(each.label) for each in self.items), default=0) + 8
        about, key = (self.get_component_rich_style(f"menu-list--{part}", partial=True) for part in ("about", "key"))
        lines: list[Text] = []
        for at, each in enumerate(self.items):
            here = self.has_focus and at == self.cursor
            mark = glyphs().cursor if at == self.cursor else " "
            line = Text(f" {mark} ", no_wrap=True, overflow="ellipsis")
            line.append(each.key, "" if here else key).append(f"  {each.label}")
            line.pad_right(max(column - line.cell_len, 0))
            line.append(each.about, "" if here else about)
            if here:
                line.pad_right(max(self.size.width - line.cell_len, 0))
                line.stylize(self.get_component_rich_style("menu-list--cursor", partial=True))
            lines.append(line)
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)

    def action_move(self, by: int) -> None:
        """Move the cursor; past the first or last item, move the focus."""
        if 0 <= self.cursor + by < len(self.items):
            self.cursor += by
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_go(self, at: int) -> None:
        """Move the cursor to an item; -1 is the last."""
        self.cursor = at if at >= 0 else len(self.items) - 1

    def action_choose(self) -> None:
        """Choose the item at the cursor."""
        if self.items:
            self.post_message(self.Chosen(self, self.items[self.cursor].name))

    def on_key(self, event: Key) -> None:
        """Choose the item whose key was pressed."""
        for at, each in enumerate(self.items):
            if event.character is not None and event.character == each.key:
                event.stop()
                self.cursor = at
                self.action_choose()

    def on_click(self, event: Click) -> None:
        """Choose the item that was clicked."""
        self.cursor = event.y
        self.action_choose()
