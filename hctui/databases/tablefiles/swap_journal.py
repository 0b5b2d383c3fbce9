"""The swap: the staged files of a restore take the place of files of the database.

The promise: after a kill or a loss of power at any instant, the next start of hctui leaves all of the old files or all of the
new ones.

A swap has a working folder on the file system of the database, with two slots, `staged` and `replaced`. A journal lists the
files that arrive from one slot and those that leave to the other. The names of the folder and of the journal are the state:

    on the disk                              state                    the next start
    .hctui-staging-X                         files are being staged   deletes the folder
    .hctui-staging-X/journal.json            swapping                 finishes the swap
    .hctui-staging-X/undo.json               swapped                  renames the folder to .hctui-undo-X
    .hctui-undo-X/undo.json                  the undo copy is kept    changes nothing
    .hctui-undo-X/undo.json + journal.json   an undo is swapping      finishes the undo
    …/rollback.json                          a swap has failed        rolls it back

Why it holds: no live file changes before the journal is durable, and every step can be repeated, so that a swap is finished
by doing all its steps again. Each leaving file gets a second name in its slot, and the disk has all of these names, before
the first file arrives: whichever of the later renames a loss of power undoes, no file is without a name.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hctui import codec
from hctui.disk import atomic_file
from hctui.disk.paths import printable
from hctui.disk.sync import sync_files, sync_folder
from hctui.disk.work_dirs import files_below
from hctui.errors import WriteFailed
from hctui.messages import N_

STAGING, UNDO = "staging", "undo"
"""The purposes of the working folder: before and during a swap, and after it."""
STAGED, REPLACED = "staged", "replaced"
"""The slots."""
SWAPPING, ROLLING_BACK, DONE = "journal.json", "rollback.json", "undo.json"
"""The names of the journal, one for each state."""


class Journal(Struct, frozen=True):
    """The files that a swap exchanges."""

    made: datetime
    origin: str
    """The backup's file name."""
    tables: tuple[str, ...]
    """The tables that it replaces, adds or drops."""
    arriving: tuple[str, ...]
    """Files, relative to the database's folder, percent-encoded."""
    leaving: tuple[str, ...]
    arrives_from: str = STAGED
    leaves_to: str = REPLACED


def failpoint(name: str) -> None:
    """Do nothing; called between two steps, so that tests can kill the process there."""


def quoted(name: str) -> str:
    """Return a file name, which may be any bytes, as a journal stores it."""
    return quote_from_bytes(os.fsencode(name), safe="/ ")


def unquoted(name: str) -> str:
    """Return the file name for what `quoted` returned."""
    return os.fsdecode(unquote_to_bytes(name))


def has_journal(work: Path) -> bool:
    """Return whether a swap has begun in a working folder, so that it may hold the only copy of a live file."""
    return any((work / name).exists() for name in (SWAPPING, ROLLING_BACK, DONE))


def read(work: Path, name: str) -> Journal | None:
    """Return a journal of a working folder, None if it has none. Raises `OSError`."""
    try:
        data = (work / name).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return codec.decode(data, Journal)
    except msgspec.MsgspecError as error:
        raise OSError(errno.EUCLEAN, "the journal is damaged", str(work / name)) from error


def write(work: Path, name: str, journal: Journal) -> None:
    """Write a journal, whole and durable. Raises `OSError`."""
    failpoint("before the journal")
    atomic_file.replace(work / name, codec.encode(journal))


def run(root: Path, work: Path, journal: Journal, check: Callable[[], None]) -> Path:
    """Exchange the files and return the folder of the undo copy; roll back if that fails or `check` raises.

    `check` is called when all files are exchanged.
    """
    sync_tree(work / journal.arrives_from)
    (work / journal.leaves_to).mkdir(exist_ok=True)
    sync_folder(root)
    with ExitStack() as unfinished:
        unfinished.callback(_roll_back_failed, root, work, journal)
        write(work, SWAPPING, journal)
        finish(root, work, journal)
        check()
        mark_done(work)
        unfinished.pop_all()
    return rename_to_undo(work)


def _roll_back_failed(root: Path, work: Path, journal: Journal) -> None:
    if not (work / SWAPPING).exists():
        return
    try:
        os.rename(work / SWAPPING, work / ROLLING_BACK)
    except OSError as error:
        reason = N_("the restore could be neither finished nor taken back; the next start of hctui finishes it.")
        raise WriteFailed(path=printable(root), reason=reason) from error
    sync_folder(work)
    roll_back(root, work, journal)


