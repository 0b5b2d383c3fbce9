"""Scripts of one statement a line (sequences, large objects), run as they come in."""

from __future__ import annotations

import io

from hctui.databases.postgresql.connection import Link
from hctui.databases.postgresql.script_runner import run_lines

_TOGETHER = 1 << 20
"""Bytes of statements that are sent at once."""


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
