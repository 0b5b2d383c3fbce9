"""Recovery of a database after a restore that was killed, done by the next command that uses the database."""

from __future__ import annotations

from collections.abc import Iterable

from hctui.cli.output import report
from hctui.errors import DatabaseInUse
from hctui.model import Database


def recover(databases: Iterable[Database]) -> bool:
    """Finish or roll back killed restores of these databases, report each, and return whether there were any.

    Where this is impossible because another program has a database open, that is reported and the command goes on. Raises the
    errors of an engine that can't read the database.
    """
    from hctui.databases import open_engine

    found = False
    for database in databases:
        try:
            recovered = open_engine(database).recover()
        except DatabaseInUse as error:
            report(error.message)
            continue
        if recovered is not None:
            report(recovered)
            found = True
    return found
