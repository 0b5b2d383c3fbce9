"""Handling of a fault of hctui itself: one sentence on standard error, and a crash report that contains no values."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType

from hctui.cli.output import report_failure
from hctui.disk.descriptors import open_private
from hctui.errors import HctuiError, InternalFault, Interrupted
from hctui.events import Failed
from hctui.messages import N_, message


def excepthook(kind: type[BaseException], error: BaseException, trace: TracebackType | None, *, as_json: bool = False) -> None:
    """Report an exception in place of `sys.excepthook`; Python exits with 1 afterwards."""
    if issubclass(kind, KeyboardInterrupt):
        report_failure(Failed.of(Interrupted()), as_json=as_json)
        return
    file = _write_crash_report(kind, trace)
    if file is None:
        sentence = message(N_("hctui made a mistake ({kind}). Please report it."), kind=kind.__name__)
    else:
        text = N_("hctui made a mistake ({kind}). Please report it with {note}.")
        sentence = message(text, kind=kind.__name__, note=str(file))
    report_failure(Failed(sentence, InternalFault.exit_code, InternalFault.tag), as_json=as_json)


def _write_crash_report(kind: type[BaseException], trace: TracebackType | None) -> Path | None:
    """Write the class of the exception and its lines of code; no values and no message, since they can contain a password."""
    from hctui import __version__
    from hctui.config import state_folder

    now = datetime.now().astimezone()
    lines = [f"hctui {__version__}, Python {sys.version.split()[0]}, {now:%Y-%m-%d %H:%M:%S%z}", kind.__name__]
    lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace, limit=-50)]
    try:
        path = state_folder() / f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        with open(open_private(path, os.O_WRONLY | os.O_EXCL), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except (OSError, HctuiError):
        return None
    return path
