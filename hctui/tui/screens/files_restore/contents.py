"""The files of a backup as a tree, and ticks in it as the globs of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from glob import escape

from hctui.model import StoredFile
from hctui.tui.screens.files_backup.tree import Entry


def entries_by_folder(files: Iterable[StoredFile]) -> Mapping[str, list[Entry]]:
    """Return what is in each folder, the top under the empty name; folders have the size of all that is in them.

    Folders that the backup does not list on their own, but holds files of, are there too.
    """
    known: dict[str, StoredFile] = {}
    sizes: dict[str, int] = {}
    for each in files:
        known[each.path] = each
        above = each.path
        while above:
            above = above.rpartition("/")[0]
            sizes[above] = sizes.get(above, 0) + each.size
    found: dict[str, list[Entry]] = {}
    for path in dict.fromkeys([*known, *(folder for folder in sizes if folder)]):
        found.setdefault(path.rpartition("/")[0], []).append(_entry(path, known.get(path), sizes))
    return found


def _entry(path: str, stored: StoredFile | None, sizes: Mapping[str, int]) -> Entry:
    folder = stored is None or stored.folder or path in sizes
    return Entry(path, folder, sizes.get(path, 0) if folder or stored is None else stored.size, bool(stored and stored.link))


def patterns(ticked: Iterable[str], top: Iterable[Entry]) -> tuple[str, ...]:
    """Return globs that match what is ticked, a folder standing for all below it; none where everything is."""
    chosen = set(ticked)
    if chosen.issuperset(entry.path for entry in top):
        return ()
    return tuple(escape(path) for path in sorted(chosen))
