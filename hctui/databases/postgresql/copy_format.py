"""Files of rows in a backup: a line of settings, a COPY statement, the rows as COPY writes them, and the line `\\.`.

They are parsed here and only their rows are sent to the server, so that a changed file can't run statements.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import psycopg

from hctui.databases.postgresql.connection import BLOCK, Advance, Connection
from hctui.databases.postgresql.errors import mapped, server_message
from hctui.databases.postgresql.identifiers import column_list, quoted, read_copy_header
from hctui.databases.postgresql.layout import END_OF_ROWS
from hctui.errors import DatabaseDamaged
from hctui.messages import N_, Message, message

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Columns = tuple[str, ...]
Write = Callable[[bytes | memoryview], None]
_LONGEST_HEAD = 1 << 20


class RowsSink(io.RawIOBase):
    """A writable stream for a file of rows: parses its head, opens the table with `begin`, and writes the rows to that."""

    def __init__(self, alias: str, table: str, begin: Callable[[str, str, Columns], AbstractContextManager[Write]]) -> None:
        super().__init__()
        self._alias = alias
        self._table = table
        self._begin = begin
        self._head = b""
        self._held = b""
        """The last bytes so far, which may be the end line."""
        self._opened: AbstractContextManager[Write] | None = None
        self._write: Write | None = None
        self.rows = 0
        self.size = 0

    def writable(self) -> bool:
        """Return that it is writable."""
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write another piece. Raises `DatabaseDamaged` for a wrong head, and what the table raises."""
        piece = data if isinstance(data, bytes) else bytes(memoryview(data))
        if self._write is not None:
            self._write_rows(piece, self._write)
        else:
            self._head += piece
            self._open()
        return len(piece)

    def finish(self) -> None:
        """Finish the table. Raises `DatabaseDamaged` if the file does not end as it must."""
        if self._opened is None or self._held != END_OF_ROWS:
            raise damaged_rows(self._alias, self._table, N_("its rows do not end as they should"))
        self.rows -= END_OF_ROWS.count(b"\n")
        self.size -= len(END_OF_ROWS)
        opened, self._opened = self._opened, None
        opened.__exit__(None, None, None)

    def discard(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave the table with an error."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.__exit__(kind, error, trace)

    def _write_rows(self, piece: bytes, write: Write) -> None:
        """Write all but the last bytes, without copying the rest."""
        self.rows += piece.count(b"\n")
        self.size += len(piece)
        if len(piece) < len(END_OF_ROWS):
            piece, self._held = self._held + piece, b""
        if self._held:
            write(self._held)
        write(memoryview(piece)[: -len(END_OF_ROWS)])
        self._held = piece[-len(END_OF_ROWS) :]

    def _open(self) -> None:
        lines = self._head.split(b"\n", 2)
        if len(lines) < 3:
            if len(self._head) > _LONGEST_HEAD:
                raise damaged_rows(self._alias, self._table, N_("it does not begin as it should"))
            return
        found = read_copy_header(lines[1].decode(errors="replace"))
        if found is None or not lines[0].startswith(b"SET "):
            raise damaged_rows(self._alias, self._table, N_("it does not begin as it should"))
        opened = self._begin(*found)
        self._write = opened.__enter__()
        self._opened = opened
        self._head = b""
        self._write_rows(lines[2], self._write)


def damaged_rows(alias: str, table: str, reason: str | Message) -> DatabaseDamaged:
    """Return the error for a damaged file of rows."""
    sentence = message(N_("table {table}: {reason}."), table=table, reason=reason)
    return DatabaseDamaged(alias=alias, reason=message(N_("in the backup, {reason}"), reason=sentence))


@contextmanager
def copy_into(connection: Connection, schema: str, table: str, columns: Columns, *, freeze: bool) -> Iterator[Write]:
    """Give a function that writes rows into a table, in the open transaction if any. Raises `DatabaseDamaged` for bad rows."""
    statement = f"COPY {quoted(schema, table)}{column_list(columns)} FROM STDIN{' (FREEZE)' if freeze else ''}"
    with mapped(connection.address), connection.unchecked_encoding():
        try:
            with connection.driver.cursor().copy(statement.encode()) as copy:
                yield copy.write
        except psycopg.DataError as error:
            where = (error.diag.context or "").partition("\n")[0]
            text = f"{server_message(error).rstrip('.')} ({where})" if where else server_message(error).rstrip(".")
            raise damaged_rows(connection.address.alias, table, text) from error


def write_blocks(blocks: Iterator[bytes], write: Write, advance: Advance) -> tuple[int, int]:
    """Write all blocks; return the number of rows and of bytes."""
    rows = size = 0
    for block in blocks:
        write(block)
        rows += block.count(b"\n")
        size += len(block)
        advance(len(block))
    return rows, size


class RowsFile:
    """A file of rows on this machine."""

    def __init__(self, alias: str, table: str, path: Path) -> None:
        """Check its head and its end. Raises `DatabaseDamaged`, `OSError`."""
        self._path = path
        with path.open("rb") as file:
            opening, header = file.readline(_LONGEST_HEAD), file.readline(_LONGEST_HEAD)
            self._start = file.tell()
        found = read_copy_header(header.decode(errors="replace").rstrip("\n"))
        if found is None or not opening.startswith(b"SET "):
            raise damaged_rows(alias, table, N_("it does not begin as it should"))
        self.schema, self.table, self.columns = found
        self._end = path.stat().st_size - len(END_OF_ROWS)
        with path.open("rb") as file:
            file.seek(max(self._end, 0))
            if self._end < self._start or file.read() != END_OF_ROWS:
                raise damaged_rows(alias, table, N_("its rows do not end as they should"))

    def blocks(self) -> Iterator[bytes]:
        """Yield the rows in blocks."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            left = self._end - self._start
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block
