"""A folder as it is now: walked, its format found out, its files sorted into tables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from hctui.databases.tablefiles import formats, shared_indexes
from hctui.databases.tablefiles.layout import File, Listing, Seen, arrange, as_file, first_bytes
from hctui.model import TableFormat

_is_ours = formats.ignoring(None)


def scan(root: Path, wanted: str = "", defined: Iterable[TableFormat] = (), earlier: Listing | None = None) -> Listing:
    """List the folder `root`, in the format called `wanted` or the one its files show. Raises `OSError`.

    Where every file is just as it was in the `earlier` listing, made likewise, that one is returned.
    """
    seen = Seen([], [])
    _walk(os.fspath(root), "", seen)
    if earlier is not None and earlier.seen == seen:
        return earlier
    defined = tuple(defined)
    layout = formats.known(wanted, defined) if wanted else None
    if layout is None:
        layout = formats.detect([file.name for file in seen.files], defined, lambda name: first_bytes(root / name))
    listing = arrange(seen.files, layout, seen.skipped)
    return replace(shared_indexes.adopt(root, listing), seen=seen)


def _walk(root: str, under: str, seen: Seen) -> None:
    with os.scandir(f"{root}/{under}") as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if _is_ours(entry.name):
                continue
            name = under + entry.name
            if entry.is_file(follow_symlinks=False):
                _append(entry, name, seen.files)
            elif entry.is_dir(follow_symlinks=False):
                _walk(root, f"{name}/", seen)
            else:
                seen.skipped.append(name)


def _append(entry: os.DirEntry[str], name: str, files: list[File]) -> None:
    try:
        files.append(as_file(name, entry.stat(follow_symlinks=False)))
    except FileNotFoundError:  # a temporary file that is gone again
        return
