"""The swap: files of a database exchanged so that a kill or a loss of power at any instant leaves the old or the new ones.

All happens in one working folder on the same file system, which has two slots: `staged` and `replaced`. A journal lists what
arrives from one slot and what leaves into the other. Once it is durable the swap is finished by whoever finds it; until
then nothing live has changed.

    .hctui-staging-X                        being filled; no journal: thrown away
    .hctui-staging-X/journal.json           swapping: finished
    .hctui-undo-X/undo.json                 done: what was replaced is kept in the other slot
    .hctui-undo-X/undo.json + journal.json  an undo is swapping: finished
    …/rollback.json                         a swap that failed is being taken back: taken back

Leaving files get a second name in their slot before anything arrives, and these names are made durable first, so that the
order in which a disk forgets renames does not matter. Every step can be repeated.
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
from hctui.disk.sync import sync, sync_files, sync_folder
from hctui.disk.work_dirs import files_below
from hctui.errors import WriteFailed
from hctui.messages import N_

STAGING, UNDO = "staging", "undo"
"""Purposes of working folders: a swap that is prepared or under way, and one that is done."""
STAGED, REPLACED = "staged", "replaced"
SWAPPING, ROLLING_BACK, DONE = "journal.json", "rollback.json", "undo.json"


class Journal(Struct, frozen=True):
    """What a swap does."""

    made: datetime
    origin: str
    """The backup's file name."""
    tables: tuple[str, ...]
    """The tables it replaces, brings or drops."""
    arriving: tuple[str, ...]
    """Files, relative to the folder, percent-encoded."""
    leaving: tuple[str, ...]
    arrives_from: str = STAGED
    leaves_to: str = REPLACED


def failpoint(name: str) -> None:
    """Do nothing at a step boundary; tests of kills put theirs here."""


def quoted(name: str) -> str:
    """Return a file name, whatever bytes it is made of, as a journal writes it."""
    return quote_from_bytes(os.fsencode(name), safe="/ ")


def unquoted(name: str) -> str:
    """Return the file name that `quoted` wrote."""
    return os.fsdecode(unquote_to_bytes(name))


def matters(work: Path) -> bool:
    """Tell whether a working folder holds more than copies: a swap has begun there, is being taken back, or is done."""
    return any((work / name).exists() for name in (SWAPPING, ROLLING_BACK, DONE))


def read(work: Path, name: str) -> Journal | None:
    """Return a journal of a working folder; None where there is none. Raises `OSError`."""
    try:
        data = (work / name).read_bytes()
    except FileNotFoundError:
        return None
    try:
        return codec.decode(data, Journal)
    except msgspec.MsgspecError as error:
        raise OSError(errno.EUCLEAN, "the journal is damaged", str(work / name)) from error


def write(work: Path, name: str, journal: Journal) -> None:
    """Write a journal so that it is there whole or not at all. Raises `OSError`."""
    draft = work / f"{name}.part"
    with ExitStack() as unfinished:
        unfinished.callback(draft.unlink, missing_ok=True)
        with draft.open("wb") as stream:
            stream.write(codec.encode(journal))
            stream.flush()
            sync(stream.fileno())
        failpoint("journal written")
        os.rename(draft, work / name)
        unfinished.pop_all()
    sync_folder(work)


def run(root: Path, work: Path, journal: Journal, check: Callable[[], None]) -> Path:
    """Exchange the files and return the folder of the undo; where that fails, or `check` raises, take it all back."""
    sync_tree(work / journal.arrives_from)
    (work / journal.leaves_to).mkdir(exist_ok=True)
    sync_folder(root)
    with ExitStack() as unfinished:
        unfinished.callback(_take_back, root, work, journal)
        write(work, SWAPPING, journal)
        forward(root, work, journal)
        check()
        mark_done(work)
        unfinished.pop_all()
    return name_undo(work)


def _take_back(root: Path, work: Path, journal: Journal) -> None:
    if not (work / SWAPPING).exists():
        return
    try:
        os.rename(work / SWAPPING, work / ROLLING_BACK)
    except OSError as error:
        reason = N_("the restore could be neither finished nor taken back; the next start of hctui finishes it.")
        raise WriteFailed(path=os.fsencode(root).decode(errors="replace"), reason=reason) from error
    sync_folder(work)
    roll_back(root, work, journal)


