"""The engines: each knows one kind of database. An engine's module, and with it its driver, is imported when it is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path

from hctui.databases.engine import (
    Discovered,
    Engine,
    EngineModule,
    Inspector,
    ServerModule,
    SimultaneousModule,
    Snapshot,
    SnapshotRequest,
)
from hctui.engine_kinds import all_kinds, find_kind, masked
from hctui.errors import EngineMissing, UnrecognisedDatabase
from hctui.events import Reporter
from hctui.model import Database, DatabaseManifest


def open_engine(database: Database) -> Engine:
    """Return the engine that works on `database`. Raises `EngineMissing` if its driver is not installed."""
    return _module(database.engine, database.alias).open_database(database)


def simultaneous_groups(engines: Sequence[Engine]) -> tuple[tuple[Engine, ...], ...]:
    """Group the databases whose snapshots can be of one instant; each other one is a group of its own."""
    groups: dict[str, list[Engine]] = {}
    for engine in engines:
        database = engine.database
        together = isinstance(_module(database.engine, database.alias), SimultaneousModule)
        groups.setdefault(f"engine {database.engine}" if together else f"database {database.alias}", []).append(engine)
    return tuple(map(tuple, groups.values()))


@contextmanager
def open_snapshots(engines: Sequence[Engine], request: SnapshotRequest, reporter: Reporter) -> Iterator[Sequence[Snapshot]]:
    """Hold snapshots of one of the `simultaneous_groups`, in the same order; they are opened one after the other by default."""
    database = engines[0].database
    module = _module(database.engine, database.alias)
    with ExitStack() as stack:
        if isinstance(module, SimultaneousModule):
            yield stack.enter_context(module.open_snapshots(engines, request, reporter))
        else:
            yield [stack.enter_context(engine.snapshot(request, reporter)) for engine in engines]


def inspector(engine: str, alias: str) -> Inspector:
    """Return the function that checks unpacked parts of an `engine`'s database. Raises `EngineMissing`."""
    return _module(engine, alias).inspect


def recognise(location: str) -> str | None:
    """Return the name of the engine for the database or server at `location`, None if no engine knows it.

    Raises `EngineMissing` for the address of a server whose driver is not installed.
    """
    for kind in all_kinds():
        try:
            if kind.may_be_at(location) and _module(kind.name, masked(location)).recognises(location):
                return kind.name
        except EngineMissing:
            if not kind.local:
                raise
    return None


def discover(location: str, registered: Sequence[Database] = (), password: str | None = None) -> tuple[Discovered, ...]:
    """Return the databases of the server at `location`, each with its alias if it is one of `registered`.

    `password` is one that the person typed. Raises `UnrecognisedDatabase` if there is no server, `ServerPasswordNeeded` …
    """
    return _server(location).discover(location, registered, password)


def keep_password(location: str, password: str) -> Path:
    """Store a server's password, once it has worked, where the driver looks for it; return the file. Raises as `discover`."""
    return _server(location).keep_password(location, password)


def from_members(alias: str, members: Sequence[tuple[str, int]], engine: str = "") -> DatabaseManifest | None:
    """Return a manifest made from the paths and sizes of files alone: by `engine`, else by the first engine that knows them."""
    for name in (engine,) if engine else (kind.name for kind in all_kinds()):
        try:
            found = _module(name, alias).from_members(alias, members)
        except EngineMissing:
            if engine:
                raise
            continue
        if found is not None:
            return found
    return None


def _server(location: str) -> ServerModule:
    engine = recognise(location)
    module = _module(engine, masked(location)) if engine else None
    if not isinstance(module, ServerModule):
        raise UnrecognisedDatabase(location=masked(location))
    return module


def _module(engine: str, alias: str) -> EngineModule:
    kind = find_kind(engine)
    if kind is None:
        raise EngineMissing(alias=alias, engine=engine)
    try:
        module = import_module(kind.module)
    except ImportError as error:
        raise EngineMissing(alias=alias, engine=engine) from error
    assert isinstance(module, EngineModule), f"{kind.module} is no engine"
    return module
