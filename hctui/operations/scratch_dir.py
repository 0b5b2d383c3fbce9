"""Private folders to unpack a database in when its engine has to look at it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from hctui.config import Configuration, state_folder
from hctui.databases import open_engine
from hctui.disk.errors import writing
from hctui.disk.space import free_space, require_space
from hctui.events import Reporter
from hctui.model import Database, DatabaseManifest, Part, PartKind
from hctui.operations.sources import Source


@contextmanager
def private_folder(configuration: Configuration, size: int) -> Iterator[Path]:
    """Give a folder nobody else can look into, where there is room for `size` bytes; it is removed whatever happens."""
    candidates = [folder for folder in (configuration.staging, Path(tempfile.gettempdir()), state_folder()) if folder]
    place = next((folder for folder in candidates if folder.is_dir() and free_space(folder) >= size), candidates[0])
    require_space(place, size)
    with ExitStack() as stack:
        with writing(place):
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="hctui-", dir=place))
        yield Path(made)


def unpack(source: Source, alias: str, part: Part, folder: Path, reporter: Reporter | None) -> Path:
    """Write a part, verified, to its place below `folder` and return that."""
    path = folder / part.path
    with writing(path), _create(path) as sink:
        source.read(alias, part, sink, reporter)
    return path


def _create(path: Path) -> BinaryIO:
    """Create a file, and the folder it lies in where it is the first there."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("xb")


def with_tables(source: Source, database: DatabaseManifest, configuration: Configuration) -> DatabaseManifest:
    """Return `database` with its tables, which take a look inside where names did not tell them (a foreign SQLite file)."""
    if database.tables:
        return database
    size = sum(source.size_of(database.alias, part) for part in database.parts)
    with private_folder(configuration, size) as folder:
        paths = [(part, unpack(source, database.alias, part, folder, None)) for part in database.parts]
        main = next((path for part, path in paths if part.kind is PartKind.DATA), folder)
        engine = open_engine(Database(database.alias, database.engine, str(main)))
        return replace(database, tables=engine.tables())
