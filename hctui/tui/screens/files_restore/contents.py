"""The files of a backup by folder, and the globs of a plan for ticked files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from glob import escape

from hctui.model import StoredFile
from hctui.tui.screens.files_backup.tree import FileEntry


def entries_by_folder(files: Iterable[StoredFile]) -> Mapping[str, list[FileEntry]]:
    """Return the entries of each folder, those of the top under the empty name; a folder's size is that of all files in it.

    Folders that the backup does not list, but whose files it holds, are included.
    """
    known: dict[str, StoredFile] = {}
    sizes: dict[str, int] = {}
    for each in files:
        known[each.path] = each
        parent = each.path
        while parent:
            parent = parent.rpartition("/")[0]
            sizes[parent] = sizes.get(parent, 0) + each.size
    found: dict[str, list[FileEntry]] = {}
    for path in dict.fromkeys([*known, *(folder for folder in sizes if folder)]):
        found.setdefault(path.rpartition("/")[0], []).append(_entry(path, known.get(path), sizes))
    return found


def _entry(path: str, stored: StoredFile | None, sizes: Mapping[str, int]) -> FileEntry:
    folder = stored is None or stored.folder or path in sizes
    return FileEntry(
        path, folder, sizes.get(path, 0) if folder or stored is None else stored.size, bool(stored and stored.link)
    )


def patterns(ticked: Iterable[str], top: Iterable[FileEntry]) -> tuple[str, ...]:
    """Return globs for the ticked paths, in which a folder includes all below it; none if everything is ticked."""
    chosen = set(ticked)
    if chosen.issuperset(entry.path for entry in top):
        return ()
    return tuple(escape(path) for path in sorted(chosen))
