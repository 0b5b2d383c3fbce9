"""Dialogs that have to be answered before going on: a message, a question, the two confirmations of a restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from hctui.i18n.language import _, render
from hctui.messages import N_, message
from hctui.tui.dialog import Dialog
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.key_values import KeyValue, Notice


class MessageDialog(Dialog[None]):
    """A text to read; Enter or Esc goes on."""

    ABOUT = N_("Something that has to be read before going on. Nothing is changed by it; Enter or Esc closes it.")

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title or _("This did not work"))
        self._text = text

    def body(self) -> ComposeResult:
        """Show the text."""
        yield Static(self._text, markup=False, classes="text")
        with Actions():
            yield Action(_("Go on"), id="on")

    @on(Action.Pressed)
    def _go_on(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """A question with two answers; the one that changes nothing has the focus. Returns whether the answer was yes."""

    ABOUT = N_(
        "Left and Right choose the answer, Enter gives it. The one that changes nothing is chosen first; Esc gives it too."
    )

    def __init__(self, title: str, text: str, *, yes: str, no: str = "") -> None:
        super().__init__(title)
        self._text = text
        self._yes = yes
        self._no = no or _("Back")

    def body(self) -> ComposeResult:
        """Show the question and the answers."""
        yield Static(self._text, markup=False, classes="text")
        with Actions():
            yield Action(self._no, id="no")
            yield Action(self._yes, id="yes")

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        self.dismiss(event.action.id == "yes")


Section = tuple[str, Sequence[KeyValue]]
"""A heading and its lines, translated: for each a name, or nothing, and a text."""
LONGEST_NAME = 28
"""Cells; longer names of tables are cut."""


class RestorePreviewDialog(Dialog[bool]):
    """The first confirmation: what a restore replaces, what stays, who is connected, what the undo keeps."""

    DEFAULT_CSS = """
    RestorePreviewDialog > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    RestorePreviewDialog #sections { height: 1fr; scrollbar-size-vertical: 1; }
    RestorePreviewDialog Notice { margin-bottom: 1; }
    """
    ABOUT = N_(
        "What the restore will do: what is replaced, dropped and made again, what stays and why, and where. Nothing has been"
        " changed yet; Continue goes on to typing the database's name, and only that starts it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+r", "go_on", N_("Continue")),
        Binding("tab", "app.focus_next", N_("Next"), key_display="Tab"),
        Binding("pageup", "scroll_by(-12)", N_("Scroll"), key_display="PgUp/PgDn"),
        Binding("pagedown", "scroll_by(12)", show=False),
        Binding("up", "scroll_by(-1)", show=False),
        Binding("down", "scroll_by(1)", show=False),
    ]
    AUTO_FOCUS = "#yes"

    def __init__(self, title: str, sections: Sequence[Section], warnings: str = "") -> None:
        super().__init__(title)
        self._sections = sections
        self._warnings = warnings

    def body(self) -> ComposeResult:
        """Show the sections, which scroll, and the answers."""
        with VerticalScroll(id="sections", can_focus=False):
            yield Notice(self._warnings)
            for heading, lines in self._sections:
                yield Static(heading, markup=False, classes="heading")
                yield Static(_lines(lines), classes="text")
        with Actions():
            yield Action(_("Back"), id="no")
            yield Action(_("Continue"), id="yes")

    def action_go_on(self) -> None:
        """Go on to the second question."""
        self.dismiss(True)

    def action_scroll_by(self, lines: int) -> None:
        """Scroll the sections."""
        self.query_one("#sections").scroll_relative(y=lines, animate=False)

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        self.dismiss(event.action.id == "yes")


def _lines(lines: Sequence[KeyValue]) -> RenderableType:
    """Return names and texts in two columns; the further lines of a long text are aligned with its first."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    names = max((cell_len(name) for name, _text in lines), default=0)
    if names:
        grid.add_column(width=min(names, LONGEST_NAME), no_wrap=True, overflow="ellipsis")
    grid.add_column(overflow="fold")
    for name, text in lines:
        grid.add_row(*([Text(name)] if names else []), Text(text))
    return Padding(grid, (0, 0, 0, 2))


class TypeNameDialog(Dialog[bool]):
    """The second confirmation: the database's name has to be typed."""

    ABOUT = N_("The second of two questions. The restore starts once the name is typed as it is shown; Esc changes nothing.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Go on"))]

    def __init__(self, title: str, names: Sequence[str], *, action: str) -> None:
        super().__init__(title)
        self._names = tuple(names)
        self._action = action

    def body(self) -> ComposeResult:
        """Ask for the name."""
        name = ", ".join(self._names)
        yield Static(
            render(message(N_("To go on, type {name} and press Enter. Esc goes back and changes nothing."), name=name)),
            markup=False,
            classes="text",
        )
        yield Static("", classes="text")
        yield Field(
            _("Name of the database"), id="name", help=_("Typed letter by letter, so that it never happens by mistake.")
        )
        with Actions():
            yield Action(_("Back"), id="no")
            yield Action(self._action, id="yes")

    def _check_name(self) -> None:
        field = self.query_one(Field)
        typed = field.value.replace(" ", "").casefold()
        if typed == ",".join(self._names).replace(" ", "").casefold():
            self.dismiss(True)
        else:
            field.error = render(message(N_("This is not {name}."), name=", ".join(self._names)))
            field.focus()

    @on(Field.Submitted)
    def _submitted(self) -> None:
        self._check_name()

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        if event.action.id == "yes":
            self._check_name()
        else:
            self.dismiss(False)
