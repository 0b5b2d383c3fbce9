"""Running a schema script of a backup in a database: entry by entry, so that it can be stopped and what fails is named.

The server takes the statements as they are; psql, which would obey commands hidden in a script, has no part in it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import psycopg

from hctui.databases.postgresql.connection import Link, Look, run
from hctui.databases.postgresql.dump_script import Entry
from hctui.databases.postgresql.errors import mapped

_TOGETHER = 1 << 20
"""Bytes of statements that are sent at once."""
_LOOK_EVERY = 50
"""Entries between two looks; in the middle of a long one `run` looks, too."""
_OF_PEOPLE = re.compile(
    rb"^(?:ALTER [^\n;]*? OWNER TO [^\n]*;|GRANT [^\n]*;|REVOKE [^\n]*;|ALTER DEFAULT PRIVILEGES [^\n]*;"
    rb"|(?:SET|RESET) SESSION AUTHORIZATION[^\n]*;)\n",
    re.M,
)
"""Statements that fail where a role is missing or is not ours to give to, and without which the rest is still right."""


def replay(link: Link, entries: Iterable[Entry], look: Look) -> list[str]:
    """Run entries; return what was not allowed of owners and rights, in the server's words. Raises `DatabaseError`."""
    refused: list[str] = []
    pending = b""
    with mapped(link.address):
        for number, entry in enumerate(entries):
            if number % _LOOK_EVERY == 0:
                look(0)
            if not entry.kind:
                refused += _each(link, entry.text.splitlines(True), look)
                continue
            try:
                run(link.connection, pending + entry.text, look)
                pending = b""
            except psycopg.errors.SyntaxError:
                pending += entry.text  # a body with a line in it that looks like the head of an entry
            except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege) as error:
                refused += _without_people(link, pending + entry.text, entry, look, error)
                pending = b""
        if pending:
            run(link.connection, pending, look)
    return refused


def run_lines(link: Link, script: bytes) -> list[str]:
    """Run statements of one line each, all at once if that can be; return what was not allowed of owners and rights."""
    with mapped(link.address):
        try:
            run(link.connection, script, None)
        except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege):
            return _each(link, script.splitlines(True), None)
    return []


class StatementsSink(io.RawIOBase):
    """Takes a script piece by piece and runs its whole lines."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._held = bytearray()
        self.refused: list[str] = []
        """What was not allowed of owners and rights."""

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take another piece."""
        piece = memoryview(data)  # type: ignore[arg-type]
        self._held += piece
        end = self._held.rfind(b";\n") + 2
        if end >= _TOGETHER:
            self._run(end)
        return len(piece)

    def finish(self) -> None:
        """Run the rest."""
        self._run(len(self._held))

    def _run(self, end: int) -> None:
        if end:
            self.refused += run_lines(self._link, bytes(self._held[:end]))
            del self._held[:end]


def _without_people(link: Link, text: bytes, entry: Entry, look: Look, error: psycopg.Error) -> list[str]:
    """Run a statement without owner and rights, then those one by one, as far as the server lets."""
    said = str(error.diag.message_primary)
    lines = [found.group() for found in _OF_PEOPLE.finditer(text)]
    if not lines:
        if entry.kind == "POLICY" and isinstance(error, psycopg.errors.UndefinedObject):
            run(link.connection, entry.session, look)
            return [said]
        raise error
    run(link.connection, _OF_PEOPLE.sub(b"", text), look)
    return _each(link, lines, look)


def _each(link: Link, lines: Iterable[bytes], look: Look | None) -> list[str]:
    """Run lines one by one, passing over settings that this server does not know and roles that it does not have."""
    refused = []
    for line in lines:
        try:
            run(link.connection, line, look)
        except (
            psycopg.errors.UndefinedObject,
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.InvalidParameterValue,
        ) as error:
            if not line.startswith(b"SET "):
                refused.append(str(error.diag.message_primary))
    return refused
