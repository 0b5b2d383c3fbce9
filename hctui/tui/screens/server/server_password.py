"""Asks for the password of a server."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.app import ComposeResult

from hctui.i18n.language import _
from hctui.messages import N_
from hctui.tui.screens.password import PasswordDialog
from hctui.tui.widgets.checkbox import Tick
from hctui.tui.widgets.password_field import PasswordField


@dataclass(frozen=True, slots=True)
class ServerPassword:
    """What was typed, and whether it shall be kept."""

    password: str = field(repr=False)
    keep: bool


class AskServerPassword(PasswordDialog[ServerPassword]):
    """Gives the password typed, or None where the person went back."""

    ABOUT = N_(
        "The password is shown nowhere and forgotten when this page is left, unless it shall be kept: then it is put into the"
        " password file of PostgreSQL, which only you can read and where backups find it. It never goes into the configuration."
    )

    def __init__(self, text: str, *, error: str = "", keep: bool = False) -> None:
        super().__init__(_("Password of the server"), text, error=error)
        self._keep = keep

    def fields(self) -> ComposeResult:
        """Ask for the password, and whether to keep it."""
        yield PasswordField(_("Password"), help=_(self.ABOUT))
        yield Tick(_("Keep it in ~/.pgpass, where backups find it"), self._keep, help=_(self.ABOUT))

    def result(self, password: str) -> ServerPassword:
        """Return the password, and whether it is to be kept."""
        return ServerPassword(password, self.query_one(Tick).value)
