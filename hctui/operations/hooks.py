"""The commands of the configuration that run before and after the snapshot of a database, for every engine.

The promise: once `before` was started, `after` runs whatever happens: also if `before` or the backup fails or is cancelled.
`before` ends before the snapshot begins, and `after` starts when everything of the database was read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from hctui.databases.commands import run_configured
from hctui.databases.engine import Engine
from hctui.disk.paths import existing
from hctui.errors import CommandFailed
from hctui.events import Reporter


@contextmanager
def run_around(engine: Engine, reporter: Reporter) -> Iterator[None]:
    """Run the command `before`, then the block, then the command `after` in any case. Raises `CommandFailed`."""
    database = engine.database
    with ExitStack() as stack:
        if database.after:
            stack.push(partial(_run_after, engine))
        if database.before:
            run_configured(database.alias, database.before, _working_folder(engine), reporter)
        yield


def _working_folder(engine: Engine) -> Path:
    """Return the folder in which the commands run: that of the database, the person's home folder if it is on a server."""
    place = existing(next(iter(engine.paths()), Path(os.path.expanduser("~"))))
    return place if place.is_dir() else place.parent


def _run_after(engine: Engine, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> bool:
    try:
        run_configured(engine.database.alias, engine.database.after, _working_folder(engine), None)
    except CommandFailed as failure:
        if error is None:
            raise
        error.add_note(str(failure))
    return False
