"""Private temporary folders to unpack a database in, for an engine that must open it."""

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
from hctui.operations.sources import BackupSource


@contextmanager
def scratch_folder(configuration: Configuration, size: int) -> Iterator[Path]:
    """Yield a folder with mode 0700 on a disk with `size` free bytes, and remove it afterwards. Raises `NoSpace`."""
    candidates = [folder for folder in (configuration.staging, Path(tempfile.gettempdir()), state_folder()) if folder]
    parent = next((folder for folder in candidates if folder.is_dir() and free_space(folder) >= size), candidates[0])
    require_space(parent, size)
    with ExitStack() as stack:
        with writing(parent):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hctui-", dir=parent))
        yield Path(folder)


def unpack(source: BackupSource, alias: str, part: Part, folder: Path, reporter: Reporter | None) -> Path:
    """Write a verified part to its path below `folder` and return the path."""
    path = folder / part.path
    with writing(path), _create(path) as sink:
        source.read(alias, part, sink, reporter)
    return path


def _create(path: Path) -> BinaryIO:
    """Create a file, and its folder where that does not exist yet."""
    try:
        return path.open("xb")
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.open("xb")


def read_tables(source: BackupSource, database: DatabaseManifest, configuration: Configuration) -> DatabaseManifest:
    """Return `database` with its tables; where names did not show them (a foreign SQLite file), unpack and open it."""
    if database.tables:
        return database
    size = sum(source.size_of(database.alias, part) for part in database.parts)
    with scratch_folder(configuration, size) as folder:
        paths = [(part, unpack(source, database.alias, part, folder, None)) for part in database.parts]
        main = next((path for part, path in paths if part.kind is PartKind.DATA), folder)
        engine = open_engine(Database(database.alias, database.engine, str(main)))
        return replace(database, tables=engine.tables())
