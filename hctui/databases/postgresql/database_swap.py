"""Swaps of the live database with the restored one or with the undo.

All renames of a swap, and the comments that record what each database is, are one transaction: a kill leaves the old or the new
database under the live name, never none.

    restore:  live → undo, new → live
    undo:     live → none, undo → new, none → undo, new → live

An earlier undo becomes `old` in the same transaction, and is dropped after it. Where there is no live database, the empty one
`none` becomes the undo.
"""

from __future__ import annotations

from collections.abc import Iterator

from hctui.databases.postgresql import database_settings
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.server import DatabaseInfo, Record, Server, allow_connections_statement


def swap_in(server: Server, live: DatabaseInfo | None, record: Record, comment: str | None) -> None:
    """Replace the live database by `new`; the live one becomes the undo, and an earlier undo is dropped."""
    if live is None:
        _create_empty(server)
    server.run_in_transaction(_swap_statements(server, live, record, comment))
    server.drop(server.old)


def swap_with_undo(server: Server, live: DatabaseInfo | None, record: Record, kept: Record) -> None:
    """Replace the live database by the undo, whose record is `kept`; the live one becomes the undo."""
    if live is None:
        _create_empty(server)
    server.run_in_transaction(_exchange_statements(server, live, record, kept))
    server.drop(server.old)


def _create_empty(server: Server) -> None:
    """Create the empty database that becomes the undo where there was no database."""
    server.drop(server.none)
    server.connection.run(f"CREATE DATABASE {quoted(server.none)} TEMPLATE template0")


def undo_statements(server: Server, name: str, record: Record, *, replaced: bool) -> Iterator[str]:
    """Yield the statements that make the database `name` the undo; with `replaced`, an earlier undo becomes `old`."""
    if replaced:
        yield _rename(server.undo, server.old)
        yield server.comment_statement(server.old, Record("old", server.name))
    yield _rename(name, server.undo)
    yield allow_connections_statement(server.undo, allow=record.kind == "tables")
    yield server.comment_statement(server.undo, record)


def _swap_statements(server: Server, live: DatabaseInfo | None, record: Record, comment: str | None) -> Iterator[str]:
    yield from undo_statements(
        server, server.name if live else server.none, record, replaced=server.find(server.undo) is not None
    )
    yield from _live_statements(server, server.new, comment)


def _exchange_statements(server: Server, live: DatabaseInfo | None, record: Record, kept: Record) -> Iterator[str]:
    if live is not None:
        yield _rename(server.name, server.none)
    if kept.kind == "absent":
        yield from undo_statements(server, server.none, record, replaced=True)
        return
    yield _rename(server.undo, server.new)
    yield from undo_statements(server, server.none, record, replaced=False)
    yield from _live_statements(server, server.new, kept.comment)


def _live_statements(server: Server, name: str, comment: str | None) -> Iterator[str]:
    yield _rename(name, server.name)
    yield allow_connections_statement(server.name, allow=True)
    yield database_settings.comment_statement(quoted(server.name), comment)


def _rename(old: str, new: str) -> str:
    return f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}"
