"""Memory use does not grow with the size or the number of members."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import io, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from hctui.archive import ArchiveReader, ArchiveWriter
from hctui.model import Encryption, Level, Manifest

members, size, level, encryption = int(sys.argv[2]), int(sys.argv[3]), Level(sys.argv[4]), Encryption(sys.argv[5])

class Rows(io.RawIOBase):
    def __init__(self):
        self.left = size
    def read(self, wanted=-1):
        count = min(self.left, wanted)
        self.left -= count
        return (b"%07d\\n" % (self.left % 9_999_991)) * (count // 8) + b"x" * (count % 8)

class Sink(io.RawIOBase):
    def write(self, data):
        return len(data)

with ArchiveWriter(Path(sys.argv[1]), level=level, encryption=encryption, password="pw") as archive:
    for number in range(members):
        archive.add(f"DB/{number}", Rows())
    archive.finish(Manifest(created=datetime.now(UTC), hctui_version="test"))
with ArchiveReader(Path(sys.argv[1]), password="pw") as archive:
    archive.check_password()
    for number in range(members):
        assert archive.read(f"DB/{number}", Sink()).size == size
if sys.platform == "linux":  # getrusage counts the memory of the parent before exec
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
else:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize(
    ("members", "size", "level", "encryption"),
    [(1, 200_000_000, "min", "aes256"), (1, 100_000_000, "none", "aes256"), (1500, 100_000, "medium", "zipcrypto")],
    ids=["one large", "one large stored", "many small"],
)
def test_peak_memory(members: int, size: int, level: str, encryption: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, tmp_path / "a.bkb", str(members), str(size), level, encryption]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100_000  # kB
