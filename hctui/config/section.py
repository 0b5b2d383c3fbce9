"""A table of the configuration file, read key by key; every error names the key and the values it may have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from hctui.errors import InvalidConfiguration
from hctui.messages import N_, Message, Value

MISSING: Final = object()


class Section(Struct, frozen=True):
    """A TOML table with its dotted name, which is empty for the root. Its methods raise `InvalidConfiguration`."""

    path: Path
    name: str
    values: Mapping[str, object]

    def refuse(self, key: str, text: str, **values: Value) -> InvalidConfiguration:
        """Return the error for a wrong value of `key`."""
        return InvalidConfiguration(path=str(self.path), reason=Message(text, {"key": self.key(key), **values}))

    def key(self, key: str) -> str:
        """Return the name of `key` from the root of the file."""
        return f"{self.name}.{key}" if self.name else key

    def allow_only(self, known: Iterable[str]) -> None:
        """Raise `InvalidConfiguration` for the first key that is not in `known`."""
        allowed = tuple(known)
        for key in self.values:
            if key not in allowed:
                raise self.refuse(key, N_("“{key}” is not known; allowed here: {allowed}."), allowed=", ".join(allowed))

    def text(self, key: str, default: str | None = None) -> str:
        """Return the text under `key`; without a default the key is required and the text must not be empty."""
        found = self.values.get(key, MISSING if default is None else default)
        if not isinstance(found, str) or (default is None and not found):
            raise self.refuse(key, N_("“{key}” must be there, a text in quotation marks."))
        return found

    def choice(self, key: str, allowed: Iterable[str], default: str) -> str:
        """Return the text under `key`, which must be one of `allowed`."""
        found = self.values.get(key, default)
        choices = tuple(allowed)
        if key in self.values and found not in choices:
            raise self.refuse(key, N_("“{key}” must be one of: {allowed}."), allowed=", ".join(choices))
        return str(found)

    def flag(self, key: str, default: bool) -> bool:
        """Return the truth value under `key`."""
        found = self.values.get(key, default)
        if not isinstance(found, bool):
            raise self.refuse(key, N_("“{key}” must be true or false."))
        return found

    def number(self, key: str, lowest: int, highest: int, default: int) -> int:
        """Return the whole number under `key`, which must be from `lowest` to `highest`."""
        found = self.values.get(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or not lowest <= found <= highest:
            text = N_("“{key}” must be a whole number from {lowest} to {highest}.")
            raise self.refuse(key, text, lowest=lowest, highest=highest)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`; it is empty where the key is missing."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) and item for item in found):
            raise self.refuse(key, N_('“{key}” must be a list of texts, as in [".dat", ".idx"].'))
        return tuple(found)

    def section(self, key: str) -> Section:
        """Return the table under `key`; it is empty where the key is missing."""
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            raise self.refuse(key, N_("“{key}” must be a table, [{key}]."))
        return Section(self.path, self.key(key), found)

    def sections(self) -> Iterator[tuple[str, Section]]:
        """Yield each key with the table under it."""
        for key in self.values:
            yield key, self.section(key)
