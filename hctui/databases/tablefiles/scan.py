"""The scan of a folder: its files, its format and its tables as they are now."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from hctui.databases.tablefiles import formats, shared_indexes
from hctui.databases.tablefiles.layout import File, FolderContent, Listing, as_file, first_bytes, group_files
from hctui.model import TableFormat

_is_ours = formats.ignore_filter(None)


def scan(root: Path, wanted: str = "", defined: Iterable[TableFormat] = (), earlier: Listing | None = None) -> Listing:
    """List the folder `root` in the format called `wanted`, else in the one that is detected. Raises `OSError`.

    If no file has changed since the `earlier` listing, that listing itself is returned.
    """
    content = FolderContent([], [])
    _walk(os.fspath(root), "", content)
    if earlier is not None and earlier.content == content:
        return earlier
    defined = tuple(defined)
    layout = formats.by_name(wanted, defined) if wanted else None
    if layout is None:
        layout = formats.detect([file.name for file in content.files], defined, lambda name: first_bytes(root / name))
    listing = group_files(content.files, layout, content.skipped)
    return replace(shared_indexes.assign_to_tables(root, listing), content=content)


def _walk(root: str, under: str, content: FolderContent) -> None:
    with os.scandir(f"{root}/{under}") as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if _is_ours(entry.name):
                continue
            name = under + entry.name
            if entry.is_file(follow_symlinks=False):
                _append(entry, name, content.files)
            elif entry.is_dir(follow_symlinks=False):
                _walk(root, f"{name}/", content)
            else:
                content.skipped.append(name)


def _append(entry: os.DirEntry[str], name: str, files: list[File]) -> None:
    try:
        files.append(as_file(name, entry.stat(follow_symlinks=False)))
    except FileNotFoundError:  # a temporary file that was deleted since the folder was listed
        return
