"""The undo copy of a folder, and the recovery after a killed restore; `swap_journal` has the states and their recovery."""

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

_TEMPORARY = (swap_journal.STAGING, CAPTURE, TRASH, BEGUN)
"""Purposes of working folders that outlive only a killed process."""


def newest_undo(root: Path) -> tuple[Path, swap_journal.Journal] | None:
    """Return the folder of the newest undo copy with the journal of the swap that it undoes. Raises `OSError`."""
    found = [
        (work, done)
        for work in working_folders(root, swap_journal.UNDO)
        if (done := swap_journal.read(work, swap_journal.DONE)) is not None
    ]
    return max(found, key=lambda item: item[1].made, default=None)


def describe(root: Path) -> Undo | None:
    """Return what the undo copy holds. Raises `OSError`."""
    found = newest_undo(root)
    if found is None:
        return None
    work, done = found
    slot = work / done.leaves_to
    size = sum((slot / name).lstat().st_size for name in files_below(slot))
    return Undo(done.made, done.origin, done.tables, size)


def drop(root: Path, keep: Path | None = None) -> None:
    """Delete every undo copy except `keep`. Raises `OSError`."""
    for work in working_folders(root, swap_journal.UNDO):
        if work != keep and (work / swap_journal.DONE).exists() and not (work / swap_journal.SWAPPING).exists():
            discard(work)


def recover(database: Database, root: Path) -> Message | None:
    """Finish or roll back killed swaps, and delete the folders of ended processes. Raises `OSError`, `DatabaseInUse`."""
    done: Message | None = None
    for parent in (root, root.parent):
        purposes = (*_TEMPORARY, swap_journal.UNDO) if parent == root else _TEMPORARY
        found = working_folders(parent, *purposes)
        if parent != root:  # a folder of a first restore, before `root` existed; a journal here is of another database
            found = [work for work in found if not swap_journal.has_journal(work)]
        if not found:
            continue
        try:
            with locked(parent):
                for work in found:
                    done = _recover_folder(database, parent, work) or done
                if parent == root and (newest := newest_undo(root)) is not None:
                    drop(root, keep=newest[0])
        except (BlockingIOError, PermissionError):
            continue  # another hctui works there, or the folder belongs to another user
    return done


def _recover_folder(database: Database, parent: Path, work: Path) -> Message | None:
    if not work.exists() or not is_abandoned(work):
        return None
    for draft in work.glob("*.json.part"):  # a journal that was not written to its end
        draft.unlink(missing_ok=True)
    swapping, failed = swap_journal.read(work, swap_journal.SWAPPING), swap_journal.read(work, swap_journal.ROLLING_BACK)
    if swapping is not None:
        with exclusive(database.alias, parent, ()):
            swap_journal.finish(parent, work, swapping)
        swap_journal.mark_done(work)
        drop(parent, keep=swap_journal.rename_to_undo(work))
        text = N_("{alias}: a restore from {origin} that was interrupted has been finished. It can be undone.")
        return message(text, alias=database.alias, origin=swapping.origin)
    if failed is not None:
        with exclusive(database.alias, parent, ()):
            swap_journal.roll_back(parent, work, failed)
        _discard_staging(work)
        text = N_("{alias}: a restore from {origin} that had failed has been taken back.")
        return message(text, alias=database.alias, origin=failed.origin)
    if work.name.startswith(f"{PREFIX}{swap_journal.UNDO}-"):
        return None
    if (work / swap_journal.DONE).exists():
        drop(parent, keep=swap_journal.rename_to_undo(work))
        return None
    if work.name.startswith((f"{PREFIX}{TRASH}-", f"{PREFIX}{BEGUN}-")):
        shutil.rmtree(work)
        return None
    if not _discard_staging(work):
        return None
    text = N_("{alias}: what an interrupted job had begun was removed; nothing had been changed.")
    return message(text, alias=database.alias)


def _discard_staging(work: Path) -> bool:
    """Delete a staging folder, but never one that holds files of the database; return whether it was deleted."""
    if not work.name.startswith(tuple(f"{PREFIX}{purpose}-" for purpose in (swap_journal.STAGING, CAPTURE))):
        return False
    if files_below(work / swap_journal.REPLACED):
        return False
    discard(work)
    return True
