"""File names as they lie on the disk, and as paths in a backup, which are UTF-8, NFC and free of what archives refuse."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hctui.errors import HostileArchive
from hctui.messages import N_

_AWKWARD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|%]|[. ]$|^ ')
_USUAL = re.compile(r"[A-Za-z0-9_$#-]+(\.[A-Za-z0-9_$#-]+)*")
_DEVICE = re.compile(r"^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class Names:
    """The paths in a backup of the files of one folder, and the way back."""

    def __init__(self, original: Mapping[str, str] | None = None) -> None:
        """Begin empty, or with what `as_details` gave."""
        self._original: dict[str, str] = dict(original or {})
        self._taken: set[str] = set()

    def add(self, name: str) -> str:
        """Return the path that the file called `name` (relative, as the system gives it) has in the backup."""
        plain = "/".join(_plain(component) for component in name.split("/"))
        path, copy = plain, 1
        while path in self._taken:
            copy += 1
            stem, dot, extension = plain.rpartition(".")
            path = f"{stem}~{copy}.{extension}" if dot and "/" not in extension else f"{plain}~{copy}"
        self._taken.add(path)
        if path == name and name.isascii():
            return path
        raw = os.fsencode(name)
        if path.encode() != raw:
            self._original[path] = quote_from_bytes(raw, safe="/ ")
        return path

    def on_disk(self, path: str, backup: str = "") -> str:
        """Return the name relative to the folder that `path` of `backup` goes to; `HostileArchive` where it would leave it."""
        quoted = self._original.get(path)
        name = os.fsdecode(unquote_to_bytes(quoted)) if quoted is not None else path
        components = name.split("/")
        if "\0" in name or any(part in ("", ".", "..") or part.lower().startswith(".hctui-") for part in components):
            raise HostileArchive(member=path, path=backup, reason=N_("its name is not that of a file of this database."))
        return name

    def as_details(self) -> dict[str, str]:
        """Return the paths that differ from the names on disk, with those percent-encoded, for the manifest."""
        return dict(self._original)

    @staticmethod
    def shown(name: str) -> str:
        """Return a name that can be shown and stored as UTF-8."""
        return os.fsencode(name).decode(errors="replace")


def _plain(component: str) -> str:
    """Return one component of a path as every archive program takes it."""
    if _USUAL.fullmatch(component) and not _DEVICE.match(component):
        return component
    raw = os.fsencode(component)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = unicodedata.normalize("NFC", text)
    text = _AWKWARD.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), text)
    return f"%{ord(text[0]):02X}{text[1:]}" if _DEVICE.match(text) else text
