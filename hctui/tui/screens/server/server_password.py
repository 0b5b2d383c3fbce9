"""Asks for the password of a server."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from hctui.language import _
from hctui.messages import N_
from hctui.tui.widgets import Action, Actions, Dialog, Notice, PasswordField, Tick


@dataclass(frozen=True, slots=True)
class ServerPassword:
    """What was typed, and whether it shall be kept."""

    password: str = field(repr=False)
    keep: bool


class AskServerPassword(Dialog[ServerPassword]):
    """Gives the password typed, or None where the person went back."""

    ABOUT = N_(
        "The password is shown nowhere and forgotten when this page is left, unless it shall be kept: then it is put into the"
        " password file of PostgreSQL, which only you can read and where backups find it. It never goes into the configuration."
    )

    def __init__(self, text: str, *, error: str = "", keep: bool = False) -> None:
        super().__init__(_("Password of the server"))
        self._text = text
        self._error = error
        self._keep = keep

    def body(self) -> ComposeResult:
        """Say who asks, and ask."""
        yield Static(self._text, markup=False, classes="text")
        yield Notice(self._error)
        yield PasswordField(_("Password"), help=_(self.ABOUT))
        yield Tick(_("Keep it in ~/.pgpass, where backups find it"), self._keep, help=_(self.ABOUT))
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
        typed = self.query_one(PasswordField)
        if typed.value:
            self.dismiss(ServerPassword(typed.take(), self.query_one(Tick).value))
        else:
            typed.error = _("Type the password.")
