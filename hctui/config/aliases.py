"""The rules for an alias, the name under which a database is registered."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hctui.errors import InvalidAlias

_ALIAS = re.compile(r"[A-Za-z0-9_-]{1,64}")


def validate_alias(alias: str) -> str:
    """Return `alias` unchanged. Raises `InvalidAlias` unless it is 1 to 64 ASCII letters, digits, `_` and `-`."""
    if _ALIAS.fullmatch(alias) is None:
        raise InvalidAlias(alias=alias)
    return alias


def same_alias(one: str, other: str) -> bool:
    """Return whether two aliases mean the same database: upper and lower case are the same."""
    return one.casefold() == other.casefold()


def free_alias(name: str, taken: Iterable[str]) -> str:
    """Return an alias that is not in `taken`: `name` without the characters an alias can't have, numbered if necessary."""
    plain = (re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_-") or "database")[:60]
    others = {alias.casefold() for alias in taken}
    candidates = (plain, *(f"{plain}_{number}" for number in range(2, len(others) + 3)))
    return next(each for each in candidates if each.casefold() not in others)
