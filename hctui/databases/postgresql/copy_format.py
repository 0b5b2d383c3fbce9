"""Files of rows: read back with suspicion, and sent into a table."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

from hctui.databases.postgresql.connection import BLOCK, Link, Look
from hctui.databases.postgresql.errors import mapped, said
from hctui.databases.postgresql.identifiers import quoted, read_copy_header
from hctui.databases.postgresql.layout import END_OF_ROWS
from hctui.errors import DatabaseDamaged
from hctui.messages import N_, Message, message

Columns = tuple[str, ...]
Write = Callable[[bytes | memoryview], None]
_LONGEST_HEAD = 1 << 20


class RowsSink(io.RawIOBase):
    """Takes a file of rows piece by piece, and hands what lies between its head and its end on to whoever `begin` opens."""

    def __init__(self, alias: str, table: str, begin: Callable[[str, str, Columns], AbstractContextManager[Write]]) -> None:
        super().__init__()
        self._alias = alias
        self._table = table
        self._begin = begin
        self._head = b""
        self._held = b""
        """The last bytes so far, which may turn out to be the end."""
        self._opened: AbstractContextManager[Write] | None = None
        self._write: Write | None = None
        self.rows = 0
        self.size = 0

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take another piece. Raises `DatabaseDamaged` for a head that is none, and what the table raises."""
        piece = data if isinstance(data, bytes) else bytes(memoryview(data))  # type: ignore[arg-type]
        if self._write is not None:
            self._hand_on(piece, self._write)
        else:
            self._head += piece
            self._open()
        return len(piece)

    def finish(self) -> None:
        """Say that it is whole. Raises `DatabaseDamaged` where it is not."""
        if self._opened is None or self._held != END_OF_ROWS:
            raise damaged(self._alias, self._table, N_("its rows do not end as they should"))
        self.rows -= END_OF_ROWS.count(b"\n")
        self.size -= len(END_OF_ROWS)
        opened, self._opened = self._opened, None
        opened.__exit__(None, None, None)

    def discard(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Give up what was taken, because of an error."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.__exit__(kind, error, trace)

    def _hand_on(self, piece: bytes, write: Write) -> None:
        """Write all but the last bytes, copying none of them."""
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
                raise damaged(self._alias, self._table, N_("it does not begin as it should"))
            return
        found = read_copy_header(lines[1].decode(errors="replace"))
        if found is None or not lines[0].startswith(b"SET "):
            raise damaged(self._alias, self._table, N_("it does not begin as it should"))
        opened = self._begin(*found)
        self._write = opened.__enter__()
        self._opened = opened
        self._head = b""
        self._hand_on(lines[2], self._write)


def damaged(alias: str, table: str, reason: str | Message) -> DatabaseDamaged:
    """Return the error that a table's rows in a backup are not whole."""
    told = message(N_("table {table}: {reason}."), table=table, reason=reason)
    return DatabaseDamaged(alias=alias, reason=message(N_("in the backup, {reason}"), reason=told))


@contextmanager
def filling(link: Link, schema: str, table: str, columns: Columns, *, freeze: bool) -> Iterator[Write]:
    """Let rows be written into a table, as part of whatever transaction there is. Raises `DatabaseDamaged` for bad rows."""
    listed = ", ".join(map(quoted, columns))
    statement = f"COPY {quoted(schema, table)}{f' ({listed})' if listed else ''} FROM STDIN{' (FREEZE)' if freeze else ''}"
    with mapped(link.address), link.bytes_as_they_are():
        try:
            with link.connection.cursor().copy(statement.encode()) as copy:
                yield copy.write
        except psycopg.DataError as error:
            where = (error.diag.context or "").partition("\n")[0]
            text = f"{said(error).rstrip('.')} ({where})" if where else said(error).rstrip(".")
            raise damaged(link.address.alias, table, text) from error


def pour(blocks: Iterator[bytes], write: Write, look: Look) -> tuple[int, int]:
    """Write all blocks; return how many rows and bytes they were."""
    rows = size = 0
    for block in blocks:
        write(block)
        rows += block.count(b"\n")
        size += len(block)
        look(len(block))
    return rows, size


class RowsFile:
    """A file of rows on this machine."""

    def __init__(self, alias: str, table: str, path: Path) -> None:
        """Read its head. Raises `DatabaseDamaged`, `OSError`."""
        self._path = path
        with path.open("rb") as file:
            opening, header = file.readline(_LONGEST_HEAD), file.readline(_LONGEST_HEAD)
            self._start = file.tell()
        found = read_copy_header(header.decode(errors="replace").rstrip("\n"))
        if found is None or not opening.startswith(b"SET "):
            raise damaged(alias, table, N_("it does not begin as it should"))
        self.schema, self.table, self.columns = found
        self._end = path.stat().st_size - len(END_OF_ROWS)
        with path.open("rb") as file:
            file.seek(max(self._end, 0))
            if self._end < self._start or file.read() != END_OF_ROWS:
                raise damaged(alias, table, N_("its rows do not end as they should"))

    def blocks(self) -> Iterator[bytes]:
        """Yield the rows."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            left = self._end - self._start
            while left > 0 and (block := file.read(min(BLOCK, left))):
                left -= len(block)
                yield block
