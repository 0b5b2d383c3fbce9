"""Passwords: typed, never shown."""

from __future__ import annotations

from rich.repr import RichReprResult

from hctui.tui.widgets.field import Field


class PasswordField(Field):
    """A field that shows a dot for each character; `take()` gives the password out and forgets it."""

    def __init__(self, label: str, *, help: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(label, help=help, password=True, id=id, classes=classes)

    def take(self) -> str:
        """Return what was typed and empty the field."""
        typed, self.value = self.value, ""
        return typed

    def __rich_repr__(self) -> RichReprResult:
        """Say nothing of the value, wherever this widget is printed."""
        yield "id", self.id
