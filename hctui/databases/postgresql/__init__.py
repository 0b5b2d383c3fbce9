"""The PostgreSQL engine."""

from __future__ import annotations

from hctui.databases.postgresql.address import SCHEMES
from hctui.databases.postgresql.discovery import discover, keep_password
from hctui.databases.postgresql.engine import PostgresqlEngine
from hctui.databases.postgresql.layout import from_members
from hctui.databases.postgresql.verify import inspect
from hctui.model import Database

__all__ = ["discover", "from_members", "inspect", "keep_password", "open_database", "recognises"]


def open_database(database: Database) -> PostgresqlEngine:
    """Return the engine of `database`."""
    return PostgresqlEngine(database)


def recognises(location: str) -> bool:
    """Return whether `location` is the address of a database on a PostgreSQL server."""
    return location.startswith(SCHEMES)
