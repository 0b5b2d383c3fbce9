"""Running of a backup's scripts in a database, in steps, so that a job can be cancelled and an error names its object.

Scripts go to the server, never to psql, which would run commands hidden in a changed script. A statement that gives an object
to a role, or grants a right, may fail where the role does not exist or may not be used; the object is then created without it,
or in the case of a policy not at all, and the server's message is returned.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import psycopg

from hctui.databases.postgresql.connection import Advance, Connection, run
from hctui.databases.postgresql.dump_script import DumpEntry
from hctui.databases.postgresql.errors import mapped

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BATCH = 1 << 20
"""Bytes of statements that are sent at once."""
_CHECK_EVERY = 50
"""Entries between two calls of `advance`; during a long one `run` calls it, too."""
_OF_ROLES = re.compile(
    rb"^(?:ALTER [^\n;]*? OWNER TO [^\n]*;|GRANT [^\n]*;|REVOKE [^\n]*;|ALTER DEFAULT PRIVILEGES [^\n]*;"
    rb"|(?:SET|RESET) SESSION AUTHORIZATION[^\n]*;)\n",
    re.M,
)
"""Statements about owners and rights, without which the rest of a script is still right."""


def run_entries(connection: Connection, entries: Iterable[DumpEntry], advance: Advance) -> list[str]:
    """Run entries; return the server's messages about refused owners and rights. Raises `DatabaseError`."""
    refused: list[str] = []
    pending = b""
    with mapped(connection.address):
        for number, entry in enumerate(entries):
            if number % _CHECK_EVERY == 0:
                advance(0)
            if not entry.kind:
                refused += _run_each(connection, entry.text.splitlines(True), advance)
                continue
            try:
                run(connection.driver, pending + entry.text, advance)
                pending = b""
            except psycopg.errors.SyntaxError:
                pending += entry.text  # the body of a function with lines like the head of an entry
            except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege) as error:
                refused += _run_without_roles(connection, pending + entry.text, entry, advance, error)
                pending = b""
        if pending:
            run(connection.driver, pending, advance)
    return refused


def run_lines(connection: Connection, script: bytes) -> list[str]:
    """Run statements of one line each, at once if possible; return the server's messages about refused owners and rights."""
    with mapped(connection.address):
        try:
            run(connection.driver, script, None)
        except (psycopg.errors.UndefinedObject, psycopg.errors.InsufficientPrivilege):
            return _run_each(connection, script.splitlines(True), None)
    return []


class StatementSink(io.RawIOBase):
    """A writable stream for a script of one statement a line (sequences, large objects), run as it comes in."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._held = bytearray()
        self.refused: list[str] = []
        """The server's messages about refused owners and rights."""

    def writable(self) -> bool:
        """Return that it is writable."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Run the whole lines so far, once they are enough."""
        piece = memoryview(data)
        self._held += piece
        end = self._held.rfind(b";\n") + 2
        if end >= _BATCH:
            self._run(end)
        return len(piece)

    def finish(self) -> None:
        """Run the rest."""
        self._run(len(self._held))

    def _run(self, end: int) -> None:
        if end:
            self.refused += run_lines(self._connection, bytes(self._held[:end]))
            del self._held[:end]


def _run_without_roles(
    connection: Connection, text: bytes, entry: DumpEntry, advance: Advance, error: psycopg.Error
) -> list[str]:
    """Run an entry without owner and rights, then those one by one, as far as the server allows."""
    lines = [found.group() for found in _OF_ROLES.finditer(text)]
    if not lines:
        if entry.kind == "POLICY" and isinstance(error, psycopg.errors.UndefinedObject):
            run(connection.driver, entry.session, advance)
            return [str(error.diag.message_primary)]
        raise error
    run(connection.driver, _OF_ROLES.sub(b"", text), advance)
    return _run_each(connection, lines, advance)


def _run_each(connection: Connection, lines: Iterable[bytes], advance: Advance | None) -> list[str]:
    """Run lines one by one; skip settings that this server does not know and roles that it does not have."""
    refused = []
    for line in lines:
        try:
            run(connection.driver, line, advance)
        except (
            psycopg.errors.UndefinedObject,
            psycopg.errors.InsufficientPrivilege,
            psycopg.errors.InvalidParameterValue,
        ) as error:
            if not line.startswith(b"SET "):
                refused.append(str(error.diag.message_primary))
    return refused
