"""Sentences for people, kept apart from the language they are shown in.

Everything below the screens speaks in `Message`: an English text with named blanks, and the values that fill them. Only
`hctui.i18n.language` translates and formats. The ending of a value's name tells how it is written: `…_bytes` as a size,
`…_at` (seconds since 1970) as a date and time, `…_seconds` as a duration, other numbers in the person's way of writing them.
A text value of several words that is in the catalogues is translated too; one word is a name and stays as it is, unless
it comes as a `Message` of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from msgspec import Struct, field

Value = Union[str, int, float, "Message"]
"""A `Message` as a value is a sentence within the sentence (a reason with blanks of its own) and is translated with it."""


def N_(text: str) -> str:
    """Mark `text` for translation where it is defined; it is translated where it is shown."""
    return text


class Message(Struct, frozen=True):
    """One sentence with its values, translatable later: `Message(N_("Table {table} is gone."), {"table": "x"})`."""

    text: str
    """The English text, also the key in the catalogues, with blanks as in `str.format`."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What fills the blanks; a name's ending tells how it is written."""
    plural: str = ""
    """The text where the value `count` is not one; empty where there is but one way to say it."""

    def __str__(self) -> str:
        """Return the English sentence, values as they are."""
        text = self.plural if self.plural and self.values.get("count") != 1 else self.text
        return text.format_map(self.values)


def message(text: str, **values: Value) -> Message:
    """Return a `Message`; shorter to write than its constructor."""
    return Message(text, values)


def plural(one: str, many: str, count: int, **values: Value) -> Message:
    """Return a `Message` with its two forms: `plural("{count} table", "{count} tables", 3)`. Both must be literals."""
    return Message(one, {"count": count, **values}, many)
