"""What is known of a member, and which names a member may have."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from msgspec import Struct

from hctui.messages import N_

LONGEST_NAME = 4096
"""Characters of a member's name, folders included."""
LONGEST_COMPONENT = 255
"""Bytes of one component, as file systems have it."""

_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


class StoredMember(Struct, frozen=True):
    """What was read from a source and stored, or read back and checked."""

    size: int
    """Bytes, uncompressed."""
    blake3: str
    """Hexadecimal, as `b3sum` prints it."""


class MemberInfo(Struct, frozen=True):
    """One member as the directory of an archive lists it; nothing of it is proved before it is read."""

    name: str
    size: int
    compressed_size: int
    modified: datetime | None
    """None where the archive holds no valid date."""
    encrypted: bool
    folder: bool
    link: bool
    """A symbolic link: its bytes are the target."""
    mode: int
    """Permission bits; 0 where the program that made the archive recorded none."""


def name_defect(name: str) -> str | None:
    """Return why `name` must not be a member's name (an English clause, translatable), or None where it may be.

    A device name is refused only where it stands alone: with an extension (`aux.dbf`) it is a file like any other.
    """
    if not name or len(name) > LONGEST_NAME:
        return N_("its name is empty or too long.")
    if not name.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return N_("its name has control characters or is no valid text.")
    if "\\" in name:
        return N_("its name has a backslash.")
    if name.startswith("/") or _DRIVE.match(name):
        return N_("its name is an absolute path.")
    for component in name.removesuffix("/").split("/"):
        if not component.strip(". "):
            return N_("its path leaves the folder it belongs to.")
        if len(component.encode()) > LONGEST_COMPONENT:
            return N_("its name is empty or too long.")
        if _DEVICE.fullmatch(component.rstrip(". :")):
            return N_("its name is that of a device.")
    return None


def normal_name(name: str) -> str:
    """Return `name` composed (NFC), as members are stored."""
    return unicodedata.normalize("NFC", name)


def printable(name: str) -> str:
    """Return `name` with what must not reach a terminal or a log written as escapes."""
    return "".join(
        character if unicodedata.category(character) not in ("Cc", "Cs") else character.encode("unicode_escape").decode()
        for character in name
    )
