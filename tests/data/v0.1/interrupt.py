"""Kill version 0.1 at a step of a restore or an undo, or disturb its backup. Run by `make.py` with the Python of that version.

    interrupt.py CONFIGURATION STEP undo ALIAS
    interrupt.py CONFIGURATION STEP restore BACKUP ALIAS [TABLE...]
    interrupt.py CONFIGURATION disturbed backup FOLDER NAME ALIAS

A step is `folder:FAILPOINT:COUNT` (of `hctui.databases.folder.journal`), `audit:EVENT:ENDING` (before Python does something
to a path that ends so), `call:MODULE:NAME[:LAST ARGUMENT]` (before a function of `hctui.databases`), `copied` (pages were
written over a SQLite database) or `none` (strace kills it). `disturbed`: whenever one of two tables was read the other is
written to.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hctui.config import Configuration
from hctui.operations import run
from hctui.plans import BackupPlan, Plan, RestorePlan, UndoPlan


def kill() -> None:
    """End this process as a loss of power would."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Make sure that the process is killed at a step."""
    kind, *rest = step.split(":")
    if kind == "folder":
        _arm_folder(rest[0], int(rest[1]))
    elif kind == "audit":
        sys.addaudithook(lambda event, about: kill() if event == rest[0] and str(about[0]).endswith(rest[1]) else None)
    elif kind == "call":
        _arm_call(*rest)
    elif kind == "copied":
        _arm_copied()
    elif kind == "disturbed":
        _disturb({"auditoria.dbf": "preço médio.dbf", "preço médio.dbf": "auditoria.dbf"})


def _arm_folder(name: str, count: int) -> None:
    from hctui.databases.folder import journal

    seen: list[str] = []

    def failpoint(reached: str) -> None:
        seen.append(reached)
        if reached == name and seen.count(name) == count:
            kill()
        if reached == "all arrived" and name in ("before going back", "before putting back"):
            raise OSError(5, "the disk fails, so that the swap is taken back")

    journal.failpoint = failpoint


def _arm_call(module: str, name: str, last: str | None = None) -> None:
    found = importlib.import_module(f"hctui.databases.{module}")
    holder, _, attribute = name.rpartition(".")
    place = getattr(found, holder) if holder else found
    original = getattr(place, attribute)

    def replaced(*arguments: Any, **named: Any) -> Any:
        if last is None or str(arguments[-1]).endswith(last):
            kill()
        return original(*arguments, **named)

    setattr(place, attribute, replaced)


def _arm_copied() -> None:
    from hctui.databases.sqlite import replacing

    original, copies = replacing.copy_pages, []

    def replaced(*arguments: Any) -> int:
        copies.append(original(*arguments))
        if len(copies) == 2:  # the first fills the undo
            kill()
        return copies[-1]

    replacing.copy_pages = replaced


def _disturb(others: dict[str, str]) -> None:
    from hctui.databases.folder.capture import FolderCapture

    original, written = FolderCapture._read_one, []

    def replaced(self: Any, table: str, item: Any) -> Iterator[Any]:
        yield from original(self, table, item)
        if item.file.name in others:
            written.append(item)
            with open(self._root / others[item.file.name], "r+b") as file:
                file.seek(-9, 2)
                file.write(b"%03d" % len(written))

    FolderCapture._read_one = replaced


async def _carry_out(plan: Plan, configuration: Configuration) -> None:
    async for _ in run(plan, configuration, None):
        pass


def main(configuration: str, step: str, what: str, *rest: str) -> None:
    """Do it; a restore or undo that comes to the end was not killed."""
    arm(step)
    plan: Plan
    if what == "undo":
        plan = UndoPlan(rest[0])
    elif what == "backup":
        plan = BackupPlan((rest[2],), Path(rest[0]), rest[1])
    else:
        backup, alias, *tables = rest
        whole = {} if tables else {"settings": True, "users_and_audit": True, "exact": True}
        plan = RestorePlan(Path(backup), (alias,), tables=tuple(tables) or None, **whole)
    asyncio.run(_carry_out(plan, Configuration.load(Path(configuration))))
    if what != "backup":
        raise SystemExit("it was not killed")


if __name__ == "__main__":
    main(*sys.argv[1:])
