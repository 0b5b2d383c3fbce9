"""A large file of the database as it is handed to whoever stores it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from hctui.errors import ReadFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class CapturedFile(io.FileIO):
    """A file that is read to the size it had when it was opened, and whose failing disk has our error."""

    def __init__(self, descriptor: int, path: Path, size: int) -> None:
        super().__init__(descriptor, "rb")
        self._path = path
        self._left = size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as `io.FileIO` does. Raises `ReadFailed`."""
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        with _failing_disk(self._path):
            found = super().read(wanted) or b""
        self._left -= len(found)
        return found

    def readall(self) -> bytes:
        """Read what is left. Raises `ReadFailed`."""
        return b"".join(iter(lambda: self.read(1 << 20), b""))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer`. Raises `ReadFailed`."""
        view = memoryview(buffer).cast("B")[: self._left]
        with _failing_disk(self._path):
            count = super().readinto(view) or 0
        self._left -= count
        return count


class _failing_disk:
    """Map `OSError` while a file of the database is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise ReadFailed(path=str(self._path), reason=error.strerror or str(error)) from error
