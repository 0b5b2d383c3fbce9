"""A group of alternatives, of which one is chosen; it can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec import Struct
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from hctui.tui.terminal.glyphs import glyphs


class Alternative(Struct, frozen=True):
    """One alternative of a radio group."""

    value: object
    label: str
    about: str = ""
    """A short explanation, beside the label if there is room, else under it."""


class RadioGroup(Widget, can_focus=True):
    """`(•) one` / `( ) other`: Up and Down move the cursor, Space or Enter chooses; past an end the focus moves on."""

    DEFAULT_CSS = """
    RadioGroup {
        height: auto;
        width: 1fr;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &:disabled { color: $muted; }
        & > .radio-group--cursor { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
        & > .radio-group--about { color: $muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"radio-group--cursor", "radio-group--about"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("space,enter", "choose", show=False),
    ]

    value: reactive[object] = reactive(None)
    """The chosen alternative's value."""
    cursor: reactive[int] = reactive(0)
    """The alternative that the keys act on."""
    alternatives: reactive[tuple[Alternative, ...]] = reactive((), layout=True)

    @dataclass
    class Changed(Message):
        """Another alternative was chosen."""

        radio_group: RadioGroup
        value: object

        @property
        def control(self) -> RadioGroup:
            """Return the group, for `@on(RadioGroup.Changed, "#id")`."""
            return self.radio_group

    def __init__(
        self,
        alternatives: Sequence[Alternative],
        value: object,
        *,
        help: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """The explanation that F1 shows, translated."""
        self.set_reactive(RadioGroup.alternatives, tuple(alternatives))
        self.set_reactive(RadioGroup.value, value)
        self.set_reactive(RadioGroup.cursor, self._index())

    def _index(self) -> int:
        return next((at for at, each in enumerate(self.alternatives) if each.value == self.value), 0)

    def _about_column(self, width: int) -> int:
        """Return the column of the explanations, or 0 if they do not fit beside the labels."""
        start = max((len(each.label) for each in self.alternatives), default=0) + 8
        return start if start + max((len(each.about) for each in self.alternatives), default=0) <= width else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each alternative and for each explanation under one."""
        under = 0 if self._about_column(width) else sum(1 for each in self.alternatives if each.about)
        return len(self.alternatives) + under

    def render(self) -> Text:
        """Draw the alternatives."""
        width = self.size.width
        column = self._about_column(width)
        about_style = self.get_component_rich_style("radio-group--about", partial=True)
        lines: list[Text] = []
        for at, each in enumerate(self.alternatives):
            here = self.has_focus and at == self.cursor
            sign = glyphs().chosen if each.value == self.value else " "
            line = Text(f"{glyphs().cursor if here else ' '}({sign}) {each.label}", no_wrap=True, overflow="ellipsis")
            if column and each.about:
                line.pad_right(column - len(line))
                line.append(each.about, "" if here else about_style)
            if here:
                line.pad_right(width - len(line))
                line.stylize(self.get_component_rich_style("radio-group--cursor", partial=True))
            lines.append(line)
            if each.about and not column:
                lines.append(Text("     " + each.about, about_style, no_wrap=True, overflow="ellipsis"))
        return Text("\n", no_wrap=True).join(lines)

    def action_move(self, by: int) -> None:
        """Move the cursor; past an end, move the focus."""
        if 0 <= self.cursor + by < len(self.alternatives):
            self.cursor += by
        elif by < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    def action_step(self, by: int) -> None:
        """Choose the next or the previous alternative."""
        self.cursor = max(0, min(len(self.alternatives) - 1, self.cursor + by))
        self.action_choose()

    def action_choose(self) -> None:
        """Choose the alternative at the cursor."""
        if self.alternatives:
            self.value = self.alternatives[self.cursor].value

    def on_blur(self) -> None:
        """Put the cursor back on the chosen alternative, for when the focus returns."""
        self.cursor = self._index()

    def on_click(self, event: Click) -> None:
        """Choose the alternative that was clicked."""
        lines_each = 1 if self._about_column(self.size.width) or not any(each.about for each in self.alternatives) else 2
        self.cursor = min(event.y // lines_each, len(self.alternatives) - 1)
        self.action_choose()

    def watch_value(self, value: object) -> None:
        """Post `Changed`."""
        self.cursor = self._index()
        self.post_message(self.Changed(self, value))
