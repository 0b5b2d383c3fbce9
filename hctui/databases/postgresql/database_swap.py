"""Swaps: which database has which name, changed in one transaction, so that a kill leaves the old or the new."""

from __future__ import annotations

from collections.abc import Iterator

from hctui.databases.postgresql import database_settings
from hctui.databases.postgresql.identifiers import quoted
from hctui.databases.postgresql.server import Found, Record, Server


def swap_in(server: Server, live: Found | None, record: Record, comment: str | None) -> None:
    """Put the database `new` in the place of the live one, which becomes the undo; an undo that is there is dropped."""
    if live is None:
        make_none(server)
    server.together(_swapped(server, live, record, comment))
    server.drop(server.old)


def exchange(server: Server, live: Found | None, record: Record, kept: Record) -> None:
    """Put the undo, as `kept` tells of it, in the place of the live database, which becomes the undo."""
    if live is None:
        make_none(server)
    server.together(_exchanged(server, live, record, kept))
    server.drop(server.old)


def make_none(server: Server) -> None:
    """Make the empty database that is kept where there was none."""
    server.drop(server.none)
    server.link.run(f"CREATE DATABASE {quoted(server.none)} TEMPLATE template0")


def keep_undo(server: Server, name: str, record: Record, *, replaced: bool) -> Iterator[str]:
    """Yield what makes the database `name` the undo; with `replaced`, the one that is the undo now makes room."""
    if replaced:
        yield _rename(server.undo, server.old)
        yield server.note(server.old, Record("old", server.name))
    yield _rename(name, server.undo)
    yield f"ALTER DATABASE {quoted(server.undo)} WITH ALLOW_CONNECTIONS {str(record.kind == 'tables').lower()}"
    yield server.note(server.undo, record)


def _swapped(server: Server, live: Found | None, record: Record, comment: str | None) -> Iterator[str]:
    yield from keep_undo(server, server.name if live else server.none, record, replaced=server.find(server.undo) is not None)
    yield from _live_again(server, server.new, comment)


def _exchanged(server: Server, live: Found | None, record: Record, kept: Record) -> Iterator[str]:
    if live is not None:
        yield _rename(server.name, server.none)
    if kept.kind == "absent":
        yield from keep_undo(server, server.none, record, replaced=True)
        return
    yield _rename(server.undo, server.new)
    yield from keep_undo(server, server.none, record, replaced=False)
    yield from _live_again(server, server.new, kept.comment)


def _live_again(server: Server, name: str, comment: str | None) -> Iterator[str]:
    yield _rename(name, server.name)
    yield f"ALTER DATABASE {quoted(server.name)} WITH ALLOW_CONNECTIONS true"
    yield database_settings.comment(quoted(server.name), comment)


def _rename(old: str, new: str) -> str:
    return f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}"
