"""What a backup without a manifest holds, told by the names and sizes of its members (DESIGN.md 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hctui.config import validate_alias
from hctui.databases import from_members
from hctui.errors import InvalidAlias
from hctui.model import MANIFEST_NAME, README_NAME, DatabaseManifest

Members = Sequence[tuple[str, int]]
"""Path and size of each file, `/` between folders."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A database that was recognised, and the folder its files lie in."""

    database: DatabaseManifest
    prefix: str
    """What stands before a part's path in a member's name: empty, or a folder and `/`."""


def derive(members: Members, fallback: str, engine_of: Callable[[str], str]) -> tuple[Derived, ...]:
    """Return the databases among `members`: files at the root are one database, else each folder at the root is one.

    `fallback` names a database that lies at the root, or whose folder has no valid alias for a name; `engine_of` tells the
    engine an alias is registered with, or an empty text.
    """
    files = [(name, size) for name, size in members if not name.endswith("/") and name not in (MANIFEST_NAME, README_NAME)]
    if any("/" not in name for name, _ in files):
        whole = from_members(fallback, files, engine_of(fallback))
        if whole is not None:
            return (Derived(whole, ""),)
    found: list[Derived] = []
    for folder in dict.fromkeys(name.partition("/")[0] for name, _ in files if "/" in name):
        prefix = folder + "/"
        alias = _alias(folder) or fallback
        inside = [(name[len(prefix) :], size) for name, size in files if name.startswith(prefix)]
        database = from_members(alias, inside, engine_of(alias))
        if database is not None and alias not in {each.database.alias for each in found}:
            found.append(Derived(database, prefix))
    return tuple(found)


def fallback_alias(stem: str) -> str:
    """Return an alias made of a file's name without its date, for a backup whose databases have no name of their own."""
    plain = re.sub(r"_\d{4}-\d\d-\d\d.*", "", stem)
    return re.sub(r"[^A-Za-z0-9_-]+", "_", plain)[:64].strip("_") or "database"


def _alias(folder: str) -> str:
    try:
        return validate_alias(folder)
    except InvalidAlias:
        return ""
