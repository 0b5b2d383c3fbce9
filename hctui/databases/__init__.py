"""Engines: what stores a database. Each driver is imported only by its own engine, and each engine only when used."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

from hctui.databases.engine import Discovered, Engine, Inspector
from hctui.engine_kinds import FILE_ENGINES, masked
from hctui.errors import EngineMissing, UnrecognisedDatabase
from hctui.model import Database, DatabaseManifest

ENGINES = {
    "sqlite": "hctui.databases.sqlite",
    "folder": "hctui.databases.tablefiles",
    "postgresql": "hctui.databases.postgresql",
}
"""Engine name to module; each module has `open_database(database) -> Engine`, `inspect` (an `Inspector`) and
`recognises(location) -> bool`."""


def open_engine(database: Database) -> Engine:
    """Return the engine that works on `database`. Raises `EngineMissing` where its driver is not installed."""
    module = _module(database.engine, database.alias)
    return cast(Engine, module.open_database(database))


def inspector(engine: str, alias: str) -> Inspector:
    """Return the function that checks unpacked parts of an `engine`'s database. Raises `EngineMissing`."""
    return cast(Inspector, _module(engine, alias).inspect)


def recognise(location: str) -> str | None:
    """Return the name of the engine that what lies at `location` belongs to, or None.

    Raises `EngineMissing` for the address of a server whose driver is not installed.
    """
    missing: EngineMissing | None = None
    for name in ENGINES:
        try:
            if _module(name, masked(location)).recognises(location):
                return name
        except EngineMissing as error:
            missing = error
    if missing is not None and "://" in location:
        raise missing
    return None


def discover(location: str, registered: Sequence[Database] = (), password: str | None = None) -> tuple[Discovered, ...]:
    """Return the databases of the server at `location`, and which of `registered` they are.

    `password` is one that was typed. Raises `UnrecognisedDatabase` for no server, and as connecting: `ServerPasswordNeeded` …
    """
    module = _server(location)
    return cast("tuple[Discovered, ...]", module.discover(location, registered, password))


def keep_password(location: str, password: str) -> Path:
    """Keep a server's password, once it is proved right, where the driver looks for it; return the file. Raises as above."""
    return cast(Path, _server(location).keep_password(location, password))


def from_members(alias: str, members: Sequence[tuple[str, int]], engine: str = "") -> DatabaseManifest | None:
    """Return what the paths and sizes of files tell of a database of `engine`, else of the first engine that knows them."""
    for name in (engine,) if engine else ENGINES:
        try:
            found = cast("DatabaseManifest | None", _module(name, alias).from_members(alias, members))
        except EngineMissing:
            if engine:
                raise
            continue
        if found is not None:
            return found
    return None


def _server(location: str):  # type: ignore[no-untyped-def]
    engine = recognise(location)
    if engine is None or engine in FILE_ENGINES:
        raise UnrecognisedDatabase(location=masked(location))
    return _module(engine, masked(location))


def _module(engine: str, alias: str):  # type: ignore[no-untyped-def]
    try:
        return import_module(ENGINES[engine])
    except (KeyError, ImportError) as error:
        raise EngineMissing(alias=alias, engine=engine) from error
