"""Asking twice before data is replaced."""

from __future__ import annotations

import sys

from hctui.cli.passwords import at_terminal
from hctui.errors import NeedsConfirmation
from hctui.i18n.language import _


def require_somebody() -> None:
    """Raise `NeedsConfirmation` unless a person is at the terminal."""
    if not at_terminal():
        raise NeedsConfirmation()


def agreed(question: str) -> bool:
    """Ask a yes or no question; anything but a clear yes is a no."""
    answer = _answer(_("{question} [y/N] ").format(question=question))
    return answer.casefold() in _("y yes").split()


def typed_name(alias: str) -> bool:
    """Ask for the name of a database to be typed, exactly."""
    return _answer(_("Type the name of the database, {alias}, to confirm: ").format(alias=alias)) == alias


def _answer(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.buffer.readline()
    if not line:
        print(file=sys.stderr)
    return line.decode(errors="replace").strip()
