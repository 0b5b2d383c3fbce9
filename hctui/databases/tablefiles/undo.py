"""What happens to a folder between restores: the kept undo, and what killed restores left."""

from __future__ import annotations

import shutil
from pathlib import Path

from hctui.databases.engine import Undo
from hctui.databases.tablefiles import swap_journal
from hctui.databases.tablefiles.exclusive import exclusive
from hctui.databases.tablefiles.reflinks import CAPTURE
from hctui.disk.locks import locked
from hctui.disk.work_dirs import BEGUN, PREFIX, TRASH, discard, files_below, is_abandoned, working_folders
from hctui.messages import N_, Message, message
from hctui.model import Database

_PASSING = (swap_journal.STAGING, CAPTURE, TRASH, BEGUN)
"""Purposes of working folders that only a killed process leaves."""


def kept(root: Path) -> tuple[Path, swap_journal.Journal] | None:
    """Return the newest undo of a folder and the journal of what it undoes. Raises `OSError`."""
    found = [
        (work, done)
        for work in working_folders(root, swap_journal.UNDO)
        if (done := swap_journal.read(work, swap_journal.DONE)) is not None
    ]
    return max(found, key=lambda item: item[1].made, default=None)


def describe(root: Path) -> Undo | None:
    """Return what an undo would put back. Raises `OSError`."""
    found = kept(root)
    if found is None:
        return None
    work, done = found
    slot = work / done.leaves_to
    size = sum((slot / name).lstat().st_size for name in files_below(slot))
    return Undo(done.made, done.origin, done.tables, size)


def drop(root: Path, but: Path | None = None) -> None:
    """Delete every kept undo, except one. Raises `OSError`."""
    for work in working_folders(root, swap_journal.UNDO):
        if work != but and (work / swap_journal.DONE).exists() and not (work / swap_journal.SWAPPING).exists():
            discard(work)


def recover(database: Database, root: Path) -> Message | None:
    """Finish or take back swaps that were killed, throw away what dead processes left. Raises `OSError`, `DatabaseInUse`."""
    said: Message | None = None
    for parent in (root, root.parent):
        purposes = (*_PASSING, swap_journal.UNDO) if parent == root else _PASSING
        found = working_folders(parent, *purposes)
        if parent != root:  # where the folder was to be made; a journal there is that of another database
            found = [work for work in found if not swap_journal.matters(work)]
        if not found:
            continue
        try:
            with locked(parent):
                for work in found:
                    said = _recover_one(database, parent, work) or said
                if parent == root and (newest := kept(root)) is not None:
                    drop(root, but=newest[0])
        except (BlockingIOError, PermissionError):
            continue  # another hctui is at work there, or it is somebody else's folder
    return said


def _recover_one(database: Database, parent: Path, work: Path) -> Message | None:
    if not work.exists() or not is_abandoned(work):
        return None
    for draft in work.glob("*.json.part"):  # a journal that never came to be
        draft.unlink(missing_ok=True)
    swapping, back = swap_journal.read(work, swap_journal.SWAPPING), swap_journal.read(work, swap_journal.ROLLING_BACK)
    if swapping is not None:
        with exclusive(database.alias, parent, ()):
            swap_journal.forward(parent, work, swapping)
        swap_journal.mark_done(work)
        drop(parent, but=swap_journal.name_undo(work))
        text = N_("{alias}: a restore from {origin} that was interrupted has been finished. It can be undone.")
        return message(text, alias=database.alias, origin=swapping.origin)
    if back is not None:
        with exclusive(database.alias, parent, ()):
            swap_journal.roll_back(parent, work, back)
        _discard_staging(work)
        text = N_("{alias}: a restore from {origin} that had failed has been taken back.")
        return message(text, alias=database.alias, origin=back.origin)
    if work.name.startswith(f"{PREFIX}{swap_journal.UNDO}-"):
        return None
    if (work / swap_journal.DONE).exists():
        drop(parent, but=swap_journal.name_undo(work))
        return None
    if work.name.startswith((f"{PREFIX}{TRASH}-", f"{PREFIX}{BEGUN}-")):
        shutil.rmtree(work)
        return None
    if not _discard_staging(work):
        return None
    text = N_("{alias}: what an interrupted job had begun was removed; nothing had been changed.")
    return message(text, alias=database.alias)


def _discard_staging(work: Path) -> bool:
    """Throw away a staging folder, never one that still keeps files of the database; tell whether it was thrown away."""
    if not work.name.startswith(tuple(f"{PREFIX}{purpose}-" for purpose in (swap_journal.STAGING, CAPTURE))):
        return False
    if files_below(work / swap_journal.REPLACED):
        return False
    discard(work)
    return True
