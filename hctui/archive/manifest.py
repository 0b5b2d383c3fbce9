"""`manifest.json`, read without being trusted: anybody may have made or changed the backup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from hctui import codec
from hctui.archive.members import escaped_name, name_defect, normal_name
from hctui.errors import DamagedArchive, HostileArchive, NewerFormat, PartMissing
from hctui.messages import N_
from hctui.model import FORMAT_MAJOR, MANIFEST_NAME, Manifest

MAX_SIZE = 64 << 20
"""Bytes; enough for some hundred thousand tables."""


class _Version(msgspec.Struct):
    """The one field that every format has."""

    major: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


def decode(data: bytes, sizes: Mapping[str, int], path: Path) -> Manifest:
    """Return the manifest of the archive at `path`, checked against the sizes of its members.

    Raises `NewerFormat`, `DamagedArchive` if it is no manifest or contradicts the members, `PartMissing`, `HostileArchive`.
    """
    try:
        major = msgspec.json.decode(data, type=_Version).major
        if major > FORMAT_MAJOR:
            raise NewerFormat(path=str(path), found=major, known=FORMAT_MAJOR)
        manifest = codec.decode(data, Manifest)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        reason = N_("it is not what hctui writes.")
        raise DamagedArchive(member=MANIFEST_NAME, path=str(path), reason=reason) from error
    seen: set[str] = set()
    for name, size in _members(manifest, path):
        if defect := name_defect(name):
            raise HostileArchive(member=escaped_name(name), path=str(path), reason=defect)
        key = normal_name(name)
        if key in seen:
            raise HostileArchive(member=name, path=str(path), reason=N_("the manifest names it twice."))
        seen.add(key)
        if size is not None and key not in sizes:
            raise PartMissing(member=name, path=str(path))
        if size is not None and sizes[key] != size:
            raise DamagedArchive(member=name, path=str(path), reason=N_("its size is not the one the manifest names."))
    return manifest


def _members(manifest: Manifest, path: Path) -> Iterator[tuple[str, int | None]]:
    """Yield the name and size of every member that a manifest lists; None as size if the archive need not have the member."""
    aliases = [database.alias for database in manifest.databases]
    for alias in aliases:
        if "/" in alias or aliases.count(alias) > 1:
            raise HostileArchive(member=escaped_name(alias), path=str(path), reason=N_("it is no name of a database."))
    for database in manifest.databases:
        yield from ((f"{database.alias}/{part.path}", part.size) for part in database.parts)
    for file in manifest.files:
        yield (file.member or file.path, None if file.folder or file.link else file.size)
