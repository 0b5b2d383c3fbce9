"""Destinations: places that hold backups as whole files. `open_destination` returns the one that an address names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hctui.destinations.base import Destination
from hctui.destinations.folder import FolderDestination
from hctui.disk.paths import refuse_address

__all__ = ["SCHEMES", "Destination", "FolderDestination", "open_destination"]

SCHEMES: dict[str, Callable[[str], Destination]] = {}
"""Scheme of an address (`sftp`) to the function that returns its destination; a path is a folder and has none."""


def open_destination(address: str) -> Destination:
    """Return the destination that `address` names, not yet connected. Raises `UnknownDestination` for an unknown scheme."""
    scheme, separator, _ = address.partition("://")
    opener = SCHEMES.get(scheme.lower()) if separator else None
    if opener is not None:
        return opener(address)
    refuse_address(address)
    return FolderDestination(Path(address).expanduser())
