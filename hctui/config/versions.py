"""The versions of the configuration file, and the change of an older one into that of today."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path

from hctui.errors import NewerConfiguration

MIGRATIONS: tuple[Callable[[MutableMapping[str, object]], object], ...] = (lambda values: None,)
"""The change of the keys of each version into those of the next. Version 0, without a number, has the same keys as 1."""
VERSION = len(MIGRATIONS)
"""The version that is written."""


def migrate(values: MutableMapping[str, object], path: Path) -> int:
    """Change the keys of an older version in place, and return the version that was found. Raises `NewerConfiguration`."""
    found = values.get("version", 0)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        return VERSION  # a wrong value, which is reported with the other keys
    if found > VERSION:
        raise NewerConfiguration(path=str(path), found=str(found), known=str(VERSION))
    for change in MIGRATIONS[found:]:
        change(values)
    values["version"] = VERSION
    return found
