"""Asks for the password of a backup."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.language import _
from hctui.messages import N_
from hctui.tui.widgets import Action, Actions, Dialog, Notice, PasswordField


class AskPassword(Dialog[str]):
    """Gives the password typed, or None where the person went back."""

    ABOUT = N_("The password is only used to read this backup; hctui writes it down nowhere.")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Go on"))]

    def __init__(self, text: str, *, error: str = "") -> None:
        super().__init__(_("Password"))
        self._text = text
        self._error = error

    def body(self) -> ComposeResult:
        """Say what is opened, and ask."""
        yield Static(self._text, markup=False, classes="text")
        yield Notice(self._error)
        yield PasswordField(
            _("Password of the backup"),
            help=_("The one given when the backup was made. Capitals and accents make a difference. Nothing recovers it."),
        )
        with Actions():
            yield Action(_("Go on"), id="yes")
            yield Action(_("Back"), id="no")

    @on(PasswordField.Submitted)
    def _typed(self) -> None:
        self._answer()

    @on(Action.Pressed)
    def _answered(self, event: Action.Pressed) -> None:
        if event.action.id == "yes":
            self._answer()
        else:
            self.dismiss(None)

    def _answer(self) -> None:
        if self.query_one(PasswordField).value:
            self.dismiss(self.query_one(PasswordField).take())
        else:
            self.query_one(PasswordField).error = _("Type the password.")
