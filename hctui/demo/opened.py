"""The backup looked at without hctui as far as that goes, and unpacked."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from hctui.archive import ArchiveReader
from hctui.errors import DemoFailed
from hctui.messages import N_, Message, message
from hctui.model import README_NAME


def look_with_python(file: Path) -> Iterator[Message]:
    """Tell what Python's own zipfile sees: every name, the plain LEIA-ME.txt, and nothing of what is encrypted."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        text = archive.read(README_NAME).decode()
        locked = [member for member in members if member.flag_bits & 1]
        try:
            archive.read(locked[0])
        except (RuntimeError, NotImplementedError):
            refused = True
        else:
            refused = False
    if not refused:
        raise DemoFailed(reason=message(N_("{member} can be read without the password."), member=locked[0].filename))
    yield message(N_("Python's zipfile lists {members} members: {names} …"), members=len(members),
                  names=", ".join(member.filename for member in members[:3]))  # fmt: skip
    yield message(N_("{name} is open to everybody ({lines} lines, how to restore by hand); the other {locked} are encrypted."),
                  name=README_NAME, lines=len(text.splitlines()), locked=len(locked))  # fmt: skip


def unpack(file: Path, password: str, folder: Path) -> Path:
    """Unpack a backup with hctui's reader, which checks every byte; return the folder, one folder in it for each company."""
    with ArchiveReader(file, password=password) as reader:
        for member in reader.members():
            if "/" in member.name and not member.folder:
                target = folder / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as sink:
                    reader.read(member.name, sink)
    return folder
