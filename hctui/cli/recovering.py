"""What a killed restore left is brought to an end by the next command that looks at the database."""

from __future__ import annotations

from collections.abc import Iterable

from hctui.cli.output import complain
from hctui.errors import DatabaseInUse
from hctui.model import Database


def recover(databases: Iterable[Database]) -> bool:
    """Finish or roll back what killed restores left of these databases, say so, and tell whether there was anything.

    Where that can't be done because somebody has a database open, this is said and the command goes on. Costs a look into a
    folder. Raises what the engine raises for a database that can't be looked at.
    """
    from hctui.databases import open_engine

    found = False
    for database in databases:
        try:
            said = open_engine(database).recover()
        except DatabaseInUse as error:
            complain(error.message)
            continue
        if said is not None:
            complain(said)
            found = True
    return found
