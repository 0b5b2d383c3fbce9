"""Encrypting a backup: whether, with which password, by which standard."""

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
from hctui.tui.widgets.checkbox import Tick
from hctui.tui.widgets.field import Field
from hctui.tui.widgets.password_field import PasswordField
from hctui.tui.widgets.radio_group import Alternative, Choice

STANDARDS = (
    (Encryption.AES256, N_("the strongest: take it where you can")),
    (Encryption.AES192, N_("as safe in practice")),
    (Encryption.AES128, N_("as safe in practice, a little faster")),
    (Encryption.ZIPCRYPTO, N_("can be broken: only for old programs")),
)
"""The four standards with one line on what each means, the one to take first."""
PASSWORD_HELP = N_(
    "Several words that do not belong together are stronger than one word with signs in it. Nothing and nobody recovers the"
    " password: write it down and keep it apart from the backup."
)


class EncryptionFields(Vertical):
    """A tick, and while it is set the password twice, its strength and the standard."""

    DEFAULT_CSS = """
    EncryptionFields {
        height: auto;
        & #encryption-more { height: auto; padding-left: 3; }
        & #passwords { height: auto; }
        & #strength { height: 1; padding: 0 1; }
    }
    """

    tick = getters.query_one("#encrypt", Tick)
    first = getters.query_one("#password", PasswordField)
    again = getters.query_one("#password-again", PasswordField)

    @dataclass
    class Changed(Message):
        """Whether or how to encrypt has changed."""

    def __init__(self, encryption: Encryption | None, *, known: Iterable[str] = (), id: str | None = None) -> None:
        super().__init__(id=id)
        self._initial = encryption
        self._known = tuple(known)

    def compose(self) -> ComposeResult:
        """Lay out the fields; they are hidden until the tick is set."""
        explanation = option_text(BackupPlan, "encryption", "explanation")
        yield Tick(option_text(BackupPlan, "encryption", "label"), self._initial is not None, help=explanation, id="encrypt")
        with Vertical(id="encryption-more"):
            with Horizontal(id="passwords"):
                yield PasswordField(_("Password"), help=_(PASSWORD_HELP), id="password")
                yield PasswordField(_("The same password again"), help=_(PASSWORD_HELP), id="password-again")
            yield Static("", markup=False, id="strength")
            yield Choice(
                [Alternative(standard, label(standard), _(about)) for standard, about in STANDARDS],
                self._initial or Encryption.AES256,
                help=explanation,
                id="standard",
            )

    def on_mount(self) -> None:
        """Hide what is not asked for."""
        self.query_one("#encryption-more").display = self.tick.value

    @property
    def encryption(self) -> Encryption | None:
        """The standard chosen; None while the backup is not to be encrypted."""
        value = self.query_one("#standard", Choice).value
        return value if self.tick.value and isinstance(value, Encryption) else None

    @on(Tick.Changed, "#encrypt")
    def show_more(self, event: Tick.Changed) -> None:
        """Show the fields, or hide and forget them."""
        event.stop()
        self.query_one("#encryption-more").display = event.value
        if not event.value:
            self.forget()
        self.post_message(self.Changed())

    @on(Choice.Changed, "#standard")
    def take_standard(self, event: Choice.Changed) -> None:
        """Tell the page of another standard."""
        event.stop()
        self.post_message(self.Changed())

    @on(Field.Changed)
    def judge(self, event: Field.Changed) -> None:
        """Say how strong the password is, and whether both are the same once the second is as long."""
        event.stop()
        typed, again = self.first.value, self.again.value
        self.estimate(typed)
        self.first.error = ""
        differs = len(again) >= len(typed) and again != typed
        self.again.error = _("The passwords differ.") if differs and again else ""
        self._give_way()

    def _give_way(self) -> None:
        """Let an error stand where the strength is: what lies below stays in its place."""
        self.query_one("#strength").display = not (self.first.error or self.again.error)

    @work(exclusive=True, group="strength", description="strength")  # else the password would be in it
    async def estimate(self, typed: str) -> None:
        """Show the strength, worked out aside: it can take longer than the next key."""
        found = await asyncio.to_thread(strength, typed, self._known) if typed else None
        text = "" if found is None else f"{'#' * found.bars}{'.' * (4 - found.bars)}  {render(found.text)}"
        self.query_one("#strength", Static).update(text)

    def problem(self) -> Field | None:
        """Return the field that must be put right before a start, its error said under it; None where all is well."""
        if not self.tick.value:
            return None
        if not self.first.value:
            self.first.error = _("Type a password.")
        elif self.first.value != self.again.value:
            self.again.error = _("The passwords differ.")
        self._give_way()
        return next((field for field in (self.first, self.again) if field.error), None)

    @property
    def password(self) -> str | None:
        """What was typed; None where nothing is encrypted."""
        return self.first.value if self.tick.value else None

    def forget(self) -> None:
        """Empty both fields, where they are still there."""
        for field in self.query(PasswordField):
            field.take()
