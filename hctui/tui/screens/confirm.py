"""Questions and announcements that have to be answered before going on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from hctui.language import _, render
from hctui.messages import N_, message
from hctui.tui.widgets import Action, Actions, Dialog, Field, Notice


class Tell(Dialog[None]):
    """Something to read; Enter or Esc goes on."""

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
    """A question with two answers; the careful one has the focus."""

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


Section = tuple[str, Sequence[str]]
"""A heading and its lines, translated."""


class RestorePreview(Dialog[bool]):
    """First of two: everything that a restore will replace and everything that stays, who is connected, what the undo keeps."""

    DEFAULT_CSS = """
    RestorePreview > #box { width: 78; height: 22; max-height: 22; overflow: hidden; }
    RestorePreview #sections { height: 1fr; scrollbar-size-vertical: 1; }
    RestorePreview #sections:focus { background: $field-background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("pageup,pagedown", "nothing", N_("Scroll"), key_display="PgUp/PgDn")]

    def __init__(self, title: str, sections: Sequence[Section], warnings: str = "") -> None:
        super().__init__(title)
        self._sections = sections
        self._warnings = warnings

    def body(self) -> ComposeResult:
        """Show the sections, scrollable, and the answers."""
        with VerticalScroll(id="sections"):
            yield Notice(self._warnings)
            for heading, lines in self._sections:
                yield Static(heading, markup=False, classes="heading")
                yield Static("\n".join(f"  {line}" for line in lines), markup=False, classes="text")
        with Actions():
            yield Action(_("Back"), id="no")
            yield Action(_("Continue"), id="yes")

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        self.dismiss(event.action.id == "yes")


class TypeName(Dialog[bool]):
    """Second of two: the database's name has to be typed."""

    def __init__(self, title: str, names: Sequence[str], *, action: str) -> None:
        super().__init__(title)
        self._names = tuple(names)
        self._do = action

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
            yield Action(self._do, id="yes")

    def _try(self) -> None:
        field = self.query_one(Field)
        typed = field.value.replace(" ", "").casefold()
        if typed == ",".join(self._names).replace(" ", "").casefold():
            self.dismiss(True)
        else:
            field.error = render(message(N_("This is not {name}."), name=", ".join(self._names)))
            field.focus()

    @on(Field.Submitted)
    def _submitted(self) -> None:
        self._try()

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        if event.action.id == "yes":
            self._try()
        else:
            self.dismiss(False)
