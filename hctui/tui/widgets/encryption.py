"""The fields of a backup's encryption: whether to encrypt, the password, the standard."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from textual import getters, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from hctui.i18n.language import _, label, render
from hctui.messages import N_
from hctui.model import Encryption
from hctui.password_strength import strength
from hctui.plans import BackupPlan
from hctui.tui.options import option_text
from hctui.tui.widgets.checkbox import Checkbox
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.radio_group import Alternative, RadioGroup

STANDARDS = (
    (Encryption.AES256, N_("the strongest: take it where you can")),
    (Encryption.AES192, N_("as safe in practice")),
    (Encryption.AES128, N_("as safe in practice, a little faster")),
    (Encryption.ZIPCRYPTO, N_("can be broken: only for old programs")),
)
"""The four standards, each with one line about it, the recommended one first."""
PASSWORD_HELP = N_(
    "Several words that do not belong together are stronger than one word with signs in it. Nothing and nobody recovers the"
    " password: write it down and keep it apart from the backup."
)


class EncryptionFields(Vertical):
    """A checkbox and, while it is ticked, the password twice, its strength and the standard."""

    DEFAULT_CSS = """
    EncryptionFields {
        height: auto;
        & #encryption-more { height: auto; padding-left: 3; }
        & #passwords { height: auto; }
        & #strength { height: 1; padding: 0 1; }
    }
    """

    checkbox = getters.query_one("#encrypt", Checkbox)
    first = getters.query_one("#password", PasswordField)
    again = getters.query_one("#password-again", PasswordField)

    @dataclass
    class Changed(Message):
        """The checkbox or the standard has changed."""

    def __init__(self, encryption: Encryption | None, *, known: Iterable[str] = (), id: str | None = None) -> None:
        super().__init__(id=id)
        self._initial = encryption
        self._known = tuple(known)

    def compose(self) -> ComposeResult:
        """Lay out the fields; they are hidden until the checkbox is ticked."""
        explanation = option_text(BackupPlan, "encryption", "explanation")
        yield Checkbox(
            option_text(BackupPlan, "encryption", "label"), self._initial is not None, help=explanation, id="encrypt"
        )
        with Vertical(id="encryption-more"):
            with Horizontal(id="passwords"):
                yield PasswordField(_("Password"), help=_(PASSWORD_HELP), id="password")
                yield PasswordField(_("The same password again"), help=_(PASSWORD_HELP), id="password-again")
            yield Static("", markup=False, id="strength")
            yield RadioGroup(
                [Alternative(standard, label(standard), _(about)) for standard, about in STANDARDS],
                self._initial or Encryption.AES256,
                help=explanation,
                id="standard",
            )

    def on_mount(self) -> None:
        """Hide the fields if the checkbox is not ticked."""
        self.query_one("#encryption-more").display = self.checkbox.value

    @property
    def encryption(self) -> Encryption | None:
        """The chosen standard; None if the backup is not encrypted."""
        value = self.query_one("#standard", RadioGroup).value
        return value if self.checkbox.value and isinstance(value, Encryption) else None

    @on(Checkbox.Changed, "#encrypt")
    def show_more(self, event: Checkbox.Changed) -> None:
        """Show the fields, or hide and empty them."""
        event.stop()
        self.query_one("#encryption-more").display = event.value
        if not event.value:
            self.forget()
        self.post_message(self.Changed())

    @on(RadioGroup.Changed, "#standard")
    def standard_changed(self, event: RadioGroup.Changed) -> None:
        """Post `Changed`."""
        event.stop()
        self.post_message(self.Changed())

    @on(Field.Changed)
    def check_passwords(self, event: Field.Changed) -> None:
        """Show the strength of the password, and once the second one is as long, whether both are the same."""
        event.stop()
        typed, again = self.first.value, self.again.value
        self.show_strength(typed)
        self.first.error = ""
        differs = len(again) >= len(typed) and again != typed
        self.again.error = _("The passwords differ.") if differs and again else ""
        self._show_strength_or_error()

    def _show_strength_or_error(self) -> None:
        """Hide the strength while there is an error, which takes its line: the fields below do not move."""
        self.query_one("#strength").display = not (self.first.error or self.again.error)

    @work(exclusive=True, group="strength", description="strength")  # else the password would be in it
    async def show_strength(self, typed: str) -> None:
        """Show the strength, computed in a thread: it can take longer than the next key."""
        found = await asyncio.to_thread(strength, typed, self._known) if typed else None
        text = "" if found is None else f"{'#' * found.bars}{'.' * (4 - found.bars)}  {render(found.text)}"
        self.query_one("#strength", Static).update(text)

    def problem(self) -> Field | None:
        """Return a field with an error, which is then shown under it; None if there is none."""
        if not self.checkbox.value:
            return None
        if not self.first.value:
            self.first.error = _("Type a password.")
        elif self.first.value != self.again.value:
            self.again.error = _("The passwords differ.")
        self._show_strength_or_error()
        return next((field for field in (self.first, self.again) if field.error), None)

    @property
    def password(self) -> str | None:
        """The password; None if the backup is not encrypted."""
        return self.first.value if self.checkbox.value else None

    def forget(self) -> None:
        """Empty both fields, if they still exist."""
        for field in self.query(PasswordField):
            field.read_and_clear()
