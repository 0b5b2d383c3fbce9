"""The last resort: a fault of hctui itself is told in one sentence, and where it happened is noted without any values."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType

from hctui.cli.output import complain
from hctui.errors import HctuiError
from hctui.messages import N_, message


def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Take the place of `sys.excepthook`; Python exits with 1 afterwards."""
    if issubclass(kind, KeyboardInterrupt):
        complain(message(N_("Interrupted.")))
        return
    note = _write_note(kind, trace)
    if note is None:
        complain(message(N_("hctui made a mistake ({kind}). Please report it."), kind=kind.__name__))
    else:
        complain(
            message(N_("hctui made a mistake ({kind}). Please report it with {note}."), kind=kind.__name__, note=str(note))
        )


def _write_note(kind: type[BaseException], trace: TracebackType | None) -> Path | None:
    """Write the kind of fault and the lines it passed through: no values, no texts of errors, which may hold a password."""
    from hctui import __version__
    from hctui.config import state_folder

    now = datetime.now().astimezone()
    lines = [f"hctui {__version__}, Python {sys.version.split()[0]}, {now:%Y-%m-%d %H:%M:%S%z}", kind.__name__]
    lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace, limit=-50)]
    try:
        path = state_folder() / f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except (OSError, HctuiError):
        return None
    return path
