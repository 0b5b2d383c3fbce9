"""Pack a folder with hctui's archive alone, as a contestant: `python -m benchmarks.pack FOLDER FILE LEVEL [STANDARD]`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from hctui.archive import ArchiveReader, ArchiveWriter
from hctui.model import Encryption, Level, Manifest


def pack(folder: Path, file: Path, level: Level, encryption: Encryption | None) -> None:
    """Write every file of `folder` into `file`; the password comes from the environment."""
    password = os.environ.get("BENCHMARK_PASSWORD") if encryption else None
    with ArchiveWriter(file, level=level, encryption=encryption, password=password) as archive:
        for entry in sorted(folder.iterdir()):
            with entry.open("rb", buffering=0) as source:
                archive.add(f"BENCH/{entry.name}", source)
        archive.finish(Manifest(created=datetime.now(UTC), hctui_version="benchmark"))


def unpack(file: Path, folder: Path) -> None:
    """Read every member of `file` into `folder`."""
    folder.mkdir(parents=True)
    with ArchiveReader(file, password=os.environ.get("BENCHMARK_PASSWORD")) as archive:
        for member in archive.members():
            with (folder / member.name.replace("/", "_")).open("wb") as sink:
                archive.read(member.name, sink)


def main() -> None:
    """Parse the command line."""
    if sys.argv[1] == "unpack":
        unpack(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    encryption = Encryption(sys.argv[4]) if len(sys.argv) > 4 else None
    pack(Path(sys.argv[1]), Path(sys.argv[2]), Level(sys.argv[3]), encryption)


if __name__ == "__main__":
    main()
