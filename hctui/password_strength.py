"""An estimate of how long a password resists guessing."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from hctui.messages import N_, Message, message

GUESSES_PER_SECOND = 1e8
"""Guesses of an attacker with the file and ten good graphics cards: hashcat's figure for WinZip AES is about 1e7 for each."""
LONGEST = 40
"""Characters that are examined: zxcvbn takes seconds for more, and more characters only make a password stronger."""
CENTURY = 100 * 365.25 * 86400
MONTH = 30 * 86400.0
HOUR = 3600.0


class Strength(Struct, frozen=True):
    """An estimate."""

    bars: int
    """1 to 4, drawn as `#` beside the text."""
    text: Message
    """The estimate in words."""


def strength(password: str, known: Iterable[str] = ()) -> Strength:
    """Estimate how long a password resists an attacker who has the file; `known` are words that they would try first."""
    from zxcvbn import zxcvbn  # here, because its word lists are large and are needed only after a password is typed

    guesses = float(zxcvbn(password[:LONGEST], user_inputs=list(known))["guesses"])
    seconds = guesses / 2 / GUESSES_PER_SECOND
    if seconds < HOUR:
        return Strength(1, message(N_("very weak: found in less than an hour")))
    if seconds < MONTH:
        return Strength(2, message(N_("weak: found in less than a month")))
    if seconds < CENTURY:
        return Strength(3, message(N_("fair: found in less than a century")))
    return Strength(4, message(N_("strong: it would take more than a century to find")))
