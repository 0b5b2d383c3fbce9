"""Sentences for people, independent of the language in which they are shown.

Everything below the screens and the command line creates `Message` objects: an English text with named placeholders, and their
values. Only `hctui.i18n.language` translates and formats them. The suffix of a value's name determines its format: `…_bytes` is
a size, `…_at` (seconds since 1970) a date and time, `…_seconds` a duration; other numbers are formatted in the person's
language. A text value of several words is translated if it is in the catalogues. A text value of one word is a name and is not
translated, unless it is a `Message` itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Union

from msgspec import Struct, field

Value = Union[str, int, float, "Message"]
"""A value may be a `Message`, such as a reason with placeholders of its own; it is translated too."""


def N_(text: str) -> str:
    """Return `text` unchanged, marked for the catalogues; it is translated when it is shown."""
    return text


class Message(Struct, frozen=True):
    """One sentence with its values, translated when it is shown: `Message(N_("Table {table} is gone."), {"table": "x"})`."""

    text: str
    """The English text with placeholders as in `str.format`; also the key in the catalogues."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """The values of the placeholders; the suffix of a name determines the format."""
    plural: str = ""
    """The text if the value `count` is not one; empty if there is only one form."""

    def __str__(self) -> str:
        """Return the English sentence with unformatted values."""
        text = self.plural if self.plural and self.values.get("count") != 1 else self.text
        return text.format_map(self.values)


def message(text: str, **values: Value) -> Message:
    """Return a `Message` of `text` and its values."""
    return Message(text, values)


def plural(one: str, many: str, count: int, **values: Value) -> Message:
    """Return a `Message` with two forms: `plural("{count} table", "{count} tables", 3)`. Both must be literals."""
    return Message(one, {"count": count, **values}, many)
