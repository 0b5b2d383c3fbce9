"""The kinds of engines: what the rest of hctui has to know of an engine without importing it; locations without passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from msgspec import Struct

from hctui.messages import N_

ENTRY_POINTS = "hctui.engines"
"""The group of entry points with which other packages add engines: each names an `EngineKind`."""
_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):[^/?#]+@")
_UNESCAPED_USER_INFO = re.compile(r"(?<=://)([^/@?#:]*):(?!\d*(?:[/?#,]|$)).*@")
"""User and password where the password has characters that should be escaped in a URL."""
_SECRET = re.compile(
    r"(?i)(?<=[?&])(password|sslpassword|scram_client_key|scram_server_key|oauth_client_secret|token|secret|sig|signature)=[^&]*"
)


class LocationKind(Enum):
    """The kind of place that a location names; it also determines the name of a database made beside another one."""

    FILE = auto()
    """A file on this machine; one beside it has the same suffix."""
    FOLDER = auto()
    """A folder on this machine."""
    ADDRESS = auto()
    """A URL of a server; another database of the server has another path in it."""


class EngineKind(Struct, frozen=True):
    """One engine."""

    name: str
    """The engine in configurations and manifests."""
    module: str
    """The name of its module, a `databases.engine.EngineModule`, which is imported when a database is opened."""
    about: str
    """One line for the person who chooses an engine."""
    location: LocationKind
    schemes: tuple[str, ...] = ()
    """The URL schemes of its locations."""
    can_disconnect: bool = False
    """Whether a restore can end the sessions of others."""
    stores_definitions: bool = False
    """Whether a backup with indexes holds their definitions alone; else it holds their content."""
    settings: tuple[str, ...] = ()
    """The keys of a database in the configuration that only some engines have: `format`, `reindex`."""

    @property
    def local(self) -> bool:
        """Whether a location is a path on this machine."""
        return self.location is not LocationKind.ADDRESS

    def may_be_at(self, location: str) -> bool:
        """Return whether a location can be one of this engine: any path if it is local, else a URL of its schemes."""
        return self.local or location.partition("://")[0] in self.schemes


BUILT_IN = {
    kind.name: kind
    for kind in (
        EngineKind("sqlite", "hctui.databases.sqlite", N_("one file"), LocationKind.FILE),
        EngineKind(
            "folder",
            "hctui.databases.tablefiles",
            N_("a folder of table files: dBase, Paradox, NexusDB …"),
            LocationKind.FOLDER,
            settings=("format", "reindex"),
        ),
        EngineKind(
            "postgresql",
            "hctui.databases.postgresql",
            N_("a server, reached by its address"),
            LocationKind.ADDRESS,
            schemes=("postgresql", "postgres"),
            can_disconnect=True,
            stores_definitions=True,
        ),
    )
}
"""The engines of hctui itself, by name."""
_installed: dict[str, EngineKind] = {}
"""The engines of other packages that were loaded, by name."""


def find_kind(name: str) -> EngineKind | None:
    """Return the engine called `name`; None if it is not installed."""
    # Looking up entry points takes 40 ms: it is done only for a name that is not known.
    return BUILT_IN.get(name) or _installed.get(name) or next((kind for kind in _load_installed() if kind.name == name), None)


def all_kinds() -> Iterator[EngineKind]:
    """Yield the built-in engines, then those of other packages, which are looked up only when they are asked for."""
    yield from BUILT_IN.values()
    yield from _load_installed()


def masked(location: str) -> str:
    """Return `location` with each password in it replaced by asterisks; a path is returned unchanged."""
    if "://" not in location:
        return location
    without, found = _USER_INFO.subn(r"\1:***@", location)
    return _SECRET.sub(r"\1=***", without if found else _UNESCAPED_USER_INFO.sub(r"\1:***@", location))


def _load_installed() -> tuple[EngineKind, ...]:
    """Load the engines of other packages; one that can't be imported or has the name of a built-in one is left out."""
    from importlib.metadata import entry_points

    for each in entry_points(group=ENTRY_POINTS):
        if each.name in BUILT_IN or each.name in _installed:
            continue
        try:
            kind = each.load()
        except (ImportError, AttributeError):
            continue
        if isinstance(kind, EngineKind) and kind.name == each.name:
            _installed[kind.name] = kind
    return tuple(_installed.values())
