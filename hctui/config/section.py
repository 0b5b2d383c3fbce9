"""One table of the configuration file, read key by key; every complaint names the key and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from hctui.errors import InvalidConfiguration
from hctui.messages import N_, Message, Value

MISSING: Final = object()


class Section(Struct, frozen=True):
    """A TOML table with its name, dotted; the root has none."""

    path: Path
    name: str
    values: Mapping[str, object]

    def refuse(self, key: str, text: str, **values: Value) -> InvalidConfiguration:
        """Return the error that says what is wrong with `key`."""
        return InvalidConfiguration(path=str(self.path), reason=Message(text, {"key": self.key(key), **values}))

    def key(self, key: str) -> str:
        """Return `key` as it is named from the root of the file."""
        return f"{self.name}.{key}" if self.name else key

    def only(self, known: Iterable[str]) -> None:
        """Raise `InvalidConfiguration` for the first key that is not in `known`."""
        allowed = tuple(known)
        for key in self.values:
            if key not in allowed:
                raise self.refuse(key, N_("“{key}” is not known; allowed here: {allowed}."), allowed=", ".join(allowed))

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text under `key`; without a default it must be there and not be empty."""
        found = self.values.get(key, MISSING if default is None else default)
        if not isinstance(found, str) or (default is None and not found):
            raise self.refuse(key, N_("“{key}” must be there, a text in quotation marks."))
        return found

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """Return the text under `key`, one of `allowed`."""
        found = self.values.get(key, default)
        choices = tuple(allowed)
        if key in self.values and found not in choices:
            raise self.refuse(key, N_("“{key}” must be one of: {allowed}."), allowed=", ".join(choices))
        return str(found)

    def flag(self, key: str, default: bool) -> bool:
        """Return the true or false under `key`."""
        found = self.values.get(key, default)
        if not isinstance(found, bool):
            raise self.refuse(key, N_("“{key}” must be true or false."))
        return found

    def number(self, key: str, lowest: int, highest: int, default: int) -> int:
        """Return the whole number under `key`."""
        found = self.values.get(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or not lowest <= found <= highest:
            text = N_("“{key}” must be a whole number from {lowest} to {highest}.")
            raise self.refuse(key, text, lowest=lowest, highest=highest)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`, empty where there is none."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
            raise self.refuse(key, N_('“{key}” must be a list of texts, as in [".dat", ".idx"].'))
        return tuple(found)

    def section(self, key: str) -> Section:
        """Return the table under `key`, empty where there is none."""
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            raise self.refuse(key, N_("“{key}” must be a table, [{key}]."))
        return Section(self.path, self.key(key), found)

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Yield each key with the table under it."""
        for key in self.values:
            yield key, self.section(key)
