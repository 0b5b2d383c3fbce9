"""The command line: everything that the screens do, as lines of text, for scripts and for screen readers."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import NoReturn

from hctui import prefork
from hctui.child_process import MODULES, RUN_MODULE
from hctui.cli.stdio import prepare_streams

__all__ = ["main"]

GC_THRESHOLD = 50_000
"""New objects between two garbage collections: loading makes no garbage, and a collection costs a tenth of the start."""


def main() -> NoReturn:
    """Run `hctui` with the arguments of this process and exit; the process of the job loads its modules at the same time."""
    gc.set_threshold(GC_THRESHOLD)
    if sys.argv[1:2] == [RUN_MODULE] and sys.argv[2] in MODULES:
        sys.exit(import_module(sys.argv[2]).main(sys.argv[3:]))
    prepare_streams()
    if prefork.expects_job(sys.argv[1:]):
        from hctui.jobs import worker

        prefork.prepare(worker.serve)
    try:
        from hctui.cli.entry import main as enter
    except KeyboardInterrupt:  # before there is anybody who could report it
        sys.exit(130)
    enter()