def forward(root: Path, work: Path, journal: Journal) -> None:
    """Carry the swap to its end from wherever it stands. Raises `OSError`."""
    come, keep = work / journal.arrives_from, work / journal.leaves_to
    arriving, leaving = _names(journal.arriving), _names(journal.leaving)
    both = frozenset(arriving)
    for name in leaving:
        failpoint("before keeping")
        _keep(root / name, keep / name, stays=name in both)
    _sync(keep, leaving)
    _sync(root, leaving)
    failpoint("all kept")
    for name in arriving:
        failpoint("before arriving")
        _arrive(root / name, come / name, keep / name)
    _sync(root, arriving)
    _sync(come, arriving)
    failpoint("all arrived")


def roll_back(root: Path, work: Path, journal: Journal) -> None:
    """Put the old files back from wherever the swap stands, and take the journal away. Raises `OSError`."""
    come, keep = work / journal.arrives_from, work / journal.leaves_to
    arriving, leaving = _names(journal.arriving), _names(journal.leaving)
    for name in arriving:
        failpoint("before going back")
        if not os.path.lexists(come / name) and os.path.lexists(root / name):
            (come / name).parent.mkdir(parents=True, exist_ok=True)
            os.rename(root / name, come / name)
    _sync(come, arriving)
    _sync(root, arriving)
    for name in (*leaving, *(name for name in arriving if os.path.lexists(keep / name))):
        failpoint("before putting back")
        _put_back(root / name, keep / name)
    _sync(root, leaving)
    _sync(keep, leaving)
    os.unlink(work / ROLLING_BACK)
    sync_folder(work)


def mark_done(work: Path) -> None:
    """Say that the swap is over: from here on its folder is an undo. Raises `OSError`."""
    os.rename(work / SWAPPING, work / DONE)
    with suppress(OSError):  # whichever of the two names a loss of power leaves, the new files are in place
        sync_folder(work)
    failpoint("marked done")


def name_undo(work: Path) -> Path:
    """Give the folder of a swap that is done its name as an undo; return it under the name it has then."""
    undo = work.with_name(work.name.replace(STAGING, UNDO, 1))
    if undo != work:
        try:
            os.rename(work, undo)
            sync_folder(undo.parent)
        except OSError:  # the new files are in place all the same; recover() gives the name
            return undo if undo.exists() else work
    failpoint("undo named")
    return undo


def reversal(work: Path, done: Journal, made: datetime) -> Journal:
    """Return the swap that undoes `done`: what it brought leaves, all that it kept arrives."""
    kept = tuple(quoted(name) for name in files_below(work / done.leaves_to))
    return replace(
        done, made=made, arriving=kept, leaving=done.arriving, arrives_from=done.leaves_to, leaves_to=done.arrives_from
    )


def sync_tree(folder: Path) -> None:
    """Make every file and name below a folder survive a loss of power. Raises `OSError`."""
    sync_files(os.path.join(folder, name) for name in files_below(folder, links=False))
    for here, _, _ in os.walk(folder):
        sync_folder(Path(here))
    sync_folder(folder.parent)


def _names(names: Iterable[str]) -> list[str]:
    return [unquoted(name) for name in names]


def _keep(live: Path, kept: Path, *, stays: bool) -> None:
    """Give a leaving file its name in the slot; one that another replaces keeps its own until then, where links can be made."""
    if not os.path.lexists(live) or os.path.lexists(kept):
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    if stays:
        try:
            os.link(live, kept, follow_symlinks=False)
            return
        except OSError:
            pass  # FAT, many network file systems: it is away for the instant until its successor arrives
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
        os.unlink(kept)  # a rename between two names of one file does nothing
        return
    live.parent.mkdir(parents=True, exist_ok=True)
    os.rename(kept, live)


def _sync(under: Path, names: Iterable[str]) -> None:
    """Make the names durable in every folder that holds one of them, up to `under`."""
    parents = {os.path.dirname(name) for name in names} - {""}
    folders = {
        under,
        *(under / parent for parent in parents),
        *(under / above for each in parents for above in Path(each).parents),
    }
    for folder in sorted(folders, key=lambda path: len(path.parts), reverse=True):
        if folder.is_dir():
            sync_folder(folder)
