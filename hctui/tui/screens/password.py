"""Dialogs that ask for a password."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.tui.dialog import Dialog
from hctui.tui.widgets.action import Action, Actions
from hctui.tui.widgets.key_values import Notice
from hctui.tui.widgets.password_field import PasswordField

Result = TypeVar("Result")


class PasswordDialog(Dialog[Result]):
    """Asks for a password and shows the error of the last attempt. Subclasses yield a `PasswordField` in `fields()`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "nothing", N_("Go on"))]

    def __init__(self, title: str, text: str, *, error: str = "") -> None:
        super().__init__(title)
        self._text = text
        self._error = error

    def body(self) -> ComposeResult:
        """Show the text, the error and the fields."""
        yield Static(self._text, markup=False, classes="text")
        yield Notice(self._error)
        yield from self.fields()
        with Actions():
            yield Action(_("Go on"), id="yes")
            yield Action(_("Back"), id="no")

    def fields(self) -> ComposeResult:
        """Yield the password field and what belongs to it."""
        raise NotImplementedError

    def result(self, password: str) -> Result:
        """Return the result of the dialog for the password."""
        raise NotImplementedError

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
        field = self.query_one(PasswordField)
        if field.value:
            self.dismiss(self.result(field.read_and_clear()))
        else:
            field.error = _("Type the password.")


class AskPassword(PasswordDialog[str]):
    """Returns the password of a backup, or None if the person went back."""

    ABOUT = N_("The password is only used to read this backup; hctui writes it down nowhere.")

    def __init__(self, text: str, *, error: str = "") -> None:
        super().__init__(_("Password"), text, error=error)

    def fields(self) -> ComposeResult:
        """Yield the password field."""
        yield PasswordField(
            _("Password of the backup"),
            help=_("The one given when the backup was made. Capitals and accents make a difference. Nothing recovers it."),
        )

    def result(self, password: str) -> str:
        """Return the password."""
        return password
