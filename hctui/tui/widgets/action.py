"""Actions: words in brackets that do something when they are pressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Action(Widget, can_focus=True):
    """`[ Start the backup ]`; Enter or Space presses it."""

    DEFAULT_CSS = """
    Action {
        width: auto;
        height: 1;
        margin-right: 2;
        color: $primary;
        text-style: bold;
        &:focus { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
        &:disabled { color: $muted; text-style: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", show=False),
        Binding("right", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
    ]

    label: reactive[str] = reactive("", layout=True)

    @dataclass
    class Pressed(Message):
        """The action was pressed."""

        action: Action

        @property
        def control(self) -> Action:
            """Return the action, for `@on(Action.Pressed, "#id")`."""
            return self.action

    def __init__(self, label: str, *, help: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.help = help
        """The explanation that F1 shows, translated."""
        self.set_reactive(Action.label, label)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the label's width with its brackets."""
        return len(self.label) + 4

    def render(self) -> Text:
        """Draw the label in brackets, with angles beside them when it has the focus: that can be read without colour."""
        return Text(f">[{self.label}]<" if self.has_focus else f"[ {self.label} ]", no_wrap=True)

    def action_press(self) -> None:
        """Post `Pressed`, unless the action is disabled."""
        if not self.disabled:
            self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """Press it with the mouse."""
        self.action_press()


class Actions(Horizontal):
    """A row of actions; Left and Right move between them."""

    DEFAULT_CSS = """
    Actions { height: 1; width: 1fr; padding: 0 1; }
    """
