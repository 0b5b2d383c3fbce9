"""The command line: all that the screens do, in lines, for scripts and for screen readers."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from hctui import prefork
from hctui.cli.stdio import prepare

__all__ = ["main"]

COLLECTED = 50_000
"""Objects made between two looks for cycles among them: what is loaded makes none, and looking takes a tenth of the start."""


def main() -> NoReturn:
    """Run `hctui` with the arguments of the process and exit; what takes long to load is loaded beside the job's process."""
    gc.set_threshold(COLLECTED)
    prepare()
    if prefork.expects_job(sys.argv[1:]):
        from hctui.jobs import worker

        prefork.prepare(worker.serve)
    from hctui.cli.entry import main as enter

    enter()
