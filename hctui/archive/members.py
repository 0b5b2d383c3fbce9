"""The description of a member, and the rules for its name."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from msgspec import Struct

from hctui.messages import N_

MAX_NAME = 4096
"""Characters of the name of a member, with its folders."""
MAX_COMPONENT = 255
"""Bytes of one component of a name; the limit of most file systems."""

_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


class StoredMember(Struct, frozen=True):
    """Size and hash of the bytes that were stored, or read back and checked."""

    size: int
    """Bytes, uncompressed."""
    blake3: str
    """Hexadecimal, as `b3sum` prints it."""


class MemberInfo(Struct, frozen=True):
    """One member as the directory of an archive lists it. Nothing in it is proved before the member is read."""

    name: str
    size: int
    compressed_size: int
    modified: datetime | None
    """None if the archive holds no valid date."""
    encrypted: bool
    folder: bool
    link: bool
    """A symbolic link: its bytes are the target."""
    mode: int
    """Permission bits; 0 if the program that made the archive recorded none."""


def name_defect(name: str) -> str | None:
    """Return why `name` can't be the name of a member (a translatable English clause), or None if it can.

    A device name is refused only without an extension: `aux.dbf` is an ordinary file.
    """
    if not name or len(name) > MAX_NAME:
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
        if len(component.encode()) > MAX_COMPONENT:
            return N_("its name is empty or too long.")
        if _DEVICE.fullmatch(component.rstrip(". :")):
            return N_("its name is that of a device.")
    return None


def normal_name(name: str) -> str:
    """Return `name` in composed form (NFC), as the names of members are stored."""
    return unicodedata.normalize("NFC", name)


def escaped_name(name: str) -> str:
    """Return `name` with control characters and surrogates escaped, for terminals and logs."""
    return "".join(
        character if unicodedata.category(character) not in ("Cc", "Cs") else character.encode("unicode_escape").decode()
        for character in name
    )
