"""A folder as it is now: walked, its format found out, its files sorted into tables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from hctui.databases.folder import formats, orphans
from hctui.databases.folder.tables import File, Listing, arrange, as_file, first_bytes
from hctui.model import TableFormat


def scan(root: Path, wanted: str = "", defined: Iterable[TableFormat] = ()) -> Listing:
    """List the folder `root`, in the format called `wanted` or the one its files show. Raises `OSError`."""
    files: list[File] = []
    skipped: list[str] = []
    _walk(root, "", files, skipped)
    defined = tuple(defined)
    layout = formats.known(wanted, defined) if wanted else None
    if layout is None:
        layout = formats.detect([file.name for file in files], defined, lambda name: first_bytes(root / name))
    listing = arrange(files, layout, skipped)
    return orphans.adopt(root, listing)


def _walk(root: Path, under: str, files: list[File], skipped: list[str]) -> None:
    with os.scandir(root / under) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            name = f"{under}/{entry.name}" if under else entry.name
            if formats.ignored(None, entry.name):
                continue
            if entry.is_symlink():
                skipped.append(name)
            elif entry.is_dir():
                _walk(root, name, files, skipped)
            elif entry.is_file():
                _append(entry, name, files)
            else:
                skipped.append(name)


def _append(entry: os.DirEntry[str], name: str, files: list[File]) -> None:
    try:
        files.append(as_file(name, entry.stat(follow_symlinks=False)))
    except FileNotFoundError:  # a temporary file that is gone again
        return
