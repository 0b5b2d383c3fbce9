"""The databases of a backup without a manifest, inferred from its members; and the check of the paths in a manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from hctui.config import Configuration, validate_alias
from hctui.databases import from_members
from hctui.disk.paths import printable
from hctui.errors import HostileArchive, InvalidAlias
from hctui.messages import N_
from hctui.model import MANIFEST_NAME, README_NAME, Database, DatabaseManifest, Manifest

Members = Sequence[tuple[str, int]]
"""Path and size of each file, `/` between folders."""


class RegisteredDatabases(Struct, frozen=True):
    """The databases of the configuration: they supply aliases and engines that a backup without a manifest does not state."""

    fallback: str = ""
    """The alias of a database whose files are at the root, or in a folder that is no valid alias."""
    databases: Mapping[str, Database] = field(default_factory=dict)
    """By alias in lower case."""

    @classmethod
    def of(cls, configuration: Configuration, asked: tuple[str, ...] = ()) -> RegisteredDatabases:
        """Return the databases of a configuration; the fallback is the first alias of `asked`, else the current database."""
        known = {database.alias.casefold(): database for database in configuration.databases}
        return cls(next(iter(asked), configuration.current or ""), known)

    def knows(self, alias: str) -> bool:
        """Return whether a database is registered under `alias`."""
        return alias.casefold() in self.databases

    def engine(self, alias: str) -> str:
        """Return the engine of a registered database; empty where `alias` is not registered."""
        database = self.databases.get(alias.casefold())
        return database.engine if database else ""


class InferredDatabase(Struct, frozen=True):
    """A database that was recognised by its files."""

    database: DatabaseManifest
    prefix: str
    """The beginning of its members' names, before a part's path: empty, or a folder and `/`."""


def infer_databases(members: Members, path: Path, registered: RegisteredDatabases) -> tuple[InferredDatabase, ...]:
    """Return the databases among `members` of the backup at `path`.

    Files at the root are one database; without such files each folder at the root is a database.
    """
    fallback = registered.fallback or _plain(path.stem)
    files = [(name, size) for name, size in members if not name.endswith("/") and name not in (MANIFEST_NAME, README_NAME)]
    if any("/" not in name for name, _ in files):
        whole = from_members(fallback, files, registered.engine(fallback))
        if whole is not None:
            return (InferredDatabase(whole, ""),)
    found: dict[str, InferredDatabase] = {}
    folders = tuple(dict.fromkeys(name.partition("/")[0] for name, _ in files if "/" in name))
    for folder in folders:
        prefix = folder + "/"
        alias = fallback if not _valid(folder) or (len(folders) == 1 and not registered.knows(folder)) else folder
        inside = [(name[len(prefix) :], size) for name, size in files if name.startswith(prefix)]
        database = from_members(alias, inside, registered.engine(alias))
        if database is not None:
            found.setdefault(alias, InferredDatabase(database, prefix))
    return tuple(found.values())


def check_manifest(manifest: Manifest, path: Path) -> None:
    """Raise `HostileArchive` for a part that would be written outside its database's folder, or twice."""
    seen: set[str] = set()
    for database in manifest.databases:
        for part in database.parts:
            member = f"{database.alias}/{part.path}"
            if unsafe(part.path) or not _valid(database.alias):
                raise HostileArchive(
                    member=member, path=printable(path), reason=N_("its path leaves the folder it belongs to.")
                )
            if member in seen:
                raise HostileArchive(member=member, path=printable(path), reason=N_("it is named twice in the manifest."))
            seen.add(member)


def unsafe(path: str) -> bool:
    """Return whether a stored path could lead outside the folder that it is relative to."""
    return "\0" in path or any(each in ("", ".", "..") for each in path.split("/"))


def _plain(stem: str) -> str:
    """Return an alias made from a file's name without its date."""
    named = re.sub(r"_\d{4}-\d\d-\d\d.*", "", stem)
    return re.sub(r"[^A-Za-z0-9_-]+", "_", named)[:64].strip("_") or "database"


def _valid(alias: str) -> bool:
    try:
        validate_alias(alias)
    except InvalidAlias:
        return False
    return True