def finish(root: Path, work: Path, journal: Journal) -> None:
    """Do all steps of a swap that are not done yet. Raises `OSError`."""
    staged, kept = work / journal.arrives_from, work / journal.leaves_to
    arriving, leaving = _names(journal.arriving), _names(journal.leaving)
    both = frozenset(arriving)
    for name in leaving:
        failpoint("before keeping")
        _keep(root / name, kept / name, stays=name in both)
    _sync(kept, leaving)
    _sync(root, leaving)
    failpoint("all kept")
    for name in arriving:
        failpoint("before arriving")
        _arrive(root / name, staged / name, kept / name)
    _sync(root, arriving)
    _sync(staged, arriving)
    failpoint("all arrived")


def roll_back(root: Path, work: Path, journal: Journal) -> None:
    """Undo all steps of a swap that are done, and delete the journal. Raises `OSError`."""
    staged, kept = work / journal.arrives_from, work / journal.leaves_to
    arriving, leaving = _names(journal.arriving), _names(journal.leaving)
    for name in arriving:
        failpoint("before going back")
        if not os.path.lexists(staged / name) and os.path.lexists(root / name):
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            os.rename(root / name, staged / name)
    _sync(staged, arriving)
    _sync(root, arriving)
    for name in (*leaving, *(name for name in arriving if os.path.lexists(kept / name))):
        failpoint("before putting back")
        _put_back(root / name, kept / name)
    _sync(root, leaving)
    _sync(kept, leaving)
    os.unlink(work / ROLLING_BACK)
    sync_folder(work)


def mark_done(work: Path) -> None:
    """Record that all files are exchanged. Raises `OSError`."""
    os.rename(work / SWAPPING, work / DONE)
    with suppress(OSError):  # whichever of the two names a loss of power leaves, the new files are in place
        sync_folder(work)
    failpoint("marked done")


def rename_to_undo(work: Path) -> Path:
    """Give the folder of a finished swap its name as an undo copy; return its path."""
    undo = work.with_name(work.name.replace(STAGING, UNDO, 1))
    if undo != work:
        try:
            os.rename(work, undo)
            sync_folder(undo.parent)
        except OSError:  # the new files are in place all the same; the next start renames the folder
            return undo if undo.exists() else work
    failpoint("undo named")
    return undo


def reversal(work: Path, done: Journal, made: datetime) -> Journal:
    """Return the swap that undoes `done`: the files that it brought leave, those that it kept arrive."""
    kept = tuple(quoted(name) for name in files_below(work / done.leaves_to))
    return replace(
        done, made=made, arriving=kept, leaving=done.arriving, arrives_from=done.leaves_to, leaves_to=done.arrives_from
    )


def sync_tree(folder: Path) -> None:
    """Wait until the disk has every file and name below a folder. Raises `OSError`."""
    sync_files(os.path.join(folder, name) for name in files_below(folder, links=False))
    for here, _, _ in os.walk(folder):
        sync_folder(Path(here))
    sync_folder(folder.parent)


def _names(names: Iterable[str]) -> list[str]:
    return [unquoted(name) for name in names]


def _keep(live: Path, kept: Path, *, stays: bool) -> None:
    """Give a leaving file its name in the slot; with `stays` it keeps the live name too, until another file replaces it."""
    if not os.path.lexists(live) or os.path.lexists(kept):
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    if stays:
        try:
            os.link(live, kept, follow_symlinks=False)
            return
        except OSError:
            pass  # FAT and many network file systems have no links: the live name is missing until the new file arrives
    os.rename(live, kept)


def _arrive(live: Path, staged: Path, kept: Path) -> None:
    if not os.path.lexists(staged):
        return
    _keep(live, kept, stays=True)
    live.parent.mkdir(parents=True, exist_ok=True)
    os.rename(staged, live)


def _put_back(live: Path, kept: Path) -> None:
    if not os.path.lexists(kept):
        return
    if os.path.lexists(live) and os.path.samestat(os.lstat(live), os.lstat(kept)):
        os.unlink(kept)  # a rename from one name of a file to another name of the same file would do nothing
        return
    live.parent.mkdir(parents=True, exist_ok=True)
    os.rename(kept, live)


def _sync(under: Path, names: Iterable[str]) -> None:
    """Wait until the disk has the names in every folder that holds one of them, up to `under`."""
    parents = {os.path.dirname(name) for name in names} - {""}
    folders = {
        under,
        *(under / parent for parent in parents),
        *(under / above for each in parents for above in Path(each).parents),
    }
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        if folder.is_dir():
            sync_folder(folder)
