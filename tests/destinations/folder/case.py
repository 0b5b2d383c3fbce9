"""A folder of this machine."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from hctui.destinations import Destination, open_destination
from hctui.disk.atomic_file import EagerFile


class Case:
    """See `DestinationCase`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a place"

    def create(self) -> None:
        self.folder.mkdir()

    def destination(self) -> Destination:
        return open_destination(str(self.folder))

    def names(self) -> set[str]:
        return set(os.listdir(self.folder))

    def content(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def plant(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def damage(self, name: str, offset: int) -> None:
        with (self.folder / name).open("r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    @contextmanager
    def small(self, size: int) -> Iterator[None]:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", self.folder]
        if subprocess.run(mount, capture_output=True).returncode == 0:
            try:
                yield
            finally:
                subprocess.run(["umount", "-l", self.folder], check=True)
            return

        def write(file: EagerFile, data: bytes) -> int:
            if sum(path.stat().st_size for path in self.folder.iterdir()) + len(data) > size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(file, data)

        real = EagerFile.write  # mounting takes root
        with patch.object(EagerFile, "write", write):
            yield

    @contextmanager
    def vanish(self) -> Iterator[None]:
        away = self.folder.with_name("away")
        self.folder.rename(away)
        yield
        away.rename(self.folder)
