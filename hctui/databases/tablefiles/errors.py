"""The mapping from `OSError` to the error of a database whose files can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hctui.disk.errors import named_path, reason
from hctui.errors import DatabaseUnreadable
from hctui.model import Database


@contextmanager
def reading(database: Database) -> Iterator[None]:
    """Map `OSError` to `DatabaseUnreadable` with the file that the system names, else the database's folder."""
    try:
        yield
    except OSError as error:
        location = named_path(error, database.location)
        raise DatabaseUnreadable(alias=database.alias, location=location, reason=reason(error)) from error
