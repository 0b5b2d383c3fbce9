"""The base class of dialogs: an opaque box with a title, and a key bar."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from hctui.messages import N_
from hctui.tui.app_protocol import Application, application_of
from hctui.tui.page import bindings_of, help_texts, label_of
from hctui.tui.widgets.key_bar import KeyBar

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """A dialog. Subclasses set `ABOUT`, pass a translated title and yield widgets in `body()`; Esc dismisses with None."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background;
        &:ansi { background: ansi_default; }
        & > #box {
            width: 72;
            max-width: 100%;
            height: auto;
            max-height: 90%;
            background: $surface;
            color: $foreground;
            border: solid $border;
            padding: 1 1;
            overflow-y: auto;
        }
        & #title { height: 1; padding: 0 1; text-style: bold; margin-bottom: 1; }
        & Actions { margin-top: 1; }
        & .text { height: auto; padding: 0 1; }
    }
    """
    ABOUT: ClassVar[str] = ""
    """The explanation that F1 shows, in English, marked with `N_`."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,ctrl+g", "help", N_("Help")),
        Binding("escape", "cancel", N_("Back")),
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title

    @property
    def application(self) -> Application:
        """The application, with what it offers to dialogs."""
        return application_of(self)

    def compose(self) -> ComposeResult:
        """Lay out the box and the keys."""
        with Vertical(id="box"):
            yield Static(self._heading, markup=False, id="title")
            yield from self.body()
        yield KeyBar()

    def body(self) -> ComposeResult:
        """Yield the dialog's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        """Show the keys in the current language."""
        self.query_one(KeyBar).show(bindings_of(self))

    def on_screen_resume(self) -> None:
        """Check the size: the terminal may have become too small meanwhile."""
        self.application.check_size()

    def action_help(self) -> None:
        """Explain the field with the focus, and the dialog."""
        title = label_of(self.focused) or self._heading
        self.application.show_help(title, tuple(help_texts(self.focused, self.ABOUT)), bindings_of(self))

    def action_cancel(self) -> None:
        """Close the dialog without an answer."""
        self.dismiss(None)
