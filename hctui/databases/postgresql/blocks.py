"""A stream of blocks of bytes, as a file that is read."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator


class Blocks(io.RawIOBase):
    """What an iterator of bytes gives, read in any sizes; closing it closes a generator that was not at its end."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one block does; 0 only at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """End the iterator."""
        if not self.closed and isinstance(self._blocks, Generator):
            self._blocks.close()
        super().close()
