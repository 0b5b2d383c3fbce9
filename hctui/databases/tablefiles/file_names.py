"""The mapping between file names on the disk and paths in a backup.

A path in a backup is UTF-8 in the normal form NFC, and has no character or name that an archive program refuses.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hctui.errors import HostileArchive
from hctui.messages import N_

_REFUSED = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|%]|[. ]$|^ ')
_PORTABLE = re.compile(r"[A-Za-z0-9_$#-]+(\.[A-Za-z0-9_$#-]+)*")
_DEVICE = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class NameMapping:
    """The names of the files of one folder and their paths in a backup, in both directions."""

    def __init__(self, original: Mapping[str, str] | None = None) -> None:
        """Begin empty, or with the result of `as_details`."""
        self._original: dict[str, str] = dict(original or {})
        self._used: set[str] = set()

    def add(self, name: str) -> str:
        """Return the path in the backup of the file called `name` (relative, as the system gives it)."""
        portable = "/".join(_portable(component) for component in name.split("/"))
        path, copy = portable, 1
        while path in self._used:
            copy += 1
            stem, dot, extension = portable.rpartition(".")
            path = f"{stem}~{copy}.{extension}" if dot and "/" not in extension else f"{portable}~{copy}"
        self._used.add(path)
        if path == name and name.isascii():
            return path
        raw = os.fsencode(name)
        if path.encode() != raw:
            self._original[path] = quote_from_bytes(raw, safe="/ ")
        return path

    def on_disk(self, path: str, backup: str = "") -> str:
        """Return the name on the disk, relative to the folder, for a path in `backup`. Raises `HostileArchive`."""
        quoted = self._original.get(path)
        name = os.fsdecode(unquote_to_bytes(quoted)) if quoted is not None else path
        components = name.split("/")
        if "\0" in name or any(part in ("", ".", "..") or part.lower().startswith(".hctui-") for part in components):
            raise HostileArchive(member=path, path=backup, reason=N_("its name is not that of a file of this database."))
        return name

    def as_details(self) -> dict[str, str]:
        """Return the paths that differ from the names on the disk, each with that name percent-encoded, for the manifest."""
        return dict(self._original)


def _portable(component: str) -> str:
    """Return one component of a path in a form that every archive program accepts."""
    if _PORTABLE.fullmatch(component) and not _DEVICE.match(component):
        return component
    raw = os.fsencode(component)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = unicodedata.normalize("NFC", text)
    text = _REFUSED.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), text)
    return f"%{ord(text[0]):02X}{text[1:]}" if _DEVICE.match(text) else text
