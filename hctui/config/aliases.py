"""The rules that the manual sets for the name of a database."""

from __future__ import annotations

import re

from hctui.errors import InvalidAlias

_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,64}")


def validate_alias(alias: str) -> str:
    """Return `alias` as it is. Raises `InvalidAlias` unless it is 1 to 64 plain letters, digits, `_` and `-`."""
    if _ALIAS.fullmatch(alias) is None:
        raise InvalidAlias(alias=alias)
    return alias


def same_alias(one: str, other: str) -> bool:
    """Tell whether two aliases mean the same database: capitals make no difference, as in the names of folders."""
    return one.casefold() == other.casefold()
