"""A field for a password."""

from __future__ import annotations

from rich.repr import RichReprResult

from hctui.tui.widgets.field import Field


class PasswordField(Field):
    """A field that shows a dot for each character; `read_and_clear()` returns the password and empties the field."""

    def __init__(self, label: str, *, help: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(label, help=help, password=True, id=id, classes=classes)

    def read_and_clear(self) -> str:
        """Return the password and empty the field."""
        typed, self.value = self.value, ""
        return typed

    def __rich_repr__(self) -> RichReprResult:
        """Leave the value out wherever this widget is printed."""
        yield "id", self.id
