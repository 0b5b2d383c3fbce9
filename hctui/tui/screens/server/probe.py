"""The state of a registered database, from its engine."""

from __future__ import annotations

from msgspec import Struct

from hctui.databases import open_engine
from hctui.databases.engine import Undo
from hctui.errors import HctuiError
from hctui.i18n.language import _, render
from hctui.messages import N_, Message, message
from hctui.model import Database, Session, Table


class DatabaseState(Struct, frozen=True):
    """The state of a database."""

    database: Database
    tables: tuple[Table, ...] | None = None
    """None if the database can't be read."""
    sessions: tuple[Session, ...] = ()
    undo: Undo | None = None
    """The kept state that an undo puts back."""
    problem: Message | None = None
    """Why the database can't be read."""

    @property
    def size(self) -> int:
        """Bytes of data, blobs and indexes."""
        return sum(table.size + table.index_size for table in self.tables or ())


def probe_database(database: Database) -> DatabaseState:
    """Return the state of a database; an error of its engine becomes `problem`. Call it in a thread."""
    try:
        engine = open_engine(database)
        return DatabaseState(database, engine.tables(), engine.sessions(), engine.undo_kept())
    except HctuiError as error:
        return DatabaseState(database, problem=error.message)


def probe_text(state: DatabaseState) -> str:
    """Return the state in words."""
    if state.problem is not None:
        return render(state.problem)
    count, data = len(state.tables or ()), state.size
    found = message(N_("It can be read: {tables} tables, {data_bytes}."), tables=count, data_bytes=data)
    users = [each.program for each in state.sessions]
    who = render(message(N_("In use by {programs}."), programs=", ".join(users))) if users else _("Nobody else has it open.")
    return f"{render(found)}\n{who}"
